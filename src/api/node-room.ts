import type { ClusterNode } from './cluster-node';
import { controllerOf } from './meta';
import type { Pod, PodSpec } from './pod';
import { isActive, isTerminal, portOwners } from './pod';
import type { Requests } from './pod-requests';
import { addRequests, requestsOf } from './pod-requests';

/**
 * A node with all that takes room on it: pods bound or about to be bound to it that have not finished. What is summed up
 * is summed up once, when it is first asked for: a room is read by many decisions.
 */
export class NodeRoom {
  private sum: Requests | undefined;
  private ports: ReadonlySet<string> | undefined;
  private siblings: ReadonlyMap<string, number> | undefined;

  constructor(
    readonly node: ClusterNode,
    readonly pods: readonly Pod[],
  ) {}

  get requested(): Requests {
    return (this.sum ??= this.pods.reduce((sum, { spec }) => addRequests(sum, requestsOf(spec)), { cpu: 0, memory: 0 }));
  }

  get hostPorts(): ReadonlySet<string> {
    return (this.ports ??= new Set(this.pods.flatMap(({ spec }) => hostPortsOf(spec))));
  }

  /** Pods that this owner controls and that stay. */
  podsOwnedBy(uid: string): number {
    this.siblings ??= countByOwner(this.pods);
    return this.siblings.get(uid) ?? 0;
  }
}

/** The room of a node with all the pods bound to it, of which those that have finished take none. */
export function roomOf(node: ClusterNode, bound: readonly Pod[]): NodeRoom {
  return new NodeRoom(node, bound.filter((pod) => !isTerminal(pod)));
}

/** "TCP/80". A pod on the host's network takes each of its ports from the host. */
export function hostPortsOf(spec: PodSpec): readonly string[] {
  return portOwners(spec).flatMap(({ ports }) =>
    ports.flatMap(({ hostPort, containerPort, protocol }) => {
      const port = hostPort ?? (spec.hostNetwork ? containerPort : null);
      return port === null ? [] : [`${protocol}/${port}`];
    }),
  );
}

function countByOwner(pods: readonly Pod[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod)?.uid;
    if (owner !== undefined && isActive(pod)) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return counts;
}
