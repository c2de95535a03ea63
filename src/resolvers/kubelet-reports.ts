import { conditionOf } from '../api/meta';
import type { Condition } from '../api/meta';
import type { ClusterNode, ClusterNodeStatus } from '../api/cluster-node';
import type { ContainerState, ContainerStatus, ContainerTerminated, PodStatus, ResourceList } from '../api/pod';
import { conditionTypes } from '../api/pod';
import { ApiError } from '../errors/api-error';
import type { ConditionInput, RegisterClusterNodeInput } from './inputs/cluster-node';
import type { ResourceListInput } from './inputs/container';
import type { ContainerStateInput, ContainerStatusInput, ContainerTerminatedInput, PodStatusInput } from './inputs/pod-status';

/** From what a kubelet sends to the canonical form: everything that was left out is null. Pure. */

export function podStatusFrom(input: PodStatusInput, present: PodStatus, now: string): PodStatus {
  return {
    phase: input.phase,
    reason: input.reason ?? null,
    message: input.message ?? null,
    conditions: [...conditionsFrom(input.conditions, present.conditions, now), ...notTheKubelets(input, present)],
    hostIP: input.hostIP ?? null,
    podIP: input.podIP ?? null,
    startTime: input.startTime ?? null,
    observedGeneration: input.observedGeneration,
    initContainerStatuses: input.initContainerStatuses.map(containerStatusFrom),
    containerStatuses: input.containerStatuses.map(containerStatusFrom),
  };
}

/** A kubelet reports all that it knows of, and knows nothing of this: it was computed before, or without, the eviction. */
function notTheKubelets({ conditions }: PodStatusInput, present: PodStatus): readonly Condition[] {
  const type = conditionTypes.disruptionTarget;
  const condition = conditionOf(present.conditions, type);
  return condition && !conditions.some((given) => given.type === type) ? [condition] : [];
}

export function nodeStatusFrom(input: RegisterClusterNodeInput, present: ClusterNode | undefined, now: string): ClusterNodeStatus {
  const { os, architecture, runtime, runtimeVersion, kubeletVersion } = input.info;
  return {
    capacity: resourcesFrom(input.capacity),
    allocatable: resourcesFrom(input.allocatable),
    info: { os, architecture, runtime, runtimeVersion, kubeletVersion },
    conditions: conditionsFrom(input.conditions.map((condition) => datedByServer(condition, present)), present?.status.conditions ?? [], now),
    address: input.address,
  };
}

/** Of a node that is known already the kubelet's own memory does not count: while it was away, others said how the node is. */
function datedByServer(condition: ConditionInput, present: ClusterNode | undefined): ConditionInput {
  return present && conditionOf(present.status.conditions, condition.type) ? { ...condition, lastTransitionTime: null } : condition;
}

/** A transition that is not dated happened when the status changed, as far as the server knows. */
function conditionsFrom(inputs: readonly ConditionInput[], present: readonly Condition[], now: string): Condition[] {
  return inputs.map(({ type, status, reason, message, lastTransitionTime }) => {
    const old = conditionOf(present, type);
    const since = old?.status === status ? old.lastTransitionTime : now;
    return { type, status, reason: reason ?? null, message: message ?? null, lastTransitionTime: lastTransitionTime ?? since };
  });
}

function resourcesFrom({ cpu, memory, pods }: ResourceListInput): ResourceList {
  return { cpu: cpu ?? null, memory: memory ?? null, pods: pods ?? null };
}

function containerStatusFrom(input: ContainerStatusInput): ContainerStatus {
  return {
    name: input.name,
    image: input.image,
    imageID: input.imageID ?? null,
    containerID: input.containerID ?? null,
    ready: input.ready,
    started: input.started ?? null,
    restartCount: input.restartCount,
    state: stateFrom(input.name, input.state),
    lastState: input.lastState ? terminatedFrom(input.lastState) : null,
  };
}

function stateFrom(container: string, { waiting, running, terminated }: ContainerStateInput): ContainerState {
  const given = [waiting, running, terminated].filter((state) => state != null);
  if (given.length !== 1) {
    throw new ApiError('BAD_USER_INPUT', `state of container ${container}: give exactly one of waiting, running, terminated; ${given.length} are given.`, {
      outcome: 'notApplied',
    });
  }
  if (waiting) return { kind: 'ContainerWaiting', reason: waiting.reason, message: waiting.message ?? null, nextAttemptAt: waiting.nextAttemptAt ?? null };
  if (running) return { kind: 'ContainerRunning', startedAt: running.startedAt };
  return terminatedFrom(terminated as ContainerTerminatedInput);
}

function terminatedFrom(input: ContainerTerminatedInput): ContainerTerminated {
  return {
    kind: 'ContainerTerminated',
    exitCode: input.exitCode,
    signal: input.signal ?? null,
    reason: input.reason,
    message: input.message ?? null,
    startedAt: input.startedAt ?? null,
    finishedAt: input.finishedAt,
  };
}
