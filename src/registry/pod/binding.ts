import type { ObjectRef } from '../../api/meta';
import { withCondition } from '../../api/meta';
import type { Pod } from '../../api/pod';
import { conditionTypes } from '../../api/pod';
import { ApiError } from '../../errors/api-error';
import type { SystemWrites } from '../registry';
import type { WriteOptions } from '../types';

export interface Binding {
  readonly pods: SystemWrites<Pod>;
  /** Rejects with NOT_FOUND when there is no such node. */
  readonly requireNode: (name: string) => Promise<unknown>;
  readonly now: () => string;
}

/**
 * Gives the pod a node, once: the compare-and-swap succeeds only while nodeName is null. Binding it to the node it has
 * changes nothing. Not a user's change: generation stays, and no precondition becomes stale.
 */
export async function bindPod(binding: Binding, ref: ObjectRef, nodeName: string, options?: WriteOptions): Promise<Pod> {
  await binding.requireNode(nodeName);
  return binding.pods.systemChange(ref, 'bind', (pod) => boundTo(pod, nodeName, binding.now()), options);
}

/** The pod, bound; throws CONFLICT where that must not be. Pure. */
export function boundTo(pod: Pod, nodeName: string, now: string): Pod {
  if (pod.spec.nodeName === nodeName) return pod;
  if (pod.spec.nodeName !== null) throw refused(pod, `is bound to node ${pod.spec.nodeName}; delete it to move it`);
  if (pod.deletionTimestamp !== null) throw refused(pod, 'is being deleted');
  const scheduled = { type: conditionTypes.podScheduled, status: 'TRUE', reason: null, message: null } as const;
  return {
    ...pod,
    spec: { ...pod.spec, nodeName },
    status: { ...pod.status, conditions: withCondition(pod.status.conditions, scheduled, now) },
  };
}

function refused(pod: Pod, because: string): ApiError {
  const { kind, namespace, name, uid, resourceVersion } = pod;
  return new ApiError('CONFLICT', `cannot bind: pod ${namespace}/${name} ${because}. Nothing was changed.`, {
    outcome: 'notApplied',
    details: { operation: 'bind', kind, namespace, name, uid, currentResourceVersion: resourceVersion },
  });
}
