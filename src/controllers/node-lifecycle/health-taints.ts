import type { ClusterNode } from '../../api/cluster-node';
import { conditionOf } from '../../api/meta';
import type { Taint, TaintEffect } from '../../api/taints';
import { healthTaintKeys, isHealthTaint } from '../../api/taints';

const effects: readonly TaintEffect[] = ['NO_SCHEDULE', 'NO_EXECUTE'];

/**
 * The node's taints with those that its readiness calls for: unreachable while nobody knows, not-ready while its kubelet says that
 * it is not, none while it is ready, or has never said. The very list that it has where nothing changes. Pure.
 */
export function withHealthTaints({ spec, status }: ClusterNode, now: string): readonly Taint[] {
  const key = keyFor(conditionOf(status.conditions, 'Ready')?.status);
  const present = spec.taints.filter(isHealthTaint);
  const wanted = key === null ? [] : effects.map((effect) => present.find((taint) => taint.key === key && taint.effect === effect) ?? { key, value: null, effect, timeAdded: now });
  const isSame = present.length === wanted.length && wanted.every((taint) => present.includes(taint));
  return isSame ? spec.taints : [...spec.taints.filter((taint) => !isHealthTaint(taint)), ...wanted];
}

function keyFor(ready: string | undefined): string | null {
  if (ready === 'UNKNOWN') return healthTaintKeys.unreachable;
  return ready === 'FALSE' ? healthTaintKeys.notReady : null;
}
