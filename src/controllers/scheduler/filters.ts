import { isNodeReady } from '../../api/cluster-node';
import type { Pod } from '../../api/pod';
import { cpuMilli, memoryBytes } from '../../api/quantity';
import { requestsOf } from '../../api/pod-requests';
import type { NodeRoom } from './room';
import { hostPortsOf } from './room';

/** Why a node cannot run a pod, as it reads after a number of nodes: one, several. */
const words = {
  going: ['is being removed', 'are being removed'],
  notReady: ['not ready', 'not ready'],
  cordoned: ['cordoned', 'cordoned'],
  selector: ['does not match nodeSelector', 'do not match nodeSelector'],
  pods: ['has no room for another pod', 'have no room for another pod'],
  cpu: ['has too little cpu left', 'have too little cpu left'],
  memory: ['has too little memory left', 'have too little memory left'],
  ports: ['has a host port in use that it asks for', 'have a host port in use that it asks for'],
} as const;
export type Rejection = keyof typeof words;

/** The first thing that keeps the pod off the node; null when it fits. What a node says nothing about has no limit. Pure. */
export function rejectionOf(pod: Pod, room: NodeRoom): Rejection | null {
  const { node } = room;
  const { allocatable } = node.status;
  const requests = requestsOf(pod.spec);
  if (node.deletionTimestamp !== null) return 'going';
  if (!isNodeReady(node)) return 'notReady';
  if (node.spec.unschedulable) return 'cordoned';
  if (!Object.entries(pod.spec.nodeSelector).every(([key, value]) => node.labels[key] === value)) return 'selector';
  if (allocatable.pods !== null && room.pods.length + 1 > allocatable.pods) return 'pods';
  if (requests.cpu > 0 && allocatable.cpu !== null && room.requested.cpu + requests.cpu > cpuMilli(allocatable.cpu)) return 'cpu';
  if (requests.memory > 0 && allocatable.memory !== null && room.requested.memory + requests.memory > memoryBytes(allocatable.memory)) {
    return 'memory';
  }
  return hostPortsOf(pod.spec).some((port) => room.hostPorts.has(port)) ? 'ports' : null;
}

/** "0 of 3 nodes can run it: 2 not ready, 1 does not match nodeSelector". The same rejections make the same words. */
export function explainRejections(rejections: readonly Rejection[]): string {
  const count = rejections.length;
  if (count === 0) return 'no node has registered yet';
  const reasons = (Object.keys(words) as Rejection[])
    .map((rejection) => ({ rejection, nodes: rejections.filter((one) => one === rejection).length }))
    .filter(({ nodes }) => nodes > 0)
    .sort((a, b) => b.nodes - a.nodes)
    .map(({ rejection, nodes }) => `${nodes} ${words[rejection][nodes === 1 ? 0 : 1]}`);
  return `0 of ${count} ${count === 1 ? 'node' : 'nodes'} can run it: ${reasons.join(', ')}`;
}
