import { controllerOf } from '../../api/meta';
import type { Rejection } from '../../api/node-fit';
import { explainRejections, rejectionOf, shunnedTaints } from '../../api/node-fit';
import type { NodeRoom } from '../../api/node-room';
import type { Pod } from '../../api/pod';
import { cpuMilli, memoryBytes } from '../../api/quantity';
import { addRequests, requestsOf } from '../../api/pod-requests';

export type Decision = { readonly nodeName: string } | { readonly unschedulable: string };

/** The node for the pod: the best of those that fit; else why none does. Pure. */
export function decide(pod: Pod, rooms: readonly NodeRoom[]): Decision {
  const rejections: Rejection[] = [];
  let best: { readonly room: NodeRoom; readonly score: readonly number[] } | undefined;
  for (const room of rooms) {
    const rejection = rejectionOf(pod, room);
    if (rejection) {
      rejections.push(rejection);
      continue;
    }
    const score = scoreOf(pod, room);
    if (!best || isBetter(score, best.score) || (!isBetter(best.score, score) && room.node.name < best.room.node.name)) {
      best = { room, score };
    }
  }
  return best ? { nodeName: best.room.node.name } : { unschedulable: explainRejections(rejections) };
}

/**
 * In order of weight, less is better: taints that ask for it to be left to others (PREFER_NO_SCHEDULE) or would send the pod away again (NO_EXECUTE, tolerated for a time), pods of the same owner on the node (spread, so that one node's end does not take
 * all), the part of it that is asked for once this pod is there, and how many pods it has.
 */
export function scoreOf(pod: Pod, room: NodeRoom): readonly number[] {
  const owner = controllerOf(pod)?.uid;
  return [shunnedTaints(pod, room.node), owner === undefined ? 0 : room.podsOwnedBy(owner), requestedPart(pod, room), room.pods.length];
}

function isBetter(a: readonly number[], b: readonly number[]): boolean {
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? 0;
    if (value !== other) return value < other;
  }
  return false;
}

/** From 0 to 1, the mean over cpu and memory; what the node says nothing about counts as free. */
function requestedPart(pod: Pod, { node, requested }: NodeRoom): number {
  const { cpu, memory } = node.status.allocatable;
  const after = addRequests(requested, requestsOf(pod.spec));
  const part = (asked: number, there: number): number => (there > 0 ? asked / there : 0);
  return (part(after.cpu, cpuMilli(cpu)) + part(after.memory, memoryBytes(memory))) / 2;
}
