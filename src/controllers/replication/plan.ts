import { controllerOf } from '../../api/meta';
import type { Pod } from '../../api/pod';
import { isActive } from '../../api/pod';
import type { ReplicationController } from '../../api/replication-controller';
import { rankForRemoval } from './ranking';

export interface ReplicationInputs {
  readonly controller: ReplicationController;
  /** Pods of its namespace: all that match the selector and all that it owns; others do no harm. */
  readonly pods: readonly Pod[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What to do now. A pass after all of it was done plans nothing, but for what the cap left over. */
export interface ReplicationPlan {
  /** Active pods that match and have no controller: they become ours, and count already. */
  readonly adopt: readonly Pod[];
  /** Active pods that are ours and no longer match: they stay, without an owner, and do not count. */
  readonly release: readonly Pod[];
  /** How many pods are missing. */
  readonly create: number;
  /** Surplus pods, those that are missed least first. */
  readonly remove: readonly Pod[];
}

/** Most pods created or removed in one pass, so that a mistyped number can be corrected in time. */
export const mostChangesPerPass = 500;

const nothing: ReplicationPlan = { adopt: [], release: [], create: 0, remove: [] };

/**
 * Compares wanted with seen. Finished pods and pods being deleted are let be and do not count. What another controller
 * owns is neither touched nor counted. A controller that is being deleted does nothing. Pure.
 */
export function planReplication({ controller, pods, now }: ReplicationInputs): ReplicationPlan {
  if (controller.deletionTimestamp !== null) return nothing;
  const adopt: Pod[] = [];
  const release: Pod[] = [];
  const counted: Pod[] = [];
  for (const pod of pods) {
    if (pod.namespace !== controller.namespace || !isActive(pod)) continue;
    const owner = controllerOf(pod);
    const matches = selects(controller, pod);
    if (owner && owner.uid !== controller.uid) continue;
    if (!owner && matches) adopt.push(pod);
    if (owner && !matches) release.push(pod);
    if (matches) counted.push(pod);
  }
  const surplus = counted.length - controller.spec.replicas;
  return {
    adopt,
    release,
    create: Math.min(Math.max(0, -surplus), mostChangesPerPass),
    remove: surplus > 0 ? rankForRemoval(counted, now).slice(0, Math.min(surplus, mostChangesPerPass)) : [],
  };
}

/** An empty selector selects nothing: it would adopt whatever lives in the namespace. */
export function selects({ spec }: ReplicationController, pod: Pick<Pod, 'labels'>): boolean {
  const wanted = Object.entries(spec.selector);
  return wanted.length > 0 && wanted.every(([key, value]) => pod.labels[key] === value);
}
