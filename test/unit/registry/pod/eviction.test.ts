import type { Pod } from '../../../../src/api/pod';
import type { Stored } from '../../../../src/registry/codec';
import { evicted } from '../../../../src/registry/pod/eviction';
import { podStrategy } from '../../../../src/registry/pod/strategy';
import { aMoment, aPod, aRunningPod } from '../../../support/builders';

const now = '2024-02-02T00:00:00.000Z';
const stored = (object: Pod): Stored<Pod> => ({ object, modRevision: 5, createRevision: 3, userRevision: 4 });
const evict = (pod: Pod, gracePeriodSeconds: number | null = null) => evicted(stored(pod), podStrategy, { reason: 'DeletionByTaintManager', message: 'because', gracePeriodSeconds, now });

describe('an eviction', () => {
  it('is a deletion that says why, in one write that makes no user\'s version stale', () => {
    const pod = aRunningPod();
    expect(evict(pod)).toEqual({
      want: 'put',
      userRevision: 4,
      object: {
        ...pod,
        deletionTimestamp: now,
        deletionGracePeriodSeconds: 30,
        status: {
          ...pod.status,
          conditions: [...pod.status.conditions, { type: 'DisruptionTarget', status: 'TRUE', reason: 'DeletionByTaintManager', message: 'because', lastTransitionTime: now }],
        },
      },
    });
  });

  it('takes the grace that is given', () => {
    expect(evict(aRunningPod(), 5)).toMatchObject({ object: { deletionGracePeriodSeconds: 5 } });
    expect(evict(aRunningPod(), 0)).toEqual({ want: 'remove' });
  });

  it('removes a pod that runs nowhere', () => {
    expect(evict(aPod())).toEqual({ want: 'remove' });
  });

  it('leaves a pod alone that goes already', () => {
    expect(evict(aRunningPod({ deletionTimestamp: aMoment, deletionGracePeriodSeconds: 30 }), 0)).toEqual({ want: 'keep' });
  });
});
