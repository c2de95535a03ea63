import type { ApiObject, Condition } from './meta';
import { conditionOf } from './meta';
import type { ResourceList } from './pod';
import type { Taint } from './taints';

export interface ClusterNode extends ApiObject {
  readonly kind: 'ClusterNode';
  readonly namespace: null;
  readonly spec: ClusterNodeSpec;
  readonly status: ClusterNodeStatus;
}

export interface ClusterNodeSpec {
  /** Cordoned: the scheduler gives it no new pods. */
  readonly unschedulable: boolean;
  /** The user's, and those that say what became of the node (healthTaintKeys), which are node-lifecycle's. */
  readonly taints: readonly Taint[];
  /** Its pods are to leave, and it takes no new ones; null: nobody wants that. How far it is follows from the pods (api/drain.ts). */
  readonly drain: DrainRequest | null;
}

export interface DrainRequest {
  readonly requestedAt: string;
  /** Null: what each pod says itself. */
  readonly gracePeriodSeconds: number | null;
  /** How many pods of one replication controller may be away at a time. */
  readonly maxUnavailable: number;
  /** Pods go as well that no replication controller would replace. */
  readonly force: boolean;
}

export interface ClusterNodeStatus {
  readonly capacity: ResourceList;
  readonly allocatable: ResourceList;
  readonly info: ClusterNodeInfo;
  readonly conditions: readonly Condition[];
  /** The address other machines reach it at; pods on the host's network report it as their IP. */
  readonly address: string;
}

export interface ClusterNodeInfo {
  readonly os: string;
  readonly architecture: string;
  /** "process", "docker", "fake". */
  readonly runtime: string;
  readonly runtimeVersion: string;
  readonly kubeletVersion: string;
}

/** Its kubelet says so, and its lease is alive (node-lifecycle turns Ready to UNKNOWN when it is not). */
export function isNodeReady(node: ClusterNode): boolean {
  return conditionOf(node.status.conditions, 'Ready')?.status === 'TRUE';
}

/** In the condition Ready: its lease ran out. Said by node-lifecycle, until its kubelet registers it again. */
export const leaseExpired = 'LeaseExpired';

export function isDeclaredLost(node: ClusterNode): boolean {
  const ready = conditionOf(node.status.conditions, 'Ready');
  return ready?.status === 'UNKNOWN' && ready.reason === leaseExpired;
}
