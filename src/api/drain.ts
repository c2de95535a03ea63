import type { ClusterNode, DrainRequest } from './cluster-node';
import { isNodeReady } from './cluster-node';
import { conditionOf, controllerOf } from './meta';
import type { Pod } from './pod';
import { conditionTypes, isActive, isOutOfSight, isReady, isTerminal } from './pod';
import type { ReplicationController } from './replication-controller';

export const drainBlockReasons = ['NO_CONTROLLER', 'CONTROLLER_NOT_FOUND', 'TOO_FEW_READY', 'NODE_NOT_READY'] as const;
/** Why a pod is still on a node that is being drained. */
export type DrainBlockReason = (typeof drainBlockReasons)[number];

export interface DrainBlock {
  readonly pod: Pod;
  readonly reason: DrainBlockReason;
  readonly message: string;
}

/** A replication controller, and all pods that it owns, on whatever node. */
export interface PodOwner {
  readonly controller: ReplicationController;
  readonly pods: readonly Pod[];
}

export interface DrainInputs {
  readonly node: ClusterNode;
  readonly drain: DrainRequest;
  /** Those bound to the node. */
  readonly pods: readonly Pod[];
  /** By the owner's uid; undefined: it is not known, which does not say that it is gone. */
  readonly ownerOf: (uid: string) => PodOwner | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface DrainPlan {
  /** To be evicted now. */
  readonly evict: readonly Pod[];
  /** Pods that have not finished and are still on the node, those to be evicted and those that go already included. */
  readonly remaining: number;
  readonly blocked: readonly DrainBlock[];
  /** When a pod elsewhere will have been ready for long enough, in milliseconds since 1970; null: nothing is known to come with time. */
  readonly againAt: number | null;
}

/**
 * Who may leave the node now. Of each replication controller no more pods may be away than maxUnavailable: those that were ready for
 * minReadySeconds count as there, and never more of them than it wants. A pod that is not ready is away already, so it goes first. A
 * pod that nobody would replace goes only by force. One whose controller is not known stays: if that is gone, the garbage collector
 * finds out and removes the pod, and if it is only unreadable nobody may take its pods. Of a node that is silent nobody goes, by force neither: its pods may be well, and
 * if they are not, the eviction controller sees to them in its own time. What the plan says is true as long as nobody else evicts: two
 * nodes that are drained at a time share one budget. Pure.
 */
export function planDrain({ node, drain, pods, ownerOf, now }: DrainInputs): DrainPlan {
  const evict: Pod[] = [];
  const blocked: DrainBlock[] = [];
  const byOwner = new Map<string, Pod[]>();
  const unreplaced: Pod[] = [];
  let againAt: number | null = null;
  const staying = pods.filter((pod) => !isTerminal(pod));
  for (const pod of staying) {
    if (pod.deletionTimestamp !== null) {
      if (!isNodeReady(node)) blocked.push(notConfirmed(pod, node));
      continue;
    }
    // Also when the node is back: until its kubelet says otherwise, that such a pod is not ready is nobody's knowledge.
    if (!isNodeReady(node) || isOutOfSight(pod)) {
      blocked.push(unknown(pod, node));
      continue;
    }
    const owner = controllerOf(pod);
    if (owner?.kind === 'ReplicationController') byOwner.set(owner.uid, [...(byOwner.get(owner.uid) ?? []), pod]);
    else unreplaced.push(pod);
  }
  for (const [uid, owned] of byOwner) {
    const owner = ownerOf(uid);
    if (!owner) {
      blocked.push(...owned.map(ownerNotFound));
      continue;
    }
    // It replaces nobody any more. Whether it leaves its pods behind (ORPHAN) or takes them along is the garbage collector's to do.
    if (owner.controller.deletionTimestamp !== null) {
      unreplaced.push(...owned);
      continue;
    }
    const standing = standingOf(owner, now);
    const ready = owned.filter(isReady).sort(newestFirst);
    const floor = Math.max(0, owner.controller.spec.replicas - drain.maxUnavailable);
    const may = Math.max(0, standing.there - floor);
    evict.push(...owned.filter((pod) => !isReady(pod)), ...ready.slice(0, may));
    for (const pod of ready.slice(may)) blocked.push(tooFewReady(pod, owner.controller, standing, drain));
    if (ready.length > may && standing.nextAt !== null) againAt = Math.min(againAt ?? standing.nextAt, standing.nextAt);
  }
  if (drain.force) evict.push(...unreplaced);
  else blocked.push(...unreplaced.map(noController));
  return { evict, remaining: staying.length, blocked, againAt };
}

interface Standing {
  /** Pods that were ready for long enough; no more than wanted. */
  readonly there: number;
  /** When the next will have been. */
  readonly nextAt: number | null;
}

function standingOf({ controller, pods }: PodOwner, now: number): Standing {
  const { replicas, minReadySeconds } = controller.spec;
  let there = 0;
  let nextAt: number | null = null;
  for (const pod of pods) {
    if (!isActive(pod) || !isReady(pod)) continue;
    const at = minReadySeconds === 0 ? now : readySince(pod) + minReadySeconds * 1000;
    if (at <= now) there += 1;
    else nextAt = Math.min(nextAt ?? at, at);
  }
  // A surplus is its controller's to remove, at the same time perhaps.
  return { there: Math.min(there, replicas), nextAt };
}

function readySince(pod: Pod): number {
  return Date.parse(conditionOf(pod.status.conditions, conditionTypes.ready)?.lastTransitionTime ?? pod.creationTimestamp);
}

function newestFirst(a: Pod, b: Pod): number {
  return Date.parse(b.creationTimestamp) - Date.parse(a.creationTimestamp) || (a.uid < b.uid ? -1 : 1);
}

function tooFewReady(pod: Pod, { namespace, name, spec }: ReplicationController, { there }: Standing, { maxUnavailable }: DrainRequest): DrainBlock {
  const message = `of replication controller ${namespace}/${name}, ${there} of ${spec.replicas} pods are ready, and at most ${maxUnavailable} may be away: it waits until others are ready`;
  return { pod, reason: 'TOO_FEW_READY', message };
}

function noController(pod: Pod): DrainBlock {
  return { pod, reason: 'NO_CONTROLLER', message: 'no replication controller would replace it: delete it, or drain with force' };
}

function ownerNotFound(pod: Pod): DrainBlock {
  const name = `${pod.namespace}/${controllerOf(pod)?.name ?? ''}`;
  const message = `its replication controller ${name} is not to be found: if it is gone, the garbage collector is about to remove the pod; if it cannot be read, the server's log says so`;
  return { pod, reason: 'CONTROLLER_NOT_FOUND', message };
}

function notConfirmed(pod: Pod, { name }: ClusterNode): DrainBlock {
  const message = `it is asked to end, but node ${name} is not ready and nobody says that it has; if the node does not come back, deleteClusterNode`;
  return { pod, reason: 'NODE_NOT_READY', message };
}

function unknown(pod: Pod, node: ClusterNode): DrainBlock {
  const message = isNodeReady(node)
    ? `node ${node.name} was lost and is back; the pod waits until the kubelet has said how it is`
    : `node ${node.name} is not ready, and nobody knows how the pod is: it stays until the node is back, or until it is evicted because the node is not`;
  return { pod, reason: 'NODE_NOT_READY', message };
}
