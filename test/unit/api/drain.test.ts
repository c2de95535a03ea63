import type { ClusterNode } from '../../../src/api/cluster-node';
import type { DrainInputs, DrainPlan } from '../../../src/api/drain';
import { planDrain } from '../../../src/api/drain';
import type { Pod } from '../../../src/api/pod';
import { aCondition, aMoment, aNode, aPod, aRunningPod, anRc } from '../../support/builders';
import type { PodOverrides } from '../../support/builders';

const drain = { requestedAt: aMoment, gracePeriodSeconds: null, maxUnavailable: 1, force: false };
const now = Date.parse(aMoment) + 60_000;
const owned = { ownerReferences: [{ kind: 'ReplicationController', name: 'web', uid: 'rc', controller: true }] };
const pods = (count: number, nodeName: string, overrides: PodOverrides = {}): Pod[] =>
  Array.from({ length: count }, (_, index) => aRunningPod({ name: `${nodeName}-${index}`, ...owned, ...overrides, spec: { nodeName } }));
const notReady = { status: { conditions: [aCondition('Ready', { status: 'FALSE' })] } } as const;
/** As node-lifecycle leaves it when the node is lost. */
const lost = { status: { conditions: [aCondition('Ready', { status: 'FALSE', reason: 'NodeNotReady' })] } } as const;
const readySince = (secondsAgo: number): PodOverrides => ({ status: { conditions: [aCondition('Ready', { lastTransitionTime: new Date(now - secondsAgo * 1000).toISOString() })] } });

interface Case {
  readonly what: string;
  readonly here: readonly Pod[];
  readonly elsewhere?: readonly Pod[];
  readonly replicas: number;
  readonly minReadySeconds?: number;
  readonly drain?: Partial<DrainInputs['drain']>;
  /** How many leave now. */
  readonly evict: number;
  readonly remaining?: number;
}

function planOf({ here, elsewhere = [], replicas, minReadySeconds = 0, drain: wish }: Omit<Case, 'what' | 'evict'>, node: ClusterNode = aNode({ name: 'here' })): DrainPlan {
  const controller = anRc({ uid: 'rc', spec: { replicas, minReadySeconds } });
  const all = [...here, ...elsewhere].filter((pod) => pod.ownerReferences.length > 0);
  return planDrain({ node, drain: { ...drain, ...wish }, pods: here, ownerOf: (uid) => (uid === 'rc' ? { controller, pods: all } : undefined), now });
}

