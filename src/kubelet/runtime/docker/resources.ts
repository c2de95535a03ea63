import type { Container, PodSpec } from '../../../api/pod';
import { qosClassOf } from '../../../api/qos';
import { cpuMilli, memoryBytes } from '../../../api/quantity';

export interface EngineResources {
  readonly CpuShares: number;
  readonly CpuPeriod?: number;
  readonly CpuQuota?: number;
  readonly Memory?: number;
  readonly MemorySwap?: number;
  readonly OomScoreAdj: number;
}

/** Microseconds: the time slice by which the kernel counts a CPU limit, Kubernetes' own. */
const cpuPeriod = 100_000;
/** What the kernel refuses to go below. */
const leastQuota = 1_000;
const leastShares = 2;

/** Kubernetes' mapping (pkg/kubelet/kuberuntime/kuberuntime_container_linux.go). Swap is as much as memory: none. Pure. */
export function engineResources(spec: PodSpec, container: Container, memoryCapacity: number): EngineResources {
  const { requests, limits } = container.resources;
  const requestedCpu = cpuMilli(requests.cpu ?? limits.cpu);
  const cpuLimit = cpuMilli(limits.cpu);
  const memoryLimit = memoryBytes(limits.memory);
  return {
    CpuShares: Math.max(leastShares, Math.floor((requestedCpu * 1024) / 1000)),
    ...(cpuLimit > 0 ? { CpuPeriod: cpuPeriod, CpuQuota: Math.max(leastQuota, (cpuLimit * cpuPeriod) / 1000) } : {}),
    ...(memoryLimit > 0 ? { Memory: memoryLimit, MemorySwap: memoryLimit } : {}),
    OomScoreAdj: oomScoreAdjustment(spec, container, memoryCapacity),
  };
}

/** Who is killed first when memory runs out: those who promised nothing, then those who take more than they asked for. */
export function oomScoreAdjustment(spec: PodSpec, container: Container, memoryCapacity: number): number {
  switch (qosClassOf(spec)) {
    case 'GUARANTEED':
      return -997;
    case 'BEST_EFFORT':
      return 1000;
    case 'BURSTABLE': {
      const share = memoryCapacity > 0 ? memoryBytes(container.resources.requests.memory) / memoryCapacity : 0;
      return Math.min(999, Math.max(3, Math.floor(1000 - 1000 * share)));
    }
  }
}
