import type { Pod, ResourceList } from '../api/pod';
import { isTerminal } from '../api/pod';
import type { Requests } from '../api/pod-requests';
import { addRequests, requestsOf } from '../api/pod-requests';
import { formatCpuMilli, formatMemoryBytes } from '../api/quantity';

const nothing: Requests = { cpu: 0, memory: 0 };

/** What pods bound to a node ask for together, as the scheduler adds it up. Finished pods ask for nothing any more. */
export function requestedBy(pods: readonly Pod[]): ResourceList {
  const live = pods.filter((pod) => !isTerminal(pod));
  const total = live.map((pod) => requestsOf(pod.spec)).reduce(addRequests, nothing);
  return { cpu: formatCpuMilli(total.cpu), memory: formatMemoryBytes(total.memory), pods: live.length };
}
