import type { Condition } from '../../api/meta';
import type { ContainerRunning, ContainerState, ContainerStatus, ContainerTerminated, ContainerWaiting, PodStatus } from '../../api/pod';
import type { ErrorCode } from '../../errors/codes';
import type { Operation } from '../client';

/** Exactly one is not null. */
export interface ContainerStateInput {
  readonly waiting: Omit<ContainerWaiting, 'kind'> | null;
  readonly running: Omit<ContainerRunning, 'kind'> | null;
  readonly terminated: Omit<ContainerTerminated, 'kind'> | null;
}

export type ContainerStatusInput = Omit<ContainerStatus, 'state' | 'lastState'> & {
  readonly state: ContainerStateInput;
  readonly lastState: Omit<ContainerTerminated, 'kind'> | null;
};

export type PodStatusInput = Omit<PodStatus, 'initContainerStatuses' | 'containerStatuses' | 'conditions'> & {
  readonly conditions: readonly Condition[];
  readonly initContainerStatuses: readonly ContainerStatusInput[];
  readonly containerStatuses: readonly ContainerStatusInput[];
};

export interface PodStatusUpdateInput {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly status: PodStatusInput;
}

export interface PodStatusUpdateResult {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Null: applied. NOT_FOUND: the pod is gone, or has another uid. */
  readonly code: ErrorCode | null;
  readonly message: string | null;
}

/** The server takes at most this many in one call. */
export const mostStatusesPerCall = 500;

export const updatePodStatuses: Operation<
  { readonly updatePodStatuses: { readonly results: readonly PodStatusUpdateResult[] } },
  { readonly input: { readonly nodeName: string; readonly statuses: readonly PodStatusUpdateInput[] } }
> = {
  name: 'UpdatePodStatuses',
  document: /* GraphQL */ `
    mutation UpdatePodStatuses($input: UpdatePodStatusesInput!) {
      updatePodStatuses(input: $input) {
        results {
          namespace
          name
          uid
          code
          message
        }
      }
    }
  `,
};

/** A status as the input type has it. */
export function toPodStatusInput(status: PodStatus): PodStatusInput {
  return {
    ...status,
    initContainerStatuses: status.initContainerStatuses.map(toContainerStatusInput),
    containerStatuses: status.containerStatuses.map(toContainerStatusInput),
  };
}

function toContainerStatusInput(status: ContainerStatus): ContainerStatusInput {
  return { ...status, state: toStateInput(status.state), lastState: status.lastState && withoutKind(status.lastState) };
}

function toStateInput(state: ContainerState): ContainerStateInput {
  const none: ContainerStateInput = { waiting: null, running: null, terminated: null };
  switch (state.kind) {
    case 'ContainerWaiting':
      return { ...none, waiting: withoutKind(state) };
    case 'ContainerRunning':
      return { ...none, running: withoutKind(state) };
    case 'ContainerTerminated':
      return { ...none, terminated: withoutKind(state) };
  }
}

function withoutKind<T extends { readonly kind: string }>({ kind: _kind, ...rest }: T): Omit<T, 'kind'> {
  return rest;
}
