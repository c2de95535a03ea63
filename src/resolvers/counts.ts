import { conditionOf, controllerOf } from '../api/meta';
import type { Pod } from '../api/pod';
import { conditionTypes, isReady, isTerminal } from '../api/pod';
import type { ReplicationController } from '../api/replication-controller';

export interface ReplicaCounts {
  readonly current: number;
  readonly ready: number;
  readonly available: number;
  readonly terminating: number;
}

/** A pod that another controller owns is that controller's, even if its labels match. */
export function countsFor(controller: ReplicationController, pod: Pod): boolean {
  const owner = controllerOf(pod);
  return owner === undefined || owner.uid === controller.uid;
}

/**
 * What a controller's counts say of the pods that match its selector. `now` in milliseconds since 1970.
 * Finished pods count nowhere; pods being deleted only as terminating.
 */
export function countReplicas(controller: ReplicationController, matching: readonly Pod[], now: number): ReplicaCounts {
  const counts = { current: 0, ready: 0, available: 0, terminating: 0 };
  for (const pod of matching) {
    if (isTerminal(pod) || !countsFor(controller, pod)) continue;
    if (pod.deletionTimestamp !== null) {
      counts.terminating += 1;
      continue;
    }
    counts.current += 1;
    if (!isReady(pod)) continue;
    counts.ready += 1;
    if (isReadySince(pod, controller.spec.minReadySeconds, now)) counts.available += 1;
  }
  return counts;
}

/** Ready, without interruption, for at least so many seconds. */
export function isAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  return isReady(pod) && isReadySince(pod, minReadySeconds, now);
}

function isReadySince(pod: Pod, minReadySeconds: number, now: number): boolean {
  if (minReadySeconds === 0) return true;
  const since = conditionOf(pod.status.conditions, conditionTypes.ready)?.lastTransitionTime;
  return since != null && now - Date.parse(since) >= minReadySeconds * 1000;
}
