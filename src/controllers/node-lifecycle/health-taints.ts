import type { ClusterNode } from '../../api/cluster-node';
import { conditionOf } from '../../api/meta';
import type { Taint } from '../../api/taints';
import { healthTaintKeys, isHealthTaint } from '../../api/taints';

type HealthTaint = Pick<Taint, 'key' | 'effect'>;

/**
 * The node's taints with those that its conditions call for: unreachable while nobody knows, not-ready while its kubelet says that
 * it is not, none while it is ready, or has never said; and one for each pressure that its kubelet speaks of, which keeps new pods
 * off and sends nobody away. The very list that it has where nothing changes. Pure.
 */
export function withHealthTaints(node: ClusterNode, now: string): readonly Taint[] {
  const { taints } = node.spec;
  const present = taints.filter(isHealthTaint);
  const wanted = [...readinessTaints(node), ...pressureTaints(node)].map(
    ({ key, effect }) => present.find((taint) => taint.key === key && taint.effect === effect) ?? { key, value: null, effect, timeAdded: now },
  );
  const isSame = present.length === wanted.length && wanted.every((taint) => present.includes(taint));
  return isSame ? taints : [...taints.filter((taint) => !isHealthTaint(taint)), ...wanted];
}

function readinessTaints({ status }: ClusterNode): readonly HealthTaint[] {
  const ready = conditionOf(status.conditions, 'Ready')?.status;
  const key = ready === 'UNKNOWN' ? healthTaintKeys.unreachable : ready === 'FALSE' ? healthTaintKeys.notReady : null;
  if (key === null) return [];
  return [
    { key, effect: 'NO_SCHEDULE' },
    { key, effect: 'NO_EXECUTE' },
  ];
}

const pressures = [
  ['MemoryPressure', healthTaintKeys.memoryPressure],
  ['DiskPressure', healthTaintKeys.diskPressure],
] as const;

function pressureTaints({ status }: ClusterNode): readonly HealthTaint[] {
  return pressures.flatMap(([type, key]) => (conditionOf(status.conditions, type)?.status === 'TRUE' ? [{ key, effect: 'NO_SCHEDULE' } as const] : []));
}
