import { conditionOf } from '../../api/meta';
import type { Pod } from '../../api/pod';
import { conditionTypes, isReady, restartCountOf } from '../../api/pod';

/** PENDING goes before UNKNOWN goes before RUNNING; finished pods are not ranked. */
const phaseOrder: { readonly [phase: string]: number } = { PENDING: 0, UNKNOWN: 1, RUNNING: 2 };

/**
 * The pods in the order in which they are to go, those that are missed least first. The first difference decides:
 * not bound to a node; phase; not ready; more siblings on its node; ready for less time; more restarts; newer.
 * Times are compared by their order of magnitude: between 20 and 21 hours, chance (the uid) decides, so that removal
 * does not always hit the same node's pods.
 */
export function rankForRemoval(pods: readonly Pod[], now: number): readonly Pod[] {
  const siblings = new Map<string, number>();
  for (const { spec } of pods) {
    if (spec.nodeName !== null) siblings.set(spec.nodeName, (siblings.get(spec.nodeName) ?? 0) + 1);
  }
  const ranked = pods.map((pod) => ({ pod, rank: rankOf(pod, siblings, now) }));
  ranked.sort((a, b) => compareRanks(a.rank, b.rank) || (a.pod.uid < b.pod.uid ? -1 : 1));
  return ranked.map(({ pod }) => pod);
}

/** Numbers in order of weight; the smaller goes first. */
function rankOf(pod: Pod, siblings: ReadonlyMap<string, number>, now: number): readonly number[] {
  const { nodeName } = pod.spec;
  const ready = isReady(pod);
  return [
    nodeName === null ? 0 : 1,
    phaseOrder[pod.status.phase] ?? 0,
    ready ? 1 : 0,
    -(nodeName === null ? 0 : (siblings.get(nodeName) ?? 0)),
    ready ? magnitude(readySince(pod), now) : 0,
    -restartCountOf(pod),
    magnitude(pod.creationTimestamp, now),
  ];
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) {
    const difference = value - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function readySince(pod: Pod): string | null {
  return conditionOf(pod.status.conditions, conditionTypes.ready)?.lastTransitionTime ?? null;
}

/** 0 for less than two seconds ago, 1 for two to four, and so on; 0 for an unknown time or one that lies ahead. */
function magnitude(since: string | null, now: number): number {
  if (since === null) return 0;
  const seconds = (now - Date.parse(since)) / 1000;
  return seconds < 2 ? 0 : Math.floor(Math.log2(seconds));
}
