import type { Loose } from '../../api/loose';
import type { EmptyDirVolume, PodSpec, RestartBackoff, Volume } from '../../api/pod';
import { defaultRestartBackoff } from '../../api/pod';
import { containerWithDefaults } from './container-defaults';
import { dnsConfigWithDefaults, hostAliasWithDefaults } from './dns-defaults';
import { canonicalAmount } from './resource-defaults';
import { podSecurityContextWithDefaults } from './security-defaults';
import { tolerationWithDefaults } from './toleration-defaults';

/**
 * The complete spec: what was not said has Kubernetes' default, quantities are canonical. Idempotent. A required text that
 * is missing becomes "", a required number 0: the validation reports both.
 */
export function podSpecWithDefaults(spec: Loose<PodSpec> | null | undefined): PodSpec {
  const hostNetwork = spec?.hostNetwork ?? false;
  return {
    restartPolicy: spec?.restartPolicy ?? 'ALWAYS',
    restartBackoff: restartBackoffWithDefaults(spec?.restartBackoff),
    containers: (spec?.containers ?? []).map((container) => containerWithDefaults(container, { hostNetwork })),
    initContainers: (spec?.initContainers ?? []).map((container) => containerWithDefaults(container, { hostNetwork })),
    nodeName: spec?.nodeName || null,
    nodeSelector: { ...spec?.nodeSelector },
    tolerations: (spec?.tolerations ?? []).map(tolerationWithDefaults),
    terminationGracePeriodSeconds: spec?.terminationGracePeriodSeconds ?? 30,
    activeDeadlineSeconds: spec?.activeDeadlineSeconds ?? null,
    hostNetwork,
    volumes: (spec?.volumes ?? []).map(volumeWithDefaults),
    securityContext: podSecurityContextWithDefaults(spec?.securityContext),
    hostname: spec?.hostname || null,
    dnsPolicy: spec?.dnsPolicy ?? 'CLUSTER_FIRST',
    dnsConfig: dnsConfigWithDefaults(spec?.dnsConfig),
    hostAliases: (spec?.hostAliases ?? []).map(hostAliasWithDefaults),
  };
}

/** A bound that is given moves the default of the other, so that "initialSeconds: 120" alone is not a contradiction. */
function restartBackoffWithDefaults(backoff: Loose<RestartBackoff> | null | undefined): RestartBackoff {
  const { initialSeconds, maxSeconds, resetAfterSeconds } = defaultRestartBackoff;
  return {
    initialSeconds: backoff?.initialSeconds ?? Math.min(initialSeconds, backoff?.maxSeconds ?? initialSeconds),
    maxSeconds: backoff?.maxSeconds ?? Math.max(maxSeconds, backoff?.initialSeconds ?? maxSeconds),
    resetAfterSeconds: backoff?.resetAfterSeconds ?? resetAfterSeconds,
  };
}

function volumeWithDefaults(volume: Loose<Volume>): Volume {
  const emptyDir = volume.emptyDir ?? (volume.hostPath ? null : {});
  return {
    name: volume.name ?? '',
    emptyDir: emptyDir && emptyDirWithDefaults(emptyDir),
    hostPath: volume.hostPath ? { path: volume.hostPath.path ?? '', type: volume.hostPath.type ?? '' } : null,
  };
}

function emptyDirWithDefaults(emptyDir: Loose<EmptyDirVolume>): EmptyDirVolume {
  return { medium: emptyDir.medium ?? '', sizeLimit: canonicalAmount(emptyDir.sizeLimit) };
}
