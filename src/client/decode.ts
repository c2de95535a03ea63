import type { ContainerState, ContainerStatus, ContainerTerminated, Pod, PodStatus } from '../api/pod';

/**
 * Objects travel in the api types' own shape, with one exception that is undone here. `startedAt` is nullable in one
 * member of the union ContainerState and not in the other, and GraphQL does not let two fields of one name differ so:
 * the documents ask for a running container's as `runningSince`.
 */
export type WirePod = Omit<Pod, 'status'> & { readonly status: WirePodStatus };
export type WirePodStatus = Omit<PodStatus, 'initContainerStatuses' | 'containerStatuses'> & {
  readonly initContainerStatuses: readonly WireContainerStatus[];
  readonly containerStatuses: readonly WireContainerStatus[];
};
export type WireContainerStatus = Omit<ContainerStatus, 'state' | 'lastState'> & {
  readonly state: WireContainerState;
  readonly lastState: WireContainerState | null;
};
export type WireContainerState =
  | Exclude<ContainerState, { kind: 'ContainerRunning' }>
  | { readonly kind: 'ContainerRunning'; readonly runningSince: string };

export function decodePod(wire: WirePod): Pod {
  return { ...wire, status: decodePodStatus(wire.status) };
}

export function decodePodStatus(wire: WirePodStatus): PodStatus {
  return {
    ...wire,
    initContainerStatuses: wire.initContainerStatuses.map(decodeContainerStatus),
    containerStatuses: wire.containerStatuses.map(decodeContainerStatus),
  };
}

function decodeContainerStatus(wire: WireContainerStatus): ContainerStatus {
  return { ...wire, state: decodeState(wire.state), lastState: decodeLastState(wire.lastState) };
}

function decodeState(wire: WireContainerState): ContainerState {
  return wire.kind === 'ContainerRunning' ? { kind: 'ContainerRunning', startedAt: wire.runningSince } : wire;
}

/** A termination by its meaning; the schema's type is the union. */
function decodeLastState(wire: WireContainerState | null): ContainerTerminated | null {
  return wire?.kind === 'ContainerTerminated' ? wire : null;
}
