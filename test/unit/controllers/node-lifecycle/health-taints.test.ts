import type { ClusterNode } from '../../../../src/api/cluster-node';
import type { ConditionStatus } from '../../../../src/api/meta';
import type { Taint } from '../../../../src/api/taints';
import { withHealthTaints } from '../../../../src/controllers/node-lifecycle/health-taints';
import { aCondition, aMoment, aNode } from '../../../support/builders';

const now = '2024-02-02T00:00:00.000Z';
const gpu: Taint = { key: 'dedicated', value: 'gpu', effect: 'NO_EXECUTE', timeAdded: aMoment };
const both = (key: string, timeAdded: string): Taint[] => [
  { key: `node.kubernetes.io/${key}`, value: null, effect: 'NO_SCHEDULE', timeAdded },
  { key: `node.kubernetes.io/${key}`, value: null, effect: 'NO_EXECUTE', timeAdded },
];
const node = (ready: ConditionStatus | null, taints: readonly Taint[]): ClusterNode =>
  aNode({ spec: { taints }, status: { conditions: ready === null ? [] : [aCondition('Ready', { status: ready })] } });

describe('the taints that a node has for its readiness', () => {
  it.each<[what: string, ready: ConditionStatus | null, taints: readonly Taint[], wanted: readonly Taint[]]>([
    ['unreachable when nobody knows', 'UNKNOWN', [gpu], [gpu, ...both('unreachable', now)]],
    ['not-ready when its kubelet says so', 'FALSE', [gpu], [gpu, ...both('not-ready', now)]],
    ['another when one follows the other', 'UNKNOWN', [...both('not-ready', aMoment), gpu], [gpu, ...both('unreachable', now)]],
    ['none when it is back', 'TRUE', [...both('unreachable', aMoment), gpu], [gpu]],
    ['the other half when a half is there', 'UNKNOWN', both('unreachable', aMoment).slice(1), [both('unreachable', now)[0]!, both('unreachable', aMoment)[1]!]],
  ])('%s', (_, ready, taints, wanted) => {
    expect(withHealthTaints(node(ready, taints), now)).toEqual(wanted);
  });

  it.each<[ConditionStatus | null, readonly Taint[]]>([
    ['UNKNOWN', [...both('unreachable', aMoment), gpu]],
    ['FALSE', both('not-ready', aMoment)],
    ['TRUE', [gpu]],
    [null, [gpu]],
  ])('are the very list when readiness %s calls for what is there', (ready, taints) => {
    const given = node(ready, taints);
    expect(withHealthTaints(given, now)).toBe(given.spec.taints);
  });
});
