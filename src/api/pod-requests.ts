import type { Container, PodSpec } from './pod';
import { cpuMilli, memoryBytes } from './quantity';

/** What pods ask a node for: thousandths of a processor, and bytes. */
export interface Requests {
  readonly cpu: number;
  readonly memory: number;
}

/** Specs are frozen and shared, and every decision adds up the same ones. */
const known = new WeakMap<PodSpec, Requests>();

/**
 * What the node must have for the pod: init containers run one after the other and before the rest, sidecars (init
 * containers that restart ALWAYS) beside all that comes after them. So it is the greatest of each init container with
 * the sidecars before it, and of all containers with all sidecars.
 */
export function requestsOf(spec: PodSpec): Requests {
  let requests = known.get(spec);
  if (!requests) known.set(spec, (requests = compute(spec)));
  return requests;
}

function compute({ containers, initContainers }: PodSpec): Requests {
  let sidecars: Requests = { cpu: 0, memory: 0 };
  let most: Requests = sidecars;
  for (const container of initContainers) {
    const beside = addRequests(sidecars, ownRequests(container));
    most = greatest(most, beside);
    if (container.restartPolicy === 'ALWAYS') sidecars = beside;
  }
  return greatest(most, containers.map(ownRequests).reduce(addRequests, sidecars));
}

function ownRequests({ resources }: Container): Requests {
  return { cpu: cpuMilli(resources.requests.cpu), memory: memoryBytes(resources.requests.memory) };
}

export function addRequests(a: Requests, b: Requests): Requests {
  return { cpu: a.cpu + b.cpu, memory: a.memory + b.memory };
}

function greatest(a: Requests, b: Requests): Requests {
  return { cpu: Math.max(a.cpu, b.cpu), memory: Math.max(a.memory, b.memory) };
}
