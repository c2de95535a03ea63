import type { ClusterNode } from './cluster-node';
import { isNodeReady } from './cluster-node';
import type { NodeRoom } from './node-room';
import { hostPortsOf } from './node-room';
import type { Pod } from './pod';
import { requestsOf } from './pod-requests';
import { cpuMilli, formatCpuMilli, formatMemoryBytes, memoryBytes } from './quantity';
import type { Taint } from './taints';
import { taintText, tolerationOf } from './taints';

/** Why a node cannot run a pod, as it reads after a number of nodes: one, several. */
const words = {
  going: ['is being removed', 'are being removed'],
  notReady: ['not ready', 'not ready'],
  cordoned: ['cordoned', 'cordoned'],
  taint: ['had untolerated taint', 'had untolerated taint'],
  selector: ['did not match nodeSelector', 'did not match nodeSelector'],
  pods: ['too many pods', 'too many pods'],
  cpu: ['insufficient cpu', 'insufficient cpu'],
  memory: ['insufficient memory', 'insufficient memory'],
  ports: ['had no free host port', 'had no free host port'],
} as const;
export type RejectionReason = keyof typeof words;

/** The same as one word, for programs. */
const codes: Readonly<Record<RejectionReason, string>> = {
  going: 'NodeTerminating',
  notReady: 'NodeNotReady',
  cordoned: 'NodeCordoned',
  taint: 'UntoleratedTaint',
  selector: 'NodeSelectorMismatch',
  pods: 'TooManyPods',
  cpu: 'InsufficientCPU',
  memory: 'InsufficientMemory',
  ports: 'HostPortInUse',
};

export type Rejection = { readonly reason: Exclude<RejectionReason, 'taint'> } | { readonly reason: 'taint'; readonly taint: Taint };

/** Of different reasons so many are told, the most frequent first: what a pod's condition says must not grow with the cluster. */
const mostReasonsTold = 10;

/**
 * The first thing that keeps the pod off the node; null when it fits. What a node says nothing about has no limit. The
 * scheduler decides by it, and the pod's field rejectedNodes asks it again. Pure.
 */
export function rejectionOf(pod: Pod, room: NodeRoom): Rejection | null {
  const { node } = room;
  const { allocatable } = node.status;
  const requests = requestsOf(pod.spec);
  if (node.deletionTimestamp !== null) return { reason: 'going' };
  if (!isNodeReady(node)) return { reason: 'notReady' };
  if (node.spec.unschedulable) return { reason: 'cordoned' };
  const taint = untolerated(pod, node, ({ effect }) => effect !== 'PREFER_NO_SCHEDULE')[0];
  if (taint) return { reason: 'taint', taint };
  if (missingLabels(pod, node).length > 0) return { reason: 'selector' };
  if (allocatable.pods !== null && room.pods.length + 1 > allocatable.pods) return { reason: 'pods' };
  if (requests.cpu > 0 && allocatable.cpu !== null && room.requested.cpu + requests.cpu > cpuMilli(allocatable.cpu)) return { reason: 'cpu' };
  if (requests.memory > 0 && allocatable.memory !== null && room.requested.memory + requests.memory > memoryBytes(allocatable.memory)) {
    return { reason: 'memory' };
  }
  return hostPortsOf(pod.spec).some((port) => room.hostPorts.has(port)) ? { reason: 'ports' } : null;
}

/**
 * Taints for which another node is better, if one fits: those that ask for this one to be left to other pods, and those that would send
 * the pod away after a time.
 */
export function shunnedTaints(pod: Pod, node: ClusterNode): number {
  return untolerated(pod, node, ({ effect }) => effect === 'PREFER_NO_SCHEDULE').length + toleratedForATime(pod, node).length;
}

/**
 * "0/3 nodes are available: 2 had untolerated taint dedicated=gpu, 1 insufficient cpu", as Kubernetes says it. The same rejections
 * make the same words, whatever the order of the nodes.
 */
