import { isDeepStrictEqual } from 'node:util';
import type { ClusterNode } from '../../api/cluster-node';
import { isNodeReady } from '../../api/cluster-node';
import type { Pod } from '../../api/pod';
import { isActive, isScheduled, isTerminal } from '../../api/pod';
import type { Registries } from '../../registry/types';
import type { KeySink } from '../runtime/controller';
import { keyOf } from '../runtime/key';

/** The key that stands for all pods that wait; no pod's key is without a slash. */
export const allWaiting = '*';
/**
 * Of those, the ones that no back-off is going to bring back. A binding that fails gives its room back: were that a reason to
 * look at all, pods that the store refuses to bind would end each other's back-off, and their own.
 */
export const allRefused = '+';
/**
 * Milliseconds that room which appears is gathered before all that wait are looked at: when hundreds of pods end, those
 * that wait are gone through once and not hundreds of times.
 */
export const gatherRoom = 50;

/** Does it wait for a node? */
export function waitsForNode(pod: Pod): boolean {
  return pod.spec.nodeName === null && isActive(pod);
}

/**
 * Was it made for a node that has not registered, or is gone? No kubelet has said a word of it, and none will as long as
 * that is so. Once one has, the pod's status is the kubelet's. One that was bound to its node, which was there then, is not meant:
 * it is left behind, and the garbage collector's.
 */
export function lacksItsNode(pod: Pod, nodes: Registries['clusterNodes']['informer']['lister']): boolean {
  const { nodeName } = pod.spec;
  return nodeName !== null && isActive(pod) && pod.status.observedGeneration === 0 && !isScheduled(pod) && !nodes.get(null, nodeName);
}

/**
 * A pod that waits, or lacks its node, is a key. Room that appears (a node comes or changes in what the filters look at; a
 * bound pod ends) makes keys of all pods that wait; room that was only assumed to be taken is known to Rooms. Returns what unsubscribes.
 */
export function watchScheduling(registries: Registries, keys: KeySink): () => void {
  const nodes = registries.clusterNodes.informer.lister;
  const addAllWaiting = (): void => keys.addAfter(allWaiting, gatherRoom);
  const unsubscribes = [
    registries.pods.informer.subscribe(({ type, object, previous }) => {
      if (type === 'DELETED') {
        if (object.spec.nodeName !== null && !isTerminal(object)) addAllWaiting();
      } else if (waitsForNode(object)) {
        if (!previous || !isStatusOnly(previous, object)) keys.add(keyOf(object));
      } else if (previous && !isTerminal(previous) && isTerminal(object)) {
        addAllWaiting();
      } else if (!previous && lacksItsNode(object, nodes)) {
        keys.add(keyOf(object));
      }
    }),
    registries.clusterNodes.informer.subscribe(({ type, object, previous }) => {
      if (type !== 'MODIFIED' || !previous || !isDeepStrictEqual(filterInputs(previous), filterInputs(object))) addAllWaiting();
      if (type === 'DELETED') for (const pod of registries.pods.byNode(object.name)) if (lacksItsNode(pod, nodes)) keys.add(keyOf(pod));
    }),
  ];
  return () => unsubscribes.forEach((unsubscribe) => unsubscribe());
}

/** Nobody but the scheduler writes the status of a pod without a node: its own words are no reason to look again. */
function isStatusOnly(previous: Pod, pod: Pod): boolean {
  return previous.uid === pod.uid && previous.generation === pod.generation;
}

function filterInputs(node: ClusterNode): unknown {
  const { labels, deletionTimestamp, spec, status } = node;
  return [labels, deletionTimestamp, spec.unschedulable, spec.taints, status.allocatable, isNodeReady(node)];
}
