import type { Pod } from '../../../../src/api/pod';
import { Evictions } from '../../../../src/controllers/drain/evictions';
import type { ErrorCode } from '../../../../src/errors/codes';
import { ApiError } from '../../../../src/errors/api-error';
import type { Registries } from '../../../../src/registry';
import { aMoment, aRunningPod } from '../../../support/builders';

const pod = aRunningPod();
const failure = (code: ErrorCode, outcome: 'unknown' | 'notApplied') => new ApiError(code, 'no', { outcome });

/** Evictions over a cache that shows `shown`, and a store that answers as `answers` say: an error, or well. */
function evictions(...answers: (ApiError | undefined)[]) {
  const state: { shown: Pod | undefined } = { shown: pod };
  const pods = {
    informer: { lister: { byUid: () => state.shown } },
    evict: async () => {
      const answer = answers.shift();
      if (answer) throw answer;
    },
  };
  // Only what is touched; a real registry cannot be made to lag and to fail in this order.
  const made = new Evictions(pods as unknown as Registries['pods']);
  return { made, state, evict: () => made.evict(pod, 'because', null) };
}

describe('evictions that the cache does not show yet', () => {
  it('count until it does', async () => {
    const { made, state, evict } = evictions();
    await evict();
    made.settle();
    expect([made.staying([pod]), made.unsettled([pod])]).toEqual([[], []]);
    state.shown = { ...pod, deletionTimestamp: aMoment };
    made.settle();
    expect(made.staying([state.shown])).toEqual([state.shown]);
  });

  it('count, and are to be sent again, while nobody knows what became of them', async () => {
    const { made, evict } = evictions(failure('TIMEOUT', 'unknown'));
    await expect(evict()).rejects.toMatchObject({ code: 'TIMEOUT' });
    made.settle();
    expect([made.staying([pod]), made.unsettled([pod])]).toEqual([[], [pod]]);
    await evict();
    expect([made.staying([pod]), made.unsettled([pod])]).toEqual([[], []]);
  });

  it('do not count when they failed for sure', async () => {
    const { made, evict } = evictions(failure('SERVICE_UNAVAILABLE', 'notApplied'));
    await expect(evict()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect([made.staying([pod]), made.unsettled([pod])]).toEqual([[pod], []]);
  });

  it.each(['NOT_FOUND', 'CONFLICT'] as const)('are no matter when the answer is %s: the pod is gone', async (code) => {
    const { made, evict } = evictions(failure(code, 'notApplied'));
    await evict();
    expect(made.unsettled([pod])).toEqual([]);
  });

  it('are not sent again once the drain was called off', async () => {
    const { made, evict } = evictions(failure('TIMEOUT', 'unknown'));
    await expect(evict()).rejects.toMatchObject({ code: 'TIMEOUT' });
    made.callOff([pod]);
    expect([made.staying([pod]), made.unsettled([pod])]).toEqual([[pod], []]);
  });
});
