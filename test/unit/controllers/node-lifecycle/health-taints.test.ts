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

const pressed: Taint = { key: 'node.kubernetes.io/disk-pressure', value: null, effect: 'NO_SCHEDULE', timeAdded: aMoment };

describe('the taints that a node has for its pressures', () => {
  const under = (type: string, status: ConditionStatus, taints: readonly Taint[], ready: ConditionStatus = 'TRUE'): ClusterNode =>
    aNode({ spec: { taints }, status: { conditions: [aCondition('Ready', { status: ready }), aCondition(type, { status })] } });

  it('keep new pods off, and send nobody away', () => {
    expect(withHealthTaints(under('MemoryPressure', 'TRUE', [gpu]), now)).toEqual([gpu, { ...pressed, key: 'node.kubernetes.io/memory-pressure', timeAdded: now }]);
    expect(withHealthTaints(under('DiskPressure', 'TRUE', []), now)).toEqual([{ ...pressed, timeAdded: now }]);
  });

  it('stand beside those of its readiness', () => {
    expect(withHealthTaints(under('DiskPressure', 'TRUE', [pressed], 'FALSE'), now)).toEqual([...both('not-ready', now), pressed]);
  });

  it.each<ConditionStatus>(['FALSE', 'UNKNOWN'])('go when the condition is %s', (status) => {
    expect(withHealthTaints(under('DiskPressure', status, [gpu, pressed]), now)).toEqual([gpu]);
  });

  it('are the very list while nothing changes', () => {
    const given = under('DiskPressure', 'TRUE', [gpu, pressed]);
    expect(withHealthTaints(given, now)).toBe(given.spec.taints);
  });
});

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
