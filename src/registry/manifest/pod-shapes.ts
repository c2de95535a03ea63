import { defaultRestartBackoff, defaultTerminationMessagePath } from '../../api/pod';
import type { Shape } from './fields';
import { boolean, integer, list, map, number, object, quantity, shape, text, words } from './fields';

/** The fields of a pod spec, in the order in which they are printed. */
const restartPolicy = words({ Always: 'ALWAYS', OnFailure: 'ON_FAILURE', Never: 'NEVER' });

const variable = shape('an environment variable', { name: text, value: text }, {
  valueFrom: 'there are no config maps, secrets or field references; write the value itself',
});

const port = shape(
  'a port',
  { name: text, containerPort: integer, hostPort: integer, protocol: { value: words({ TCP: 'TCP', UDP: 'UDP', SCTP: 'SCTP' }), unless: 'TCP' } },
  ['hostIP'],
);

const amounts = shape('a resource list', { cpu: quantity, memory: quantity }, {
  'ephemeral-storage': 'only cpu and memory are counted',
  storage: 'only cpu and memory are counted',
  pods: 'only cpu and memory are counted',
});

const resources = shape('resources', { requests: object(amounts), limits: object(amounts) }, ['claims']);

const httpHeader = shape('an HTTP header', { name: text, value: text });

const httpGet = shape(
  'httpGet',
  {
    path: { value: text, unless: '/' },
    port: integer,
    scheme: { value: words({ HTTP: 'HTTP', HTTPS: 'HTTPS' }), unless: 'HTTP' },
    httpHeaders: { value: list(object(httpHeader)), as: 'headers' },
  },
  { host: 'the pod itself is asked' },
);

const exec = shape('exec', { command: list(text) });

const probe = shape(
  'a probe',
  {
    exec: { value: object(exec), keepEmpty: true },
    httpGet: { value: object(httpGet), keepEmpty: true },
    tcpSocket: { value: object(shape('tcpSocket', { port: integer }, { host: 'the pod itself is asked' })), keepEmpty: true },
    initialDelaySeconds: { value: integer, unless: 0 },
    periodSeconds: { value: integer, unless: 10 },
    timeoutSeconds: { value: integer, unless: 1 },
    successThreshold: { value: integer, unless: 1 },
    failureThreshold: { value: integer, unless: 3 },
  },
  { grpc: 'use exec, httpGet or tcpSocket', terminationGracePeriodSeconds: '' },
);

const handler = shape(
  'a handler',
  {
    exec: { value: object(exec), keepEmpty: true },
    httpGet: { value: object(httpGet), keepEmpty: true },
    sleep: { value: object(shape('sleep', { seconds: integer })), keepEmpty: true },
  },
  { tcpSocket: 'use exec, httpGet or sleep' },
);

const lifecycle = shape('lifecycle', { preStop: { value: object(handler), keepEmpty: true } }, { postStart: '', stopSignal: '' });

