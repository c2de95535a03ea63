import type { ClusterNode } from '../../api/cluster-node';
import type { Loose } from '../../api/loose';
import type { Taint } from '../../api/taints';
import { isHealthTaint } from '../../api/taints';
import type { DrainWish } from '../types';
import { taintWithDefaults } from './defaults';

/** What an administrator wants of a node. Pure. */

/** To let pods come again calls off a drain: it would send them away. */
export function cordoned(node: ClusterNode, unschedulable: boolean): ClusterNode {
  return { ...node, spec: { ...node.spec, unschedulable, drain: unschedulable ? node.spec.drain : null } };
}

/** Asked again, with other numbers perhaps, it is the same drain. */
export function drained(node: ClusterNode, wish: DrainWish, now: string): ClusterNode {
  const { gracePeriodSeconds = null, maxUnavailable, force } = wish;
  const requestedAt = node.spec.drain?.requestedAt ?? now;
  return { ...node, spec: { ...node.spec, unschedulable: true, drain: { requestedAt, gracePeriodSeconds, maxUnavailable, force } } };
}

/** These taints, all of them. Those that say what became of the node stay; one that was there keeps its time. */
export function tainted(node: ClusterNode, taints: readonly Loose<Taint>[], now: string): ClusterNode {
  const wanted = taints.map(taintWithDefaults).map((taint) => {
    const there = node.spec.taints.find(({ key, value, effect }) => key === taint.key && value === taint.value && effect === taint.effect);
    return { ...taint, timeAdded: there?.timeAdded ?? now };
  });
  return { ...node, spec: { ...node.spec, taints: [...wanted, ...node.spec.taints.filter(isHealthTaint)] } };
}
