import type { Loose } from '../../api/loose';
import type { Container, ContainerPort, EnvVar, HttpGetAction, ImagePullPolicy, Lifecycle, LifecycleHandler, Probe, VolumeMount } from '../../api/pod';
import { defaultTerminationMessagePath } from '../../api/pod';
import { resourcesWithDefaults } from './resource-defaults';
import { securityContextWithDefaults } from './security-defaults';

/** The image that stands for the host's own file system, on nodes that run local processes. */
export const hostImage = 'host';

export function containerWithDefaults(container: Loose<Container>, pod: { readonly hostNetwork: boolean }): Container {
  const image = container.image ?? '';
  return {
    name: container.name ?? '',
    image,
    command: container.command ?? [],
    args: container.args ?? [],
    workingDir: container.workingDir || null,
    env: (container.env ?? []).map(variableWithDefaults),
    ports: (container.ports ?? []).map((port) => portWithDefaults(port, pod)),
    resources: resourcesWithDefaults(container.resources),
    livenessProbe: probeWithDefaults(container.livenessProbe),
    readinessProbe: probeWithDefaults(container.readinessProbe),
    startupProbe: probeWithDefaults(container.startupProbe),
    imagePullPolicy: container.imagePullPolicy ?? defaultPullPolicy(image),
    volumeMounts: (container.volumeMounts ?? []).map(mountWithDefaults),
    restartPolicy: container.restartPolicy ?? null,
    securityContext: securityContextWithDefaults(container.securityContext),
    terminationMessagePath: container.terminationMessagePath || defaultTerminationMessagePath,
    terminationMessagePolicy: container.terminationMessagePolicy ?? 'FILE',
    lifecycle: lifecycleWithDefaults(container.lifecycle),
  };
}

/** "latest", said or meant, moves: pull it each time. Anything else is what it was when it was pulled. */
export function defaultPullPolicy(image: string): ImagePullPolicy {
  if (image === hostImage || image.includes('@')) return 'IF_NOT_PRESENT';
  const lastPart = image.slice(image.lastIndexOf('/') + 1);
  const colon = lastPart.indexOf(':');
  const tag = colon < 0 ? 'latest' : lastPart.slice(colon + 1);
  return tag === 'latest' ? 'ALWAYS' : 'IF_NOT_PRESENT';
}

function variableWithDefaults(variable: Loose<EnvVar>): EnvVar {
  return { name: variable.name ?? '', value: variable.value ?? '' };
}

/** 0 is Kubernetes' other way of saying that no port of the host is wanted. */
function portWithDefaults(port: Loose<ContainerPort>, pod: { readonly hostNetwork: boolean }): ContainerPort {
  const containerPort = port.containerPort ?? 0;
  return {
    name: port.name || null,
    containerPort,
    hostPort: port.hostPort || (pod.hostNetwork ? containerPort : null),
    protocol: port.protocol ?? 'TCP',
  };
}

function probeWithDefaults(probe: Loose<Probe> | null | undefined): Probe | null {
  if (!probe) return null;
  return {
    exec: probe.exec ? { command: probe.exec.command ?? [] } : null,
    httpGet: probe.httpGet ? httpGetWithDefaults(probe.httpGet) : null,
    tcpSocket: probe.tcpSocket ? { port: probe.tcpSocket.port ?? 0 } : null,
    initialDelaySeconds: probe.initialDelaySeconds ?? 0,
    periodSeconds: probe.periodSeconds ?? 10,
    timeoutSeconds: probe.timeoutSeconds ?? 1,
    successThreshold: probe.successThreshold ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
  };
}

function httpGetWithDefaults(action: Loose<HttpGetAction>): HttpGetAction {
  return {
    path: action.path || '/',
    port: action.port ?? 0,
    scheme: action.scheme ?? 'HTTP',
    headers: (action.headers ?? []).map(variableWithDefaults),
  };
}

/** A lifecycle without anything in it says nothing. */
function lifecycleWithDefaults(lifecycle: Loose<Lifecycle> | null | undefined): Lifecycle | null {
  return lifecycle?.preStop ? { preStop: handlerWithDefaults(lifecycle.preStop) } : null;
}

function handlerWithDefaults(handler: Loose<LifecycleHandler>): LifecycleHandler {
  return {
    exec: handler.exec ? { command: handler.exec.command ?? [] } : null,
    httpGet: handler.httpGet ? httpGetWithDefaults(handler.httpGet) : null,
    sleep: handler.sleep ? { seconds: handler.sleep.seconds ?? 0 } : null,
  };
}

function mountWithDefaults(mount: Loose<VolumeMount>): VolumeMount {
  return {
    name: mount.name ?? '',
    mountPath: mount.mountPath ?? '',
    readOnly: mount.readOnly ?? false,
    subPath: mount.subPath || null,
  };
}
