import type { Capabilities, Container, PodSpec } from './pod';

/** What a container really runs with: its own word, else its pod's, else Kubernetes' default. */
export interface EffectiveSecurity {
  /** Null: as the image says. */
  readonly runAsUser: number | null;
  readonly runAsGroup: number | null;
  /** The container must not start as user 0, whoever chose it. */
  readonly runAsNonRoot: boolean;
  readonly privileged: boolean;
  readonly readOnlyRootFilesystem: boolean;
  readonly allowPrivilegeEscalation: boolean;
  readonly capabilities: Capabilities;
  /** The pod's, fsGroup included. */
  readonly supplementalGroups: readonly number[];
  readonly fsGroup: number | null;
}

const noCapabilities: Capabilities = { add: [], drop: [] };

/** Field by field: what the container says about one does not take the pod's word about another away. */
export function effectiveSecurity(
  pod: Pick<PodSpec, 'securityContext'>,
  container: Pick<Container, 'securityContext'>,
): EffectiveSecurity {
  const [shared, own] = [pod.securityContext, container.securityContext];
  const fsGroup = shared?.fsGroup ?? null;
  const groups = new Set([...(shared?.supplementalGroups ?? []), ...(fsGroup === null ? [] : [fsGroup])]);
  return {
    runAsUser: own?.runAsUser ?? shared?.runAsUser ?? null,
    runAsGroup: own?.runAsGroup ?? shared?.runAsGroup ?? null,
    runAsNonRoot: own?.runAsNonRoot ?? shared?.runAsNonRoot ?? false,
    privileged: own?.privileged ?? false,
    readOnlyRootFilesystem: own?.readOnlyRootFilesystem ?? false,
    allowPrivilegeEscalation: own?.allowPrivilegeEscalation ?? true,
    capabilities: own?.capabilities ?? noCapabilities,
    supplementalGroups: [...groups],
    fsGroup,
  };
}
