import type { ClusterNode } from '../../../../src/api/cluster-node';
import type { Pod } from '../../../../src/api/pod';
import { noResources } from '../../../../src/api/pod';
import type { ErrorCode } from '../../../../src/errors/codes';
import { ApiError } from '../../../../src/errors/api-error';
import type { Registries } from '../../../../src/registry';
import { SchedulerReconciler } from '../../../../src/controllers/scheduler/controller';
import { aContainer, aNode, aPod } from '../../../support/builders';
import { FakeClock } from '../../../support/fake-clock';

const containers = [aContainer({ resources: { requests: { ...noResources, cpu: '2' }, limits: noResources } })];
const [first, second] = [aPod({ name: 'first', spec: { containers } }), aPod({ name: 'second', spec: { containers } })];
/** Each has room for one of the pods; a is the larger, and so the first choice. */
const nodes: readonly ClusterNode[] = ['a', 'b'].map((name) =>
  aNode({ name, status: { allocatable: { cpu: name === 'a' ? '3' : '2', memory: '1Gi', pods: 10 } } }),
);

/** A scheduler whose cache stands still, with bindings that end as `answers` say: an error, or well. */
function scheduler(answers: (ApiError | undefined)[]) {
  const bound: string[] = [];
  const refused: string[] = [];
  const byName = new Map<string, Pod>([first, second].map((pod) => [pod.name, pod]));
  const registries = {
    pods: {
      informer: { lister: { get: (_: string | null, name: string) => byName.get(name) } },
      byNode: (name: string) => (name === '' ? [first, second] : []),
      bind: async (pod: Pod, nodeName: string) => {
        bound.push(`${pod.name} to ${nodeName}`);
        const answer = answers.shift();
        if (answer) throw answer;
      },
      updateStatus: async (pod: Pod) => void refused.push(pod.name),
    },
    clusterNodes: { informer: { lister: { list: () => nodes } } },
    events: { record: () => undefined },
  };
  // Only what a pass touches; a real registry cannot be made to lag and to fail in this order.
  const reconciler = new SchedulerReconciler({ registries: registries as unknown as Registries, clock: new FakeClock() });
  return { bound, refused, pass: (pod: Pod) => reconciler.reconcile(`default/${pod.name}`) };
}
const failure = (code: ErrorCode, outcome: 'unknown' | 'notApplied') => new ApiError(code, 'no', { outcome });

describe('bindings that fail', () => {
  it('keep their room, and are tried again on the same node, while nobody knows whether they were made', async () => {
    const { bound, refused, pass } = scheduler([failure('TIMEOUT', 'unknown'), undefined, undefined]);
    await expect(pass(first)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await pass(second);
    await pass(first);
    expect([bound, refused]).toEqual([['first to a', 'second to b', 'first to a'], []]);
  });

  it('keep their room when the next try fails for sure, which says nothing about the one before', async () => {
    const { bound, pass } = scheduler([failure('TIMEOUT', 'unknown'), failure('SERVICE_UNAVAILABLE', 'notApplied'), undefined]);
    await expect(pass(first)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(pass(first)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await pass(second);
    expect(bound.at(-1)).toBe('second to b');
  });

  it('leave their room when they were not made', async () => {
    const { bound, pass } = scheduler([failure('SERVICE_UNAVAILABLE', 'notApplied'), undefined]);
    await expect(pass(first)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await pass(second);
    expect(bound).toEqual(['first to a', 'second to a']);
  });

  it.each(['CONFLICT', 'NOT_FOUND'] as const)('leave their room, and are decided anew, when the answer is %s', async (code) => {
    const { bound, pass } = scheduler([failure('TIMEOUT', 'unknown'), failure(code, 'notApplied'), undefined]);
    await expect(pass(first)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await pass(first)).toEqual({ againAfterMilliseconds: 50 });
    await pass(second);
    expect(bound).toEqual(['first to a', 'first to a', 'second to a']);
  });
});
