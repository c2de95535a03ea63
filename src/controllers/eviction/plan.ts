import type { Pod } from '../../api/pod';
import { isActive } from '../../api/pod';
import type { Taint } from '../../api/taints';
import { isHealthTaint, tolerationOf } from '../../api/taints';

/** A NO_EXECUTE taint, and since when it is known here: a moment on the monotonic clock, in milliseconds. */
export interface KnownTaint {
  readonly taint: Taint;
  readonly since: number;
}

export interface EvictionInputs {
  /** Those bound to the node. */
  readonly pods: readonly Pod[];
  readonly taints: readonly KnownTaint[];
  /** When pods that came to a node with such taints were first seen there, by uid; on the same clock. Whoever is not in it was there first. */
  readonly seenAt: ReadonlyMap<string, number>;
  /** How long pods stay that say nothing of unreachable and not-ready. */
  readonly nodeTolerationSeconds: number;
  /** Monotonic, in milliseconds. */
  readonly now: number;
}

/** A pod, and the taint that it does not tolerate, or not any longer. */
export interface DuePod {
  readonly pod: Pod;
  readonly taint: Taint;
}

export interface EvictionPlan {
  readonly due: readonly DuePod[];
  /** When the next is due; null: none will be. */
  readonly nextAt: number | null;
}

/** Who has to go now, and when to look again. Finished pods, and pods that go already, are let be. Pure. */
export function planEviction(inputs: EvictionInputs): EvictionPlan {
  const due: DuePod[] = [];
  let nextAt: number | null = null;
  for (const pod of inputs.pods) {
    const end = isActive(pod) ? endOf(pod, inputs) : null;
    if (end === null) continue;
    if (end.at <= inputs.now) due.push({ pod, taint: end.taint });
    else nextAt = Math.min(nextAt ?? end.at, end.at);
  }
  return { due, nextAt };
}

/**
 * The earliest over all taints; null: it may stay. What the pod itself says of a taint goes before the default. Its time begins when
 * both are there: a pod that came later would have none left, be replaced by another that comes there too, and so on without end.
 */
function endOf({ uid, spec }: Pod, { taints, seenAt, nodeTolerationSeconds }: EvictionInputs): { readonly taint: Taint; readonly at: number } | null {
  const seen = seenAt.get(uid) ?? -Infinity;
  let earliest: { readonly taint: Taint; readonly at: number } | null = null;
  for (const { taint, since } of taints) {
    const toleration = tolerationOf(spec.tolerations, taint);
    const seconds = toleration ? toleration.tolerationSeconds : isHealthTaint(taint) ? nodeTolerationSeconds : 0;
    if (seconds === null) continue;
    const at = Math.max(since, seen) + Math.max(0, seconds) * 1000;
    if (earliest === null || at < earliest.at) earliest = { taint, at };
  }
  return earliest;
}
