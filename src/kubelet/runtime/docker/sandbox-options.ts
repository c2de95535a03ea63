import type { ContainerPort, PodSpec } from '../../../api/pod';
import { portOwners } from '../../../api/pod';
import type { SandboxConfig } from '../runtime';
import type { dnsOf } from './dns';
import type { CreateOptions } from './engine';
import type { Labels } from './labels';

export interface SandboxParts {
  readonly image: string;
  readonly labels: Labels;
  readonly hostname: string;
  /** Engine volumes that must live as long as the sandbox, by name. */
  readonly volumes: readonly string[];
  /** Null: as the engine gives it by itself. */
  readonly dns: ReturnType<typeof dnsOf>;
}

/** What a sandbox is made of that nobody's pod has yet. */
export const plainSpec = {
  hostNetwork: false,
  hostAliases: [],
  containers: [],
  initContainers: [],
} as const satisfies SandboxSpec;

export type SandboxSpec = Pick<PodSpec, 'hostNetwork' | 'hostAliases' | 'containers' | 'initContainers'>;

/** The pause container: owner of the pod's network, IPC, host name, DNS and host ports. Pure. */
export function sandboxOptions(spec: SandboxSpec, parts: SandboxParts): CreateOptions {
  const ports = spec.hostNetwork ? [] : hostPorts(spec);
  return {
    Image: parts.image,
    Labels: { ...parts.labels },
    // It is deaf to any other. An engine that stops would wait ten seconds for it, in which what has ended already is started again.
    StopSignal: 'SIGKILL',
    ...(spec.hostNetwork ? {} : { Hostname: parts.hostname }),
    ...(ports.length > 0 ? { ExposedPorts: Object.fromEntries(ports.map((port) => [portKey(port), {}])) } : {}),
    HostConfig: {
      NetworkMode: spec.hostNetwork ? 'host' : 'default',
      IpcMode: 'shareable',
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'none', Config: {} },
      PortBindings: portBindings(ports),
      ...parts.dns,
      ExtraHosts: spec.hostAliases.flatMap(({ ip, hostnames }) => hostnames.map((name) => `${name}:${ip}`)),
      Mounts: parts.volumes.map((name) => ({ Type: 'volume', Source: name, Target: `/volumes/${name}`, VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } } })),
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      CpuShares: 2,
    },
  };
}

/** One that waits takes so much, most of it in the engine and in its shim (measured with Docker 20.10, containerd 1.6). */
const preparedBytes = 5.5 * 2 ** 20;
const preparedShare = 0.01;

/** How many are made ahead when nobody said it: what a hundredth of the memory holds, 3 to 30. */
export function preparedByMemory(memoryBytes: number): number {
  return Math.min(30, Math.max(3, Math.floor((memoryBytes * preparedShare) / preparedBytes)));
}

/** A sandbox that was made ahead will do: the pod asks for nothing that is fixed when the sandbox is made. */
export function fitsPrepared({ spec, hostname }: Pick<SandboxConfig, 'spec' | 'hostname'>): boolean {
  return (
    !spec.hostNetwork &&
    hostname === null &&
    spec.dnsConfig === null &&
    spec.dnsPolicy !== 'NONE' &&
    spec.hostAliases.length === 0 &&
    hostPorts(spec).length === 0 &&
    !spec.volumes.some(({ emptyDir }) => emptyDir?.medium === 'Memory')
  );
}

function hostPorts(spec: SandboxSpec): readonly ContainerPort[] {
  return portOwners(spec).flatMap(({ ports }) => ports).filter(({ hostPort }) => hostPort !== null);
}

function portKey({ containerPort, protocol }: ContainerPort): string {
  return `${containerPort}/${protocol.toLowerCase()}`;
}

/** One port of a container may be had at several ports of the host. */
function portBindings(ports: readonly ContainerPort[]): Record<string, { HostPort: string }[]> {
  const bindings: Record<string, { HostPort: string }[]> = {};
  for (const port of ports) (bindings[portKey(port)] ??= []).push({ HostPort: String(port.hostPort) });
  return bindings;
}
