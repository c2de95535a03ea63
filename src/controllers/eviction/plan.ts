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
  /** How long pods stay that say nothing of unreachable and not-ready. */
  readonly nodeTolerationSeconds: number;
  /** Monotonic, in milliseconds. */
  readonly now: number;
}

export interface EvictionPlan {
  readonly due: readonly Pod[];
  /** When the next is due; null: none will be. */
  readonly nextAt: number | null;
}

/** Who has to go now, and when to look again. Finished pods, and pods that go already, are let be. Pure. */
export function planEviction({ pods, taints, nodeTolerationSeconds, now }: EvictionInputs): EvictionPlan {
  const due: Pod[] = [];
  let nextAt: number | null = null;
  for (const pod of pods) {
    const at = isActive(pod) ? dueAt(pod, taints, nodeTolerationSeconds) : null;
    if (at === null) continue;
    if (at <= now) due.push(pod);
    else nextAt = Math.min(nextAt ?? at, at);
  }
  return { due, nextAt };
}

/** The earliest over all taints; null: it may stay. What the pod itself says of a taint goes before the default. */
function dueAt({ spec }: Pod, taints: readonly KnownTaint[], nodeTolerationSeconds: number): number | null {
  let earliest: number | null = null;
  for (const { taint, since } of taints) {
    const toleration = tolerationOf(spec.tolerations, taint);
    const seconds = toleration ? toleration.tolerationSeconds : isHealthTaint(taint) ? nodeTolerationSeconds : 0;
    if (seconds === null) continue;
    const at = since + Math.max(0, seconds) * 1000;
    earliest = Math.min(earliest ?? at, at);
  }
  return earliest;
}
