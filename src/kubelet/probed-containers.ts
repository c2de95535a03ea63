import type { Pod, PodStatus } from '../api/pod';
import type { ProbedContainer } from './probes';
import type { ContainerRecord } from './runtime/runtime';

export interface ProbedQuestion {
  readonly pod: Pod;
  readonly containers: readonly ContainerRecord[];
  /** As last computed here, else as the API has it. */
  readonly base: PodStatus;
  /** Where the ports of its containers are reached. */
  readonly host: string;
  readonly now: number;
}

/** Which of a pod's containers are to be probed: those that run and have a probe. Pure. */
export function probedContainers({ pod, containers, base, host, now }: ProbedQuestion): readonly ProbedContainer[] {
  const statuses = [...base.initContainerStatuses, ...base.containerStatuses];
  return containers.flatMap((record) => {
    const { containerName } = record.identity;
    const container = [...pod.spec.initContainers, ...pod.spec.containers].find((c) => c.name === containerName);
    if (!container || record.phase !== 'running') return [];
    if (!container.livenessProbe && !container.readinessProbe && !container.startupProbe) return [];
    const status = statuses.find((s) => s.name === containerName);
    const told = status && status.containerID !== null && status.containerID === record.containerID ? status : null;
    return [{ id: record.id, container, host, ranFor: Math.max(0, now - (record.startedAt ?? record.createdAt)), wasStarted: told?.started === true, wasReady: told?.ready === true }];
  });
}
