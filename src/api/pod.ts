import type { ApiObject, Condition, Labels } from './meta';
import { conditionOf } from './meta';
import type { Toleration } from './taints';

export const restartPolicies = ['ALWAYS', 'ON_FAILURE', 'NEVER'] as const;
export type RestartPolicy = (typeof restartPolicies)[number];
export const podPhases = ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'UNKNOWN'] as const;
export type PodPhase = (typeof podPhases)[number];
export const imagePullPolicies = ['ALWAYS', 'IF_NOT_PRESENT', 'NEVER'] as const;
export type ImagePullPolicy = (typeof imagePullPolicies)[number];
export const protocols = ['TCP', 'UDP', 'SCTP'] as const;
export type Protocol = (typeof protocols)[number];
export const dnsPolicies = ['DEFAULT', 'CLUSTER_FIRST', 'CLUSTER_FIRST_WITH_HOST_NET', 'NONE'] as const;
export type DNSPolicy = (typeof dnsPolicies)[number];
export const terminationMessagePolicies = ['FILE', 'FALLBACK_TO_LOGS_ON_ERROR'] as const;
export type TerminationMessagePolicy = (typeof terminationMessagePolicies)[number];
export const podQOSClasses = ['GUARANTEED', 'BURSTABLE', 'BEST_EFFORT'] as const;
export type PodQOSClass = (typeof podQOSClasses)[number];

export interface Pod extends ApiObject {
  readonly kind: 'Pod';
  readonly namespace: string;
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

export interface PodSpec {
  readonly restartPolicy: RestartPolicy;
  readonly restartBackoff: RestartBackoff;
  readonly containers: readonly Container[];
  readonly initContainers: readonly Container[];
  /** Written by bind, once. */
  readonly nodeName: string | null;
  readonly nodeSelector: Labels;
  readonly tolerations: readonly Toleration[];
  readonly terminationGracePeriodSeconds: number;
  readonly activeDeadlineSeconds: number | null;
  readonly hostNetwork: boolean;
  readonly volumes: readonly Volume[];
  /** What its containers run as unless they say otherwise (security.ts). Null: nothing is said. */
  readonly securityContext: PodSecurityContext | null;
  /** What the pod calls itself. Null: its name. */
  readonly hostname: string | null;
  /** There is no cluster DNS: CLUSTER_FIRST means DEFAULT, the node's. NONE: only what dnsConfig says. */
  readonly dnsPolicy: DNSPolicy;
  readonly dnsConfig: PodDNSConfig | null;
  readonly hostAliases: readonly HostAlias[];
}

/** Never without anything in it. */
export interface PodSecurityContext {
  readonly runAsUser: number | null;
  readonly runAsGroup: number | null;
  readonly runAsNonRoot: boolean | null;
  readonly supplementalGroups: readonly number[];
  /** A further supplemental group, which also owns the emptyDir volumes. */
  readonly fsGroup: number | null;
}

/** Put after what the policy gives. Never without anything in it. */
export interface PodDNSConfig {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly PodDNSConfigOption[];
}
export interface PodDNSConfigOption {
  readonly name: string;
  readonly value: string | null;
}

/** One more line of the pod's hosts file. */
export interface HostAlias {
  readonly ip: string;
  readonly hostnames: readonly string[];
}

/** D9. Seconds. The first restart is immediate, then initial, doubling to max; a run of resetAfter starts over. */
export interface RestartBackoff {
  readonly initialSeconds: number;
  readonly maxSeconds: number;
  readonly resetAfterSeconds: number;
}
export const defaultRestartBackoff: RestartBackoff = { initialSeconds: 1, maxSeconds: 60, resetAfterSeconds: 60 };

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string | null;
  readonly env: readonly EnvVar[];
  readonly ports: readonly ContainerPort[];
  readonly resources: ResourceRequirements;
  readonly livenessProbe: Probe | null;
  readonly readinessProbe: Probe | null;
  readonly startupProbe: Probe | null;
  readonly imagePullPolicy: ImagePullPolicy;
  readonly volumeMounts: readonly VolumeMount[];
  /** Overrides the pod's policy; an init container with ALWAYS is a sidecar. Null: as the pod says. */
  readonly restartPolicy: RestartPolicy | null;
  /** Null: as the pod says (security.ts). */
  readonly securityContext: SecurityContext | null;
  /** The file in the container whose content says why it ended. */
  readonly terminationMessagePath: string;
  readonly terminationMessagePolicy: TerminationMessagePolicy;
  readonly lifecycle: Lifecycle | null;
}
export const defaultTerminationMessagePath = '/dev/termination-log';

/** Null: not said. Never without anything in it. */
export interface SecurityContext {
  readonly runAsUser: number | null;
  readonly runAsGroup: number | null;
  readonly runAsNonRoot: boolean | null;
  readonly privileged: boolean | null;
  readonly readOnlyRootFilesystem: boolean | null;
  readonly allowPrivilegeEscalation: boolean | null;
  readonly capabilities: Capabilities;
}
export interface Capabilities {
  readonly add: readonly string[];
  readonly drop: readonly string[];
}

export interface Lifecycle {
  /** Done before the container is asked to end; the grace period runs meanwhile. */
  readonly preStop: LifecycleHandler | null;
}
/** Exactly one is not null. */
export interface LifecycleHandler {
  readonly exec: { readonly command: readonly string[] } | null;
  readonly httpGet: HttpGetAction | null;
  readonly sleep: { readonly seconds: number } | null;
}

