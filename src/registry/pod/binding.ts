import type { ClusterNode } from '../../api/cluster-node';
import type { ObjectRef } from '../../api/meta';
import { withCondition } from '../../api/meta';
import type { Pod } from '../../api/pod';
import { conditionTypes, isTerminal } from '../../api/pod';
import type { ErrorDetails } from '../../errors/api-error';
import { ApiError, isApiError } from '../../errors/api-error';
import type { SystemWrites } from '../registry';
import type { WriteOptions } from '../types';

export interface Binding {
  readonly pods: SystemWrites<Pod>;
  /** Rejects with NOT_FOUND when there is no such node. */
  readonly getNode: (name: string) => Promise<ClusterNode>;
  readonly now: () => string;
}

/** The node that was asked for; `node` is null when there is none of that name. */
export interface BindTarget {
  readonly nodeName: string;
  readonly node: ClusterNode | null;
}

/**
 * Gives the pod a node, once: the compare-and-swap succeeds only while nodeName is null. Binding it to the node it has
 * changes nothing. Not a user's change: generation stays, and no precondition becomes stale.
 */
export async function bindPod(binding: Binding, ref: ObjectRef, nodeName: string, options?: WriteOptions): Promise<Pod> {
  const target = { nodeName, node: await nullIfMissing(binding.getNode(nodeName)) };
  try {
    return await binding.pods.systemChange(ref, 'bind', (pod) => boundTo(pod, target, binding.now()), options);
  } catch (error) {
    if (!isApiError(error, 'NOT_FOUND') || error.details.kind !== 'Pod') throw error;
    throw refused('NOT_FOUND', ref, nodeName, 'there is no such pod, or not any more; look for it with the query pods, or create it', error.details);
  }
}

/** The pod, bound; throws CONFLICT or, of the node, NOT_FOUND where that must not be. Pure. */
export function boundTo(pod: Pod, { nodeName, node }: BindTarget, now: string): Pod {
  // First, whatever became of pod and node since: who asks again because the answer was lost gets it.
  if (pod.spec.nodeName === nodeName) return pod;
  const conflict = (because: string): ApiError => refused('CONFLICT', pod, nodeName, because, detailsOf(pod));
  if (pod.spec.nodeName !== null) throw conflict(`it is bound to node ${pod.spec.nodeName} already, and a pod never moves; delete it and create it again`);
  if (isTerminal(pod)) throw conflict(`it has finished (${pod.status.phase}) and will not run again; create another pod`);
  if (pod.deletionTimestamp !== null) throw conflict('it is being deleted; create it again when it is gone');
  if (node === null) {
    throw refused('NOT_FOUND', pod, nodeName, 'there is no such node; start a kubelet of that name, or choose one of the query clusterNodes', {
      kind: 'ClusterNode',
      name: nodeName,
    });
  }
  if (node.spec.unschedulable) {
    throw refused('CONFLICT', pod, nodeName, 'the node is cordoned and takes no new pods; uncordon it with cordonClusterNode, or choose another', detailsOf(node));
  }
  const scheduled = { type: conditionTypes.podScheduled, status: 'TRUE', reason: null, message: null } as const;
  return {
    ...pod,
    spec: { ...pod.spec, nodeName },
    status: { ...pod.status, conditions: withCondition(pod.status.conditions, scheduled, now) },
  };
}

function detailsOf({ kind, namespace, name, uid, resourceVersion }: Pod | ClusterNode): ErrorDetails {
  return { kind, ...(namespace === null ? {} : { namespace }), name, uid, currentResourceVersion: resourceVersion };
}

function refused(code: 'CONFLICT' | 'NOT_FOUND', { namespace, name }: ObjectRef, nodeName: string, because: string, details: ErrorDetails): ApiError {
  return new ApiError(code, `cannot bind pod ${namespace}/${name} to node ${nodeName}: ${because}. Nothing was changed.`, {
    outcome: 'notApplied',
    details: { ...details, operation: 'bind' },
  });
}

async function nullIfMissing(node: Promise<ClusterNode>): Promise<ClusterNode | null> {
  try {
    return await node;
  } catch (error) {
    if (isApiError(error, 'NOT_FOUND')) return null;
    throw error;
  }
}