export function explainRejections(rejections: readonly Rejection[]): string {
  const count = rejections.length;
  if (count === 0) return 'no node has registered yet';
  const counts = new Map<string, { readonly rejection: Rejection; nodes: number }>();
  for (const rejection of rejections) {
    const key = rejection.reason === 'taint' ? `taint ${taintText(rejection.taint)}` : rejection.reason;
    const counted = counts.get(key);
    if (counted) counted.nodes += 1;
    else counts.set(key, { rejection, nodes: 1 });
  }
  const order = Object.keys(words);
  const reasons = [...counts.entries()]
    .sort(([a, x], [b, y]) => y.nodes - x.nodes || order.indexOf(x.rejection.reason) - order.indexOf(y.rejection.reason) || (a < b ? -1 : 1))
    .map(([, { rejection, nodes }]) => {
      const text = words[rejection.reason][nodes === 1 ? 0 : 1];
      return `${nodes} ${rejection.reason === 'taint' ? `${text} ${taintText(rejection.taint)}` : text}`;
    });
  const more = reasons.length - mostReasonsTold;
  const told = more > 0 ? [...reasons.slice(0, mostReasonsTold), `${more} other reasons`] : reasons;
  return `0/${count} ${count === 1 ? 'node is' : 'nodes are'} available: ${told.join(', ')}`;
}

/** What keeps the pod off this one node, with what it wants and what there is; a sentence without its subject. Pure. */
function explainRejection(pod: Pod, room: NodeRoom, rejection: Rejection): string {
  const { node, requested } = room;
  const { allocatable } = node.status;
  const asked = requestsOf(pod.spec);
  switch (rejection.reason) {
    case 'going':
      return 'is being removed';
    case 'notReady':
      return 'is not ready: its kubelet is silent, or says so';
    case 'cordoned':
      return 'is cordoned and takes no new pods';
    case 'taint':
      return `has the taint ${taintText(rejection.taint)} (${rejection.taint.effect}), which the pod does not tolerate`;
    case 'selector':
      return `lacks what nodeSelector wants: ${missingLabels(pod, node).join(', ')}`;
    case 'pods':
      return `has ${room.pods.length} pods already and takes ${allocatable.pods}`;
    case 'cpu':
      return shortOf('cpu', asked.cpu, cpuMilli(allocatable.cpu) - requested.cpu, formatCpuMilli);
    case 'memory':
      return shortOf('memory', asked.memory, memoryBytes(allocatable.memory) - requested.memory, formatMemoryBytes);
    case 'ports':
      return `has a host port in use that the pod asks for: ${hostPortsOf(pod.spec).filter((port) => room.hostPorts.has(port)).join(', ')}`;
    default: {
      const never: never = rejection;
      return never;
    }
  }
}

/** Why one node cannot run one pod. */
export interface NodeRejection {
  readonly nodeName: string;
  /** One CamelCase word: NodeNotReady, InsufficientCPU, … */
  readonly reason: string;
  readonly message: string;
}

/** Of each node that cannot run the pod, why, in the order of the rooms and no more than so many; nodes that can are left out. Pure. */
export function rejectedNodes(pod: Pod, rooms: readonly NodeRoom[], most = Infinity): readonly NodeRejection[] {
  const rejected: NodeRejection[] = [];
  for (const room of rooms) {
    if (rejected.length >= most) break;
    const rejection = rejectionOf(pod, room);
    const { name } = room.node;
    if (rejection) rejected.push({ nodeName: name, reason: codes[rejection.reason], message: `node ${name} ${explainRejection(pod, room, rejection)}` });
  }
  return rejected;
}

function shortOf(what: string, asked: number, left: number, format: (amount: number) => string): string {
  return `has too little ${what}: the pod asks for ${format(asked)}, ${format(Math.max(0, left))} is left`;
}

function untolerated({ spec }: Pod, node: ClusterNode, concerns: (taint: Taint) => boolean): readonly Taint[] {
  const { taints } = node.spec;
  return taints.length === 0 ? taints : taints.filter((taint) => concerns(taint) && !tolerationOf(spec.tolerations, taint));
}

/** They do not keep the pod off the node, as in Kubernetes. */
function toleratedForATime({ spec }: Pod, node: ClusterNode): readonly Taint[] {
  const { taints } = node.spec;
  return taints.length === 0 ? taints : taints.filter((taint) => taint.effect === 'NO_EXECUTE' && typeof tolerationOf(spec.tolerations, taint)?.tolerationSeconds === 'number');
}

function missingLabels({ spec }: Pod, { labels }: ClusterNode): readonly string[] {
  return Object.entries(spec.nodeSelector).flatMap(([key, value]) => (labels[key] === value ? [] : [`${key}=${value}`]));
}
