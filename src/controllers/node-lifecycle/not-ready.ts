import { withCondition } from '../../api/meta';
import type { Pod } from '../../api/pod';
import { conditionTypes, isReady, isTerminal, nodeNotReady } from '../../api/pod';

/** Whether the pod claims a readiness that nobody on its node vouches for any more. */
export function claimsReady(pod: Pod): boolean {
  return isReady(pod) && !isTerminal(pod);
}

/**
 * The pod of a lost node: Ready=FALSE, so that nobody counts on it. Whether its containers run is not known here, so
 * ContainersReady and all else stay as the kubelet's last word. The pod itself where there is nothing to take back. Pure.
 */
export function notReady(pod: Pod, nodeName: string, now: string): Pod {
  if (!claimsReady(pod) || pod.spec.nodeName !== nodeName) return pod;
  const condition = {
    type: conditionTypes.ready,
    status: 'FALSE',
    reason: nodeNotReady,
    message: `node ${nodeName} is lost: its kubelet has not renewed the lease, so nobody knows whether the pod still runs; its kubelet says so when it is back`,
  } as const;
  return { ...pod, status: { ...pod.status, conditions: withCondition(pod.status.conditions, condition, now) } };
}
