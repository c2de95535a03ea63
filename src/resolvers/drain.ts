import type { ClusterNode } from '../api/cluster-node';
import type { DrainBlock } from '../api/drain';
import { planDrain } from '../api/drain';
import type { Snapshot } from '../registry/types';

export interface DrainProgress {
  readonly requestedAt: string;
  readonly gracePeriodSeconds: number | null;
  readonly maxUnavailable: number;
  readonly force: boolean;
  readonly remaining: number;
  readonly completed: boolean;
  readonly blockedBy: readonly DrainBlock[];
}

/** How far the drain of a node is, as the plan sees it that its controller acts by; null where none was asked for. Pure. */
export function drainProgress(node: ClusterNode, { pods, replicationControllers }: Snapshot, now: number): DrainProgress | null {
  const { drain } = node.spec;
  if (!drain) return null;
  const { remaining, blocked } = planDrain({
    node,
    drain,
    pods: pods.byNode(node.name),
    ownerOf: (uid) => {
      const controller = replicationControllers.byUid(uid);
      return controller && { controller, pods: pods.byOwner(uid) };
    },
    now,
  });
  return { ...drain, remaining, completed: remaining === 0, blockedBy: [...blocked].sort(byRef) };
}

/** An index has no order; who looks again should find each pod where it was. */
function byRef({ pod: a }: DrainBlock, { pod: b }: DrainBlock): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
