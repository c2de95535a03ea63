import type { ClusterNode } from '../../api/cluster-node';
import { leaseExpired } from '../../api/cluster-node';
import type { Condition } from '../../api/meta';
import { conditionOf, withCondition } from '../../api/meta';

/**
 * What is known of a node's lease. `missing` since a moment on the monotonic clock; `hadLease`: it ran out while watched,
 * which is proof of silence; else it was never seen, and the kubelet may be about to get one.
 */
export type LeaseState =
  | { readonly kind: 'alive' }
  | { readonly kind: 'missing'; readonly since: number; readonly hadLease: boolean };

export type Verdict =
  | { readonly kind: 'leave' }
  | { readonly kind: 'wait'; readonly milliseconds: number }
  /** The node's conditions as they are to be; the present ones when they say so already. */
  | { readonly kind: 'lost'; readonly conditions: readonly Condition[] };

export interface HealthInputs {
  readonly node: ClusterNode;
  readonly lease: LeaseState;
  /** Monotonic, in milliseconds. */
  readonly elapsed: number;
  readonly graceMilliseconds: number;
  /** RFC 3339, for the condition. */
  readonly now: string;
}

/**
 * Nothing is said of a node with a lease: only its kubelet may say that it is ready, and where it was declared lost all the same its
 * next renewal asks it to (StoredNodes.renewLease). One whose lease ran out is UNKNOWN at
 * once, one that shows none after a grace (the server started, or the node just registered). Pure.
 */
export function judgeNode({ node, lease, elapsed, graceMilliseconds, now }: HealthInputs): Verdict {
  if (lease.kind === 'alive') return { kind: 'leave' };
  const ready = conditionOf(node.status.conditions, 'Ready');
  if (ready?.status === 'UNKNOWN') return { kind: 'lost', conditions: node.status.conditions };
  const left = lease.hadLease ? 0 : lease.since + graceMilliseconds - elapsed;
  if (left > 0) return { kind: 'wait', milliseconds: left };
  return {
    kind: 'lost',
    conditions: withCondition(
      node.status.conditions,
      {
        type: 'Ready',
        status: 'UNKNOWN',
        reason: leaseExpired,
        message: 'its kubelet has not renewed the lease: the machine, the kubelet or the network between may be down',
      },
      now,
    ),
  };
}