const foreignSecurity = ['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'windowsOptions'];

const securityContext = shape(
  'a security context',
  {
    runAsUser: integer,
    runAsGroup: integer,
    runAsNonRoot: boolean,
    privileged: boolean,
    readOnlyRootFilesystem: boolean,
    allowPrivilegeEscalation: boolean,
    capabilities: object(shape('capabilities', { add: list(text), drop: list(text) })),
  },
  [...foreignSecurity, 'procMount'],
);

const podSecurityContext = shape(
  'the security context of a pod',
  { runAsUser: integer, runAsGroup: integer, runAsNonRoot: boolean, supplementalGroups: list(integer), fsGroup: integer },
  [...foreignSecurity, 'fsGroupChangePolicy', 'seLinuxChangePolicy', 'supplementalGroupsPolicy', 'sysctls'],
);

const dnsPolicy = words({
  ClusterFirst: 'CLUSTER_FIRST',
  ClusterFirstWithHostNet: 'CLUSTER_FIRST_WITH_HOST_NET',
  Default: 'DEFAULT',
  None: 'NONE',
});

const dnsConfig = shape('dnsConfig', {
  nameservers: list(text),
  searches: list(text),
  options: list(object(shape('an option', { name: text, value: text }))),
});

const hostAlias = shape('a host alias', { ip: text, hostnames: list(text) });

const volumeMount = shape(
  'a volume mount',
  { name: text, mountPath: text, readOnly: { value: boolean, unless: false }, subPath: text },
  ['mountPropagation', 'subPathExpr', 'recursiveReadOnly'],
);

const container = shape(
  'a container',
  {
    name: text,
    image: text,
    imagePullPolicy: words({ Always: 'ALWAYS', IfNotPresent: 'IF_NOT_PRESENT', Never: 'NEVER' }),
    command: list(text),
    args: list(text),
    workingDir: text,
    restartPolicy,
    env: list(object(variable)),
    ports: list(object(port)),
    resources: object(resources),
    startupProbe: object(probe),
    livenessProbe: object(probe),
    readinessProbe: object(probe),
    lifecycle: object(lifecycle),
    securityContext: object(securityContext),
    volumeMounts: list(object(volumeMount)),
    terminationMessagePath: { value: text, unless: defaultTerminationMessagePath },
    terminationMessagePolicy: { value: words({ File: 'FILE', FallbackToLogsOnError: 'FALLBACK_TO_LOGS_ON_ERROR' }), unless: 'FILE' },
  },
  {
    envFrom: 'there are no config maps or secrets; list the variables under env',
    stdin: '',
    stdinOnce: '',
    tty: '',
    volumeDevices: '',
    resizePolicy: '',
    restartPolicyRules: '',
  },
);

const onlyTheseVolumes = 'volumes are emptyDir or hostPath';
const foreignVolumes = [
  'awsElasticBlockStore', 'azureDisk', 'azureFile', 'cephfs', 'cinder', 'configMap', 'csi', 'downwardAPI', 'ephemeral', 'fc',
  'flexVolume', 'flocker', 'gcePersistentDisk', 'gitRepo', 'glusterfs', 'image', 'iscsi', 'nfs', 'persistentVolumeClaim',
  'photonPersistentDisk', 'portworxVolume', 'projected', 'quobyte', 'rbd', 'scaleIO', 'secret', 'storageos', 'vsphereVolume',
];

const volume = shape(
  'a volume',
  {
    name: text,
    emptyDir: { value: object(shape('emptyDir', { medium: { value: text, unless: '' }, sizeLimit: quantity })), keepEmpty: true },
    hostPath: { value: object(shape('hostPath', { path: text, type: { value: text, unless: '' } })), keepEmpty: true },
  },
  Object.fromEntries(foreignVolumes.map((name) => [name, onlyTheseVolumes])),
);

export const taintEffect = words({ NoSchedule: 'NO_SCHEDULE', PreferNoSchedule: 'PREFER_NO_SCHEDULE', NoExecute: 'NO_EXECUTE' });

const toleration = shape('a toleration', {
  key: text,
  operator: { value: words({ Exists: 'EXISTS', Equal: 'EQUAL' }), unless: 'EQUAL' },
  value: text,
  effect: taintEffect,
  tolerationSeconds: integer,
});

/** podql's own; Kubernetes knows nothing of it (restart-backoff.ts). */
export const restartBackoffShape = shape('restartBackoff', { initialSeconds: number, maxSeconds: number, resetAfterSeconds: number });

const foreignToPods = [
  'affinity', 'automountServiceAccountToken', 'enableServiceLinks', 'ephemeralContainers', 'hostIPC', 'hostPID', 'hostUsers',
  'hostnameOverride', 'os', 'overhead', 'preemptionPolicy', 'priority', 'priorityClassName', 'readinessGates', 'resourceClaims', 'resources',
  'runtimeClassName', 'schedulerName', 'schedulingGates', 'serviceAccount', 'serviceAccountName', 'setHostnameAsFQDN', 'shareProcessNamespace',
  'subdomain', 'topologySpreadConstraints',
];

export const podSpecShape: Shape = shape(
  'a pod spec',
  {
    restartPolicy,
    restartBackoff: { value: object(restartBackoffShape), unless: defaultRestartBackoff },
    nodeName: text,
    nodeSelector: map,
    tolerations: list(object(toleration)),
    hostNetwork: { value: boolean, unless: false },
    hostname: text,
    dnsPolicy: { value: dnsPolicy, unless: 'CLUSTER_FIRST' },
    dnsConfig: object(dnsConfig),
    hostAliases: list(object(hostAlias)),
    securityContext: object(podSecurityContext),
    terminationGracePeriodSeconds: { value: integer, unless: 30 },
    activeDeadlineSeconds: integer,
    initContainers: list(object(container)),
    containers: list(object(container)),
    volumes: list(object(volume)),
  },
  {
    imagePullSecrets: 'there are no secrets; credentials of registries are given to the kubelet: --registry-credentials FILE',
    ...Object.fromEntries(foreignToPods.map((name) => [name, ''])),
  },
);
