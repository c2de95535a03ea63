import type { ClusterNode } from '../../../../src/api/cluster-node';
import type { Pod } from '../../../../src/api/pod';
import type { ObjectChange } from '../../../../src/api/watch';
import type { Taint } from '../../../../src/api/taints';
import { silentLogger } from '../../../../src/base/logger';
import { EvictionReconciler } from '../../../../src/controllers/eviction/controller';
import type { Disruption, Registries } from '../../../../src/registry';
import { aNode, aRunningPod } from '../../../support/builders';
import { FakeClock } from '../../../support/fake-clock';

const taint = (key: string): Taint => ({ key, value: null, effect: 'NO_EXECUTE', timeAdded: null });
const [tolerated, other] = [taint('tolerated'), taint('other')];
const tolerations = [{ key: tolerated.key, operator: 'EXISTS', value: null, effect: null, tolerationSeconds: null }] as const;
const pods = ['first', 'second', 'third'].map((name) => aRunningPod({ name, spec: { tolerations } }));
const node = aNode({ spec: { taints: [tolerated, other] } });

/** A reconciler that sees the node and the pods; `during` runs in each eviction, and can change the node's taints. */
function eviction(during: (taintNode: (...taints: Taint[]) => void) => void) {
  const evicted: string[] = [];
  let tell: (change: ObjectChange<ClusterNode>) => void = () => undefined;
  const taintNode = (...taints: Taint[]): void => tell({ type: 'MODIFIED', object: { ...node, spec: { ...node.spec, taints } }, previous: node, revision: 2 });
  const registries = {
    clusterNodes: {
      informer: {
        subscribe: (handler: typeof tell) => {
          tell = handler;
          tell({ type: 'ADDED', object: node, previous: null, revision: 1 });
          return () => undefined;
        },
      },
    },
    pods: {
      informer: { subscribe: () => () => undefined },
      byNode: () => pods,
      evict: async (pod: Pod, { message }: Disruption) => {
        evicted.push(`${pod.name}: ${message}`);
        during(taintNode);
      },
    },
    events: { record: () => undefined },
  };
  const options = { clock: new FakeClock(), logger: silentLogger, nodeTolerationSeconds: 300, nodesPerSecond: 0.1 };
  // Only what a pass touches; a real registry cannot be made to change in the middle of one.
  const reconciler = new EvictionReconciler({ ...options, registries: registries as unknown as Registries });
  reconciler.watch({ add: () => undefined, addAfter: () => undefined });
  return { evicted, pass: () => reconciler.reconcile(node.name, new AbortController().signal) };
}

const line = (name: string): string => `${name}: node node-a has the taint other (NO_EXECUTE), which the pod does not tolerate any longer`;

describe('evictions from a node with two taints, one of which the pods tolerate', () => {
  it('name the other', async () => {
    const { evicted, pass } = eviction(() => undefined);
    await pass();
    expect(evicted).toEqual(['first', 'second', 'third'].map(line));
  });

  it('end when the other is gone', async () => {
    const { evicted, pass } = eviction((taintNode) => taintNode(tolerated));
    await pass();
    expect(evicted).toEqual([line('first')]);
  });
});
