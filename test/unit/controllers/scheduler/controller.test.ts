import type { ClusterNode } from '../../../../src/api/cluster-node';
import type { Pod } from '../../../../src/api/pod';
import { noResources } from '../../../../src/api/pod';
import type { ObjectChange } from '../../../../src/api/watch';
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

type Answer = ApiError | undefined | Promise<ApiError | undefined>;

/** A scheduler whose cache stands still but for what `show` shows, with bindings that end as `answers` say: an error, or well. */
function scheduler(answers: Answer[], room = nodes) {
  const bound: string[] = [];
  const refused: string[] = [];
  const handlers: ((change: ObjectChange<Pod>) => void)[] = [];
  /** Keys that are due; those held back come due with the clock. */
  const keys: string[] = [];
  const clock = new FakeClock();
  const byName = new Map<string, Pod>([first, second].map((pod) => [pod.name, pod]));
  const registries = {
    pods: {
      informer: {
        lister: { get: (_: string | null, name: string) => byName.get(name) },
        subscribe: (handler: (change: ObjectChange<Pod>) => void) => handlers.push(handler),
      },
      byNode: (name: string) => [...byName.values()].filter(({ spec }) => (spec.nodeName ?? '') === name),
      bind: async (pod: Pod, nodeName: string) => {
        bound.push(`${pod.name} to ${nodeName}`);
        const answer = await answers.shift();
        if (answer) throw answer;
      },
      updateStatus: async (pod: Pod) => void refused.push(pod.name),
    },
    clusterNodes: { informer: { lister: { list: () => room }, subscribe: () => undefined } },
    events: { record: () => undefined },
  };
  // Only what a pass touches; a real registry cannot be made to lag and to fail in this order.
  const reconciler = new SchedulerReconciler({ registries: registries as unknown as Registries, clock });
  reconciler.watch({ add: (key) => keys.push(key), addAfter: (key, milliseconds) => void clock.after(milliseconds, () => keys.push(key)) });
  const show = (type: 'MODIFIED' | 'DELETED', object: Pod): void => {
    const previous = byName.get(object.name) ?? null;
    if (type === 'DELETED') byName.delete(object.name);
    else byName.set(object.name, object);
    for (const handle of handlers) handle({ type, object, previous, revision: 1 });
  };
  const pass = (pod: Pod) => reconciler.reconcile(`default/${pod.name}`);
  /** The pods that are looked at again once room has been gathered; nothing else may be due. */
  const woken = async (): Promise<string[]> => {
    await clock.advance(1_000);
    for (const key of keys.splice(0)) await reconciler.reconcile(key);
    return keys.splice(0);
  };
  return { bound, refused, pass, show, woken };
}

/** A binding that is under way until the test answers it. */
function underWay() {
  let answer: (error?: ApiError) => void = () => undefined;
  const coming = new Promise<ApiError | undefined>((resolve) => (answer = resolve));
  return { coming, answer };
}
const on = (pod: Pod, nodeName: string): Pod => ({ ...pod, spec: { ...pod.spec, nodeName } });
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

describe('room that was only assumed to be taken', () => {
  const oneNode = nodes.slice(0, 1);

  /** The first is being bound to the only node, and the second was refused. */
  async function refusedMeanwhile(...later: Answer[]) {
    const { coming, answer } = underWay();
    const parts = scheduler([coming, ...later], oneNode);
    const binding = parts.pass(first);
    await parts.pass(second);
    expect(parts.refused).toEqual(['second']);
    expect(await parts.woken()).toEqual([]);
    return { ...parts, binding, answer };
  }

  it('is offered again when the pod is deleted before it is bound, which the cache shows first', async () => {
    const { show, binding, answer, woken, pass, bound } = await refusedMeanwhile();
    show('DELETED', first);
    answer(failure('NOT_FOUND', 'notApplied'));
    await binding;
    expect(await woken()).toEqual(['default/second']);
    await pass(second);
    expect(bound).toEqual(['first to a', 'second to a']);
  });

  it('is offered again when the binding fails because the pod is gone, before the cache shows it', async () => {
    const { binding, answer, woken } = await refusedMeanwhile();
    answer(failure('NOT_FOUND', 'notApplied'));
    await binding;
    expect(await woken()).toContain('default/second');
  });

  it('is offered again when somebody else bound the pod to another node', async () => {
    const { show, binding, answer, woken } = await refusedMeanwhile();
    show('MODIFIED', on(first, 'b'));
    expect(await woken()).toEqual(['default/second']);
    answer(failure('CONFLICT', 'notApplied'));
    await binding;
    expect(await woken()).toEqual([]);
  });

  it('is offered again when a pod is deleted of which nobody knows whether it was bound', async () => {
    const { show, binding, answer, woken } = await refusedMeanwhile();
    answer(failure('TIMEOUT', 'unknown'));
    await expect(binding).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await woken()).toEqual([]);
    show('DELETED', first);
    expect(await woken()).toEqual(['default/second']);
  });

  it('is no news when the pod is bound to that very node', async () => {
    const { show, binding, answer, woken } = await refusedMeanwhile();
    show('MODIFIED', on(first, 'a'));
    answer();
    await binding;
    expect(await woken()).toEqual([]);
  });

  it('is offered to those that were refused, and ends no back-off, when the store binds nobody', async () => {
    const unavailable = failure('SERVICE_UNAVAILABLE', 'notApplied');
    const { binding, answer, woken, pass } = await refusedMeanwhile(unavailable);
    answer(unavailable);
    await expect(binding).rejects.toBe(unavailable);
    expect(await woken()).toEqual(['default/second']);
    await expect(pass(second)).rejects.toBe(unavailable);
    expect(await woken()).toEqual([]);
  });
});