export interface EnvVar {
  readonly name: string;
  readonly value: string;
}

export interface ContainerPort {
  readonly name: string | null;
  readonly containerPort: number;
  readonly hostPort: number | null;
  readonly protocol: Protocol;
}

/** Quantities in canonical form ("250m", "64Mi"); null where nothing is said. `pods` is for nodes only. */
export interface ResourceList {
  readonly cpu: string | null;
  readonly memory: string | null;
  readonly pods: number | null;
}
export const noResources: ResourceList = { cpu: null, memory: null, pods: null };

export interface ResourceRequirements {
  readonly requests: ResourceList;
  readonly limits: ResourceList;
}

/** Exactly one of exec, httpGet, tcpSocket is not null. */
export interface Probe {
  readonly exec: { readonly command: readonly string[] } | null;
  readonly httpGet: HttpGetAction | null;
  readonly tcpSocket: { readonly port: number } | null;
  readonly initialDelaySeconds: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

export interface HttpGetAction {
  readonly path: string;
  readonly port: number;
  readonly scheme: 'HTTP' | 'HTTPS';
  readonly headers: readonly EnvVar[];
}

/** Exactly one source is not null. */
export interface Volume {
  readonly name: string;
  readonly emptyDir: EmptyDirVolume | null;
  readonly hostPath: HostPathVolume | null;
}
export interface EmptyDirVolume {
  /** "" for the node's disk, "Memory" for memory. */
  readonly medium: string;
  readonly sizeLimit: string | null;
}
export interface HostPathVolume {
  readonly path: string;
  /** "", "Directory", "DirectoryOrCreate", "File", "FileOrCreate". */
  readonly type: string;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
  readonly subPath: string | null;
}

export interface PodStatus {
  readonly phase: PodPhase;
  readonly reason: string | null;
  readonly message: string | null;
  readonly conditions: readonly Condition[];
  readonly hostIP: string | null;
  readonly podIP: string | null;
  readonly startTime: string | null;
  readonly observedGeneration: number;
  readonly initContainerStatuses: readonly ContainerStatus[];
  readonly containerStatuses: readonly ContainerStatus[];
}

export interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  /** What the runtime calls the image that runs. Null: it does not say. */
  readonly imageID: string | null;
  /** "docker://ID" or "process://PID". */
  readonly containerID: string | null;
  readonly ready: boolean;
  /** Its startup probe has passed, or it has none. Null: it does not run. */
  readonly started: boolean | null;
  readonly restartCount: number;
  readonly state: ContainerState;
  /** The termination before this run. */
  readonly lastState: ContainerTerminated | null;
}

/** `kind` is the GraphQL type name of the union's member. */
export type ContainerState = ContainerWaiting | ContainerRunning | ContainerTerminated;
export interface ContainerWaiting {
  readonly kind: 'ContainerWaiting';
  readonly reason: string;
  readonly message: string | null;
  readonly nextAttemptAt: string | null;
}
export interface ContainerRunning {
  readonly kind: 'ContainerRunning';
  readonly startedAt: string;
}
export interface ContainerTerminated {
  readonly kind: 'ContainerTerminated';
  readonly exitCode: number;
  readonly signal: number | null;
  readonly reason: string;
  readonly message: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string;
}

/** One line of a container's output. */
export interface LogLine {
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  readonly attempt: number;
}

export const conditionTypes = {
  podScheduled: 'PodScheduled',
  initialized: 'Initialized',
  containersReady: 'ContainersReady',
  ready: 'Ready',
  /** It is deleted for the sake of its node; the reason says why. */
  disruptionTarget: 'DisruptionTarget',
} as const;

/** Succeeded and Failed are never left again. */
export function isTerminal(pod: Pod): boolean {
  return pod.status.phase === 'SUCCEEDED' || pod.status.phase === 'FAILED';
}

/** Neither finished nor being deleted: what a replication controller counts. */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && pod.deletionTimestamp === null;
}

/** Whose ports the pod has for as long as it runs: those of containers and of sidecars, not of what only runs before them. */
export function portOwners({ initContainers, containers }: Pick<PodSpec, 'initContainers' | 'containers'>): readonly Container[] {
  return [...initContainers.filter(({ restartPolicy }) => restartPolicy === 'ALWAYS'), ...containers];
}

export function isReady(pod: Pod): boolean {
  return conditionOf(pod.status.conditions, conditionTypes.ready)?.status === 'TRUE';
}

/** Bound by the scheduler, or run by a kubelet; not one that was created with nodeName and of which no kubelet has spoken. */
export function isScheduled(pod: Pod): boolean {
  return conditionOf(pod.status.conditions, conditionTypes.podScheduled)?.status === 'TRUE';
}

/** In the condition Ready: its node is lost. Said by node-lifecycle, until the kubelet's next report. */
export const nodeNotReady = 'NodeNotReady';

/** Nobody knows how it is: its node was lost, and the kubelet has not spoken of it since. */
export function isOutOfSight(pod: Pod): boolean {
  const ready = conditionOf(pod.status.conditions, conditionTypes.ready);
  return ready?.reason === nodeNotReady && ready.status !== 'TRUE';
}

export function restartCountOf(pod: Pod): number {
  return pod.status.containerStatuses.reduce((sum, c) => sum + c.restartCount, 0);
}
