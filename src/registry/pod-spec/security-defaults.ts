import type { Loose } from '../../api/loose';
import type { PodSecurityContext, SecurityContext } from '../../api/pod';

/** A context that says nothing is none, so that there is one form for it. */
export function securityContextWithDefaults(context: Loose<SecurityContext> | null | undefined): SecurityContext | null {
  const complete: SecurityContext = {
    runAsUser: context?.runAsUser ?? null,
    runAsGroup: context?.runAsGroup ?? null,
    runAsNonRoot: context?.runAsNonRoot ?? null,
    privileged: context?.privileged ?? null,
    readOnlyRootFilesystem: context?.readOnlyRootFilesystem ?? null,
    allowPrivilegeEscalation: context?.allowPrivilegeEscalation ?? null,
    capabilities: { add: context?.capabilities?.add ?? [], drop: context?.capabilities?.drop ?? [] },
  };
  const { capabilities, ...rest } = complete;
  const isEmpty = capabilities.add.length === 0 && capabilities.drop.length === 0 && Object.values(rest).every((value) => value === null);
  return isEmpty ? null : complete;
}

export function podSecurityContextWithDefaults(context: Loose<PodSecurityContext> | null | undefined): PodSecurityContext | null {
  const complete: PodSecurityContext = {
    runAsUser: context?.runAsUser ?? null,
    runAsGroup: context?.runAsGroup ?? null,
    runAsNonRoot: context?.runAsNonRoot ?? null,
    supplementalGroups: context?.supplementalGroups ?? [],
    fsGroup: context?.fsGroup ?? null,
  };
  const { supplementalGroups, ...rest } = complete;
  return supplementalGroups.length === 0 && Object.values(rest).every((value) => value === null) ? null : complete;
}
