import { effectiveSecurity } from '../../../api/security';
import { expand } from '../expansion';
import type { ContainerConfig } from '../runtime';
import type { CreateOptions } from './engine';
import type { Labels } from './labels';
import type { EngineResources } from './resources';

/** A mount as the engine takes it. */
export interface EngineMount {
  readonly Type: 'bind' | 'volume';
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly: boolean;
}

export interface ContainerParts {
  readonly labels: Labels;
  readonly sandboxId: string;
  /** As whom it runs; null: as the image says. */
  readonly user: string | null;
  readonly mounts: readonly EngineMount[];
  readonly resources: EngineResources;
}

/** Rotation of what a container writes, in the engine: 10 MiB three times. */
const logConfig = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } };

/** One container of a pod, as the engine is to make it: in the network and IPC of its sandbox, never restarted by the engine (D8). Pure. */
export function containerOptions(config: ContainerConfig, parts: ContainerParts): CreateOptions {
  const { container, spec } = config;
  const variables = variablesOf(config);
  const filledIn = (words: readonly string[]): string[] => words.map((word) => expand(word, variables));
  const security = effectiveSecurity(spec, container);
  const { privileged } = security;
  const sandbox = `container:${parts.sandboxId}`;
  return {
    Image: container.image,
    // A command replaces the image's entrypoint and its arguments; args alone only the arguments.
    ...(container.command.length > 0 ? { Entrypoint: filledIn(container.command) } : {}),
    ...(container.args.length > 0 ? { Cmd: filledIn(container.args) } : {}),
    ...(container.workingDir === null ? {} : { WorkingDir: expand(container.workingDir, variables) }),
    ...(parts.user === null ? {} : { User: parts.user }),
    Env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    Labels: { ...parts.labels },
    // The pod's probes say how it is; the image's own would run beside them, and nobody looks at what it finds.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: sandbox,
      IpcMode: sandbox,
      RestartPolicy: { Name: 'no' },
      LogConfig: logConfig,
      Mounts: parts.mounts.map((mount) => ({ ...mount, ...(mount.Type === 'bind' ? { BindOptions: { Propagation: 'rprivate' as const } } : {}) })),
      ...parts.resources,
      Privileged: privileged,
      ReadonlyRootfs: security.readOnlyRootFilesystem,
      CapAdd: [...security.capabilities.add],
      CapDrop: [...security.capabilities.drop],
      ...(security.allowPrivilegeEscalation || privileged ? {} : { SecurityOpt: ['no-new-privileges'] }),
      GroupAdd: security.supplementalGroups.map(String),
    },
  };
}

/** $(NAME) in a value sees what stands before it: podql's own variables and the container's further up. */
function variablesOf({ container, extraEnv }: ContainerConfig): Readonly<Record<string, string>> {
  const variables: Record<string, string> = { ...extraEnv };
  for (const { name, value } of container.env) variables[name] = expand(value, variables);
  return variables;
}
