import { controllerOf } from '../../api/meta';
import type { Pod } from '../../api/pod';
import { isActive, isScheduled, isTerminal } from '../../api/pod';
import type { ReplicationController } from '../../api/replication-controller';
import { cascadeAnnotation, orphan } from '../../registry';

/** Finished pods are kept as evidence, but not without end: so many per controller, and so many without one in the cluster. */
export const keptFinishedPerOwner = 5;
export const keptFinishedWithoutOwner = 1_000;

export interface OwnedPlan {
  /** Pods that lose their owner and stay. */
  readonly release: readonly Pod[];
  readonly remove: readonly Pod[];
  /** The controller itself is to go, after `release` was done. */
  readonly removeController: boolean;
}

const nothing: OwnedPlan = { release: [], remove: [], removeController: false };

/**
 * What becomes of the pods that a controller owns. `controller` is undefined when it is gone: its pods follow it. One that
 * is being deleted lets its pods go first (ORPHAN) or goes ahead of them. One that lives keeps few finished pods. Pure.
 */
export function planOwned(controller: ReplicationController | undefined, pods: readonly Pod[]): OwnedPlan {
  if (!controller) return { ...nothing, remove: pods.filter((pod) => pod.deletionTimestamp === null) };
  if (controller.deletionTimestamp !== null) {
    const letsGo = controller.annotations[cascadeAnnotation] === orphan;
    return { ...nothing, release: letsGo ? pods : [], removeController: true };
  }
  return { ...nothing, remove: oldestBeyond(pods.filter(isCollectable), keptFinishedPerOwner) };
}

/** Finished pods that no controller owns, beyond what is kept; those that finished first go. Pure. */
export function planFinished(pods: readonly Pod[]): readonly Pod[] {
  return oldestBeyond(pods.filter(isCollectable), keptFinishedWithoutOwner);
}

/** Pods of a node that is gone from the API: nobody is left to confirm that those being deleted have stopped. Pure. */
export function planLostNode(pods: readonly Pod[]): readonly Pod[] {
  return pods.filter((pod) => pod.deletionTimestamp !== null);
}

/**
 * Is it left behind, should its node be gone? The scheduler gave it that node when it was there, its kubelet has spoken of it, or a
 * controller wants a living one in its place. A pod that somebody made for a node which has not come yet is none of these, and
 * waits. Pure.
 */
export function isAbandoned(pod: Pod): boolean {
  return isActive(pod) && (isScheduled(pod) || pod.status.observedGeneration > 0 || controllerOf(pod) !== undefined);
}

function isCollectable(pod: Pod): boolean {
  return isTerminal(pod) && pod.deletionTimestamp === null;
}

function oldestBeyond(pods: readonly Pod[], kept: number): readonly Pod[] {
  if (pods.length <= kept) return [];
  const ended = pods.map((pod) => ({ pod, at: endOf(pod) }));
  ended.sort((a, b) => a.at - b.at || (a.pod.uid < b.pod.uid ? -1 : 1));
  return ended.slice(0, pods.length - kept).map(({ pod }) => pod);
}

/** When its last container ended; its creation when none ever ran. */
function endOf({ status, creationTimestamp }: Pod): number {
  const ends = status.containerStatuses.flatMap(({ state }) => (state.kind === 'ContainerTerminated' ? [Date.parse(state.finishedAt)] : []));
  return ends.length > 0 ? Math.max(...ends) : Date.parse(creationTimestamp);
}
