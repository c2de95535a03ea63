import { defaultRestartBackoff } from '../../api/pod';
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
  { host: 'the probe asks the pod itself' },
);

const probe = shape(
  'a probe',
  {
    exec: { value: object(shape('exec', { command: list(text) })), keepEmpty: true },
    httpGet: { value: object(httpGet), keepEmpty: true },
    tcpSocket: { value: object(shape('tcpSocket', { port: integer }, { host: 'the probe asks the pod itself' })), keepEmpty: true },
    initialDelaySeconds: { value: integer, unless: 0 },
    periodSeconds: { value: integer, unless: 10 },
    timeoutSeconds: { value: integer, unless: 1 },
    successThreshold: { value: integer, unless: 1 },
    failureThreshold: { value: integer, unless: 3 },
  },
  { grpc: 'use exec, httpGet or tcpSocket', terminationGracePeriodSeconds: '' },
);

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
    volumeMounts: list(object(volumeMount)),
  },
  {
    envFrom: 'there are no config maps or secrets; list the variables under env',
    lifecycle: '',
    securityContext: '',
    stdin: '',
    stdinOnce: '',
    tty: '',
    terminationMessagePath: '',
    terminationMessagePolicy: '',
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

export const podSpecShape: Shape = shape(
  'a pod spec',
  {
    restartPolicy,
    restartBackoff: { value: object(restartBackoffShape), unless: defaultRestartBackoff },
    nodeName: text,
    nodeSelector: map,
    tolerations: list(object(toleration)),
    hostNetwork: { value: boolean, unless: false },
    terminationGracePeriodSeconds: { value: integer, unless: 30 },
    activeDeadlineSeconds: integer,
    initContainers: list(object(container)),
    containers: list(object(container)),
    volumes: list(object(volume)),
  },
  [
    'affinity', 'automountServiceAccountToken', 'dnsConfig', 'dnsPolicy', 'enableServiceLinks', 'ephemeralContainers', 'hostAliases',
    'hostIPC', 'hostPID', 'hostUsers', 'hostname', 'hostnameOverride', 'imagePullSecrets', 'os', 'overhead', 'preemptionPolicy', 'priority',
    'priorityClassName', 'readinessGates', 'resourceClaims', 'resources', 'runtimeClassName', 'schedulerName', 'schedulingGates',
    'securityContext', 'serviceAccount', 'serviceAccountName', 'setHostnameAsFQDN', 'shareProcessNamespace', 'subdomain',
    'topologySpreadConstraints',
  ],
);