describe('who leaves a node that is drained', () => {
  const cases: readonly Case[] = [
    { what: 'one of ten, when all are ready', here: pods(10, 'here'), elsewhere: pods(10, 'there'), replicas: 20, evict: 1 },
    { what: 'three of ten, when three may be away', here: pods(10, 'here'), elsewhere: pods(10, 'there'), replicas: 20, drain: { maxUnavailable: 3 }, evict: 3 },
    { what: 'nobody, when one is away already', here: pods(9, 'here'), elsewhere: pods(10, 'there'), replicas: 20, evict: 0 },
    { what: 'nobody, when one elsewhere is not ready', here: pods(10, 'here'), elsewhere: [...pods(9, 'there'), ...pods(1, 'late', notReady)], replicas: 20, evict: 0 },
    { what: 'all that are not ready, and no other while they are away', here: [...pods(4, 'bad', notReady), ...pods(2, 'here')], elsewhere: pods(14, 'there'), replicas: 20, evict: 4 },
    { what: 'one that is not ready, and one more where two may be away', here: [...pods(1, 'bad', notReady), ...pods(2, 'here')], elsewhere: pods(17, 'there'), replicas: 20, drain: { maxUnavailable: 2 }, evict: 2 },
    { what: 'nobody more, when one of them is going', here: [...pods(9, 'here'), ...pods(1, 'going', { deletionTimestamp: aMoment })], elsewhere: pods(10, 'there'), replicas: 20, evict: 0, remaining: 10 },
    { what: 'the only one, of a controller of one', here: pods(1, 'here'), replicas: 1, evict: 1 },
    { what: 'all, when as many may be away', here: pods(3, 'here'), replicas: 3, drain: { maxUnavailable: 5 }, evict: 3 },
    { what: 'no more than may be away, when its controller is about to remove a surplus', here: pods(10, 'here'), elsewhere: pods(10, 'there'), replicas: 10, evict: 1 },
    { what: 'nobody, of a controller that wants none: it removes them', here: pods(2, 'here'), replicas: 0, evict: 0 },
    { what: 'nobody, while a new one is not ready for long enough', here: pods(2, 'here'), elsewhere: pods(2, 'new', readySince(5)), replicas: 4, minReadySeconds: 10, evict: 0 },
    { what: 'one, when it was', here: pods(2, 'here'), elsewhere: pods(2, 'new', readySince(10)), replicas: 4, minReadySeconds: 10, evict: 1 },
    { what: 'nobody who has finished', here: pods(1, 'here', { status: { phase: 'SUCCEEDED' } }), replicas: 1, evict: 0, remaining: 0 },
  ];

  it.each(cases)('$what', ({ evict, remaining, ...inputs }) => {
    const plan = planOf(inputs);
    expect([plan.evict.length, plan.remaining]).toEqual([evict, remaining ?? inputs.here.length]);
    const going = inputs.here.filter(({ deletionTimestamp }) => deletionTimestamp !== null).length;
    expect(plan.evict.length + plan.blocked.length + going).toBe(plan.remaining);
  });

  it('takes those that are not ready before the others', () => {
    const [bad] = pods(1, 'bad', notReady);
    expect(planOf({ here: [...pods(3, 'here'), bad as Pod], replicas: 4 }).evict).toEqual([bad]);
  });

  it('says of those that wait how many are ready', () => {
    const { blocked } = planOf({ here: pods(2, 'here'), elsewhere: pods(17, 'there'), replicas: 20 });
    expect(blocked.map(({ pod, reason }) => [pod.name, reason])).toEqual([['here-0', 'TOO_FEW_READY'], ['here-1', 'TOO_FEW_READY']]);
    expect(blocked[0]?.message).toContain('replication controller default/web, 19 of 20 pods are ready, and at most 1 may be away');
  });

  it('says when a pod elsewhere will have been ready for long enough', () => {
    const elsewhere = [...pods(1, 'old', readySince(4)), ...pods(1, 'new', readySince(1))];
    expect(planOf({ here: pods(1, 'here'), elsewhere, replicas: 3, minReadySeconds: 10 }).againAt).toBe(now + 6_000);
    expect(planOf({ here: pods(1, 'here'), elsewhere, replicas: 3 }).againAt).toBeNull();
  });

  it('leaves pods that nobody would replace, and says which, unless it is forced', () => {
    const bare = aRunningPod({ name: 'bare' });
    const foreign = aRunningPod({ name: 'foreign', ownerReferences: [{ kind: 'Job', name: 'x', uid: 'x', controller: true }] });
    const plan = planOf({ here: [bare, foreign], replicas: 0 });
    expect(plan.evict).toEqual([]);
    expect(plan.blocked.map(({ pod, reason }) => [pod.name, reason])).toEqual([['bare', 'NO_CONTROLLER'], ['foreign', 'NO_CONTROLLER']]);
    expect(planOf({ here: [bare, foreign], replicas: 0, drain: { force: true } })).toMatchObject({ evict: [bare, foreign], blocked: [] });
  });

  it('takes pods of a controller that is being deleted for what they are about to be: left behind, or removed by others', () => {
    const [pod] = pods(1, 'here');
    const controller = anRc({ deletionTimestamp: aMoment });
    const inputs = { node: aNode(), pods: [pod as Pod], ownerOf: () => ({ controller, pods: [pod as Pod] }), now };
    expect(planDrain({ ...inputs, drain })).toMatchObject({ evict: [], blocked: [{ pod, reason: 'NO_CONTROLLER' }] });
    expect(planDrain({ ...inputs, drain: { ...drain, force: true } })).toMatchObject({ evict: [pod], blocked: [] });
  });

  it.each([false, true])('leaves pods whose controller is not to be found: it need not be gone (forced: %s)', (force) => {
    const [pod] = pods(1, 'here');
    const plan = planDrain({ node: aNode(), drain: { ...drain, force }, pods: [pod as Pod], ownerOf: () => undefined, now });
    expect(plan).toMatchObject({ evict: [], remaining: 1, blocked: [{ pod, reason: 'CONTROLLER_NOT_FOUND' }] });
    expect(plan.blocked[0]?.message).toContain('replication controller default/web');
  });

  it('takes nobody from a node that is not ready, by force neither: its pods may be well', () => {
    const here = [...pods(3, 'here', lost), ...pods(1, 'well'), aRunningPod({ name: 'bare' })];
    for (const status of ['UNKNOWN', 'FALSE'] as const) {
      const silent = aNode({ name: 'here', status: { conditions: [aCondition('Ready', { status })] } });
      const plan = planOf({ here, replicas: 4, drain: { force: true } }, silent);
      expect([plan.evict, plan.remaining, plan.blocked.map(({ reason }) => reason)]).toEqual([[], 5, Array(5).fill('NODE_NOT_READY')]);
    }
  });

  it('takes nobody from a node that is back before its kubelet has said how the pod is', () => {
    const plan = planOf({ here: [...pods(3, 'here', lost), ...pods(1, 'bad', notReady)], elsewhere: pods(4, 'there'), replicas: 8 });
    expect(plan.evict.map(({ name }) => name)).toEqual(['bad-0']);
    expect(plan.blocked.map(({ reason }) => reason)).toEqual(['NODE_NOT_READY', 'NODE_NOT_READY', 'NODE_NOT_READY']);
  });

  it('says of pods that were asked to go from a silent node that nobody confirms it', () => {
    const silent = aNode({ name: 'here', status: { conditions: [aCondition('Ready', { status: 'UNKNOWN' })] } });
    const here = [aPod({ name: 'going', deletionTimestamp: aMoment, ...owned })];
    expect(planOf({ here, replicas: 1 }).blocked).toEqual([]);
    expect(planOf({ here, replicas: 1 }, silent)).toMatchObject({ evict: [], remaining: 1, blocked: [{ reason: 'NODE_NOT_READY' }] });
  });
});
