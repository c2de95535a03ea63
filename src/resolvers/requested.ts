import type { Container, Pod, ResourceList } from '../api/pod';
import { isTerminal } from '../api/pod';
import { cpuMilli, formatCpuMilli, formatMemoryBytes, memoryBytes } from '../api/quantity';

interface Amounts {
  readonly cpu: number;
  readonly memory: number;
}
const nothing: Amounts = { cpu: 0, memory: 0 };

/** What pods bound to a node ask for together. Finished pods ask for nothing any more. */
export function requestedBy(pods: readonly Pod[]): ResourceList {
  const live = pods.filter((pod) => !isTerminal(pod));
  const total = live.map(requestOf).reduce(plus, nothing);
  return { cpu: formatCpuMilli(total.cpu), memory: formatMemoryBytes(total.memory), pods: live.length };
}

/**
 * Containers and sidecars run together, so theirs add up. An init container runs alone beside the sidecars that were
 * started before it, so the largest such moment counts if it needs more.
 */
function requestOf(pod: Pod): Amounts {
  let sidecars = nothing;
  let peak = nothing;
  for (const container of pod.spec.initContainers) {
    const needed = plus(sidecars, amountsOf(container));
    if (container.restartPolicy === 'ALWAYS') sidecars = needed;
    peak = greater(peak, needed);
  }
  return greater(peak, pod.spec.containers.map(amountsOf).reduce(plus, sidecars));
}

function amountsOf({ resources: { requests } }: Container): Amounts {
  return { cpu: cpuMilli(requests.cpu), memory: memoryBytes(requests.memory) };
}

function plus(a: Amounts, b: Amounts): Amounts {
  return { cpu: a.cpu + b.cpu, memory: a.memory + b.memory };
}

function greater(a: Amounts, b: Amounts): Amounts {
  return { cpu: Math.max(a.cpu, b.cpu), memory: Math.max(a.memory, b.memory) };
}
