import type { ClusterNode, ClusterNodeSpec, ClusterNodeStatus } from '../../src/api/cluster-node';
import type { Condition } from '../../src/api/meta';
import type { Container, ContainerStatus, Pod, PodSpec, PodStatus } from '../../src/api/pod';
import { defaultRestartBackoff, defaultTerminationMessagePath, noResources } from '../../src/api/pod';
import type {
  PodTemplate,
  ReplicationController,
  ReplicationControllerSpec,
  ReplicationControllerStatus,
} from '../../src/api/replication-controller';

/**
 * Canonical objects: every field is there, as the registry stores them. Overrides replace whole fields; spec and status
 * are merged one level deep: aPod({ name: 'db', spec: { restartPolicy: 'NEVER' } }).
 */
type Overrides<T extends { readonly spec: unknown; readonly status: unknown }> = Partial<Omit<T, 'spec' | 'status' | 'kind'>> & {
  readonly spec?: Partial<T['spec']>;
  readonly status?: Partial<T['status']>;
};
export type PodOverrides = Overrides<Pod>;
export type RcOverrides = Overrides<ReplicationController>;
export type NodeOverrides = Overrides<ClusterNode>;

export const aMoment = '2024-01-01T00:00:00.000Z';

let made = 0;
/** A fresh UUID per object, the same in each run of a file. */
function nextUid(): string {
  made += 1;
  return `00000000-0000-4000-8000-${made.toString(16).padStart(12, '0')}`;
}

function metadata(name: string) {
  return {
    name,
    generateName: null,
    uid: nextUid(),
    resourceVersion: '1',
    generation: 1,
    labels: {},
    annotations: {},
    creationTimestamp: aMoment,
    deletionTimestamp: null,
    deletionGracePeriodSeconds: null,
    ownerReferences: [],
  };
}

export function aContainer(overrides: Partial<Container> = {}): Container {
  return {
    name: 'main',
    image: 'host',
    command: ['sleep', '1000'],
    args: [],
    workingDir: null,
    env: [],
    ports: [],
    resources: { requests: noResources, limits: noResources },
    livenessProbe: null,
    readinessProbe: null,
    startupProbe: null,
    imagePullPolicy: 'IF_NOT_PRESENT',
    volumeMounts: [],
    restartPolicy: null,
    securityContext: null,
    terminationMessagePath: defaultTerminationMessagePath,
    terminationMessagePolicy: 'FILE',
    lifecycle: null,
    ...overrides,
  };
}

export function aPodSpec(overrides: Partial<PodSpec> = {}): PodSpec {
  return {
    restartPolicy: 'ALWAYS',
    restartBackoff: defaultRestartBackoff,
    containers: [aContainer()],
    initContainers: [],
    nodeName: null,
    nodeSelector: {},
    tolerations: [],
    terminationGracePeriodSeconds: 30,
    activeDeadlineSeconds: null,
    hostNetwork: false,
    volumes: [],
    securityContext: null,
    hostname: null,
    dnsPolicy: 'CLUSTER_FIRST',
    dnsConfig: null,
    hostAliases: [],
    ...overrides,
  };
}

/** A pod that was just created: PENDING, bound to no node, nothing reported. */
export function aPodStatus(overrides: Partial<PodStatus> = {}): PodStatus {
  return {
    phase: 'PENDING',
    reason: null,
    message: null,
    conditions: [],
    hostIP: null,
    podIP: null,
    startTime: null,
    observedGeneration: 0,
    initContainerStatuses: [],
    containerStatuses: [],
    ...overrides,
  };
}

export function aPod(overrides: PodOverrides = {}): Pod {
  const { spec, status, ...meta } = overrides;
  return {
    kind: 'Pod',
    ...metadata('web'),
    namespace: 'default',
    ...meta,
    spec: aPodSpec(spec),
    status: aPodStatus(status),
  };
}

/** Bound to `nodeName`, its one container running and ready since aMoment. */
export function aRunningPod(overrides: PodOverrides = {}): Pod {
  return aPod({
    ...overrides,
    spec: { nodeName: 'node-a', ...overrides.spec },
    status: {
      phase: 'RUNNING',
      conditions: [aCondition('PodScheduled'), aCondition('Initialized'), aCondition('ContainersReady'), aCondition('Ready')],
      hostIP: '127.0.0.1',
      podIP: '127.0.0.1',
      startTime: aMoment,
      observedGeneration: 1,
      containerStatuses: [aContainerStatus()],
      ...overrides.status,
    },
  });
}

export function aContainerStatus(overrides: Partial<ContainerStatus> = {}): ContainerStatus {
  return {
    name: 'main',
    image: 'host',
    imageID: null,
    containerID: 'process://100',
    ready: true,
    started: true,
    restartCount: 0,
    state: { kind: 'ContainerRunning', startedAt: aMoment },
    lastState: null,
    ...overrides,
  };
}

/** TRUE since aMoment unless told otherwise. */
export function aCondition(type: string, overrides: Partial<Condition> = {}): Condition {
  return { type, status: 'TRUE', reason: null, message: null, lastTransitionTime: aMoment, ...overrides };
}

export function aPodTemplate(overrides: Partial<PodTemplate> = {}): PodTemplate {
  return { labels: { app: 'web' }, annotations: {}, spec: aPodSpec(), ...overrides };
}

/** Three replicas of pods labelled app=web. */
export function anRc(overrides: RcOverrides = {}): ReplicationController {
  const { spec, status, ...meta } = overrides;
  const wanted: ReplicationControllerSpec = {
    replicas: 3,
    selector: { app: 'web' },
    minReadySeconds: 0,
    template: aPodTemplate(),
    ...spec,
  };
  const seen: ReplicationControllerStatus = { observedGeneration: 0, conditions: [], ...status };
  return {
    kind: 'ReplicationController',
    ...metadata('web'),
    namespace: 'default',
    labels: { app: 'web' },
    ...meta,
    spec: wanted,
    status: seen,
  };
}

/** A ready node with 4 processors, 8 GiB and room for 110 pods. */
export function aNode(overrides: NodeOverrides = {}): ClusterNode {
  const { spec, status, ...meta } = overrides;
  const wanted: ClusterNodeSpec = { unschedulable: false, taints: [], drain: null, ...spec };
  const seen: ClusterNodeStatus = {
    capacity: { cpu: '4', memory: '8Gi', pods: 110 },
    allocatable: { cpu: '4', memory: '8Gi', pods: 110 },
    info: { os: 'linux', architecture: 'x64', runtime: 'fake', runtimeVersion: '1', kubeletVersion: '0.1.0-dev' },
    conditions: [aCondition('Ready', { reason: 'KubeletReady' })],
    address: '127.0.0.1',
    ...status,
  };
  return { kind: 'ClusterNode', ...metadata('node-a'), ...meta, namespace: null, spec: wanted, status: seen };
}
