import { join } from 'node:path';
import { makeDirectory } from '../../base/directory';
import type { Clock } from '../../base/clock';
import type { Identity } from '../../base/identity';
import type { Logger } from '../../base/logger';
import { DockerAndProcesses } from './docker-and-processes';
import { createDockerRuntime, isEngineThere } from './docker/docker-runtime';
import { noCredentials, readCredentials } from './docker/registry-credentials';
import { claim, readIfThere } from './files';
import type { ImageRule } from './process/process-runtime';
import { createProcessRuntime } from './process/process-runtime';
import type { ContainerRuntime } from './runtime';
import { RuntimeError } from './runtime';

export const runtimeKinds = ['auto', 'process', 'docker', 'none'] as const;
export type RuntimeKind = (typeof runtimeKinds)[number];

export interface DockerSettings {
  /** unix:///PATH or tcp://HOST:PORT; null: DOCKER_HOST, else where Docker usually is. */
  readonly host: string | null;
  /** How many sandboxes are kept ready for pods to come. */
  readonly preparedSandboxes: number | null;
  /** A file as `docker login` writes it; null: none. */
  readonly credentialsFile: string | null;
}

export interface OpenRuntimeOptions {
  /** Where the runtime keeps what must survive us. */
  readonly directory: string;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
  /** For plain processes: which images may run. */
  readonly images: ImageRule;
  readonly nodeName: string;
  readonly docker: DockerSettings;
}

/**
 * The list of runtimes; null for 'none'. Of a process runtime it throws RuntimeError UNAVAILABLE when it cannot work here; an
 * engine may come later: until then the node is not ready and says why. Throws INVALID for a bad file of credentials.
 */
export async function openRuntime(kind: RuntimeKind, options: OpenRuntimeOptions): Promise<ContainerRuntime | null> {
  switch (kind) {
    case 'none':
      return null;
    case 'docker':
      return dockerRuntime(options);
    case 'process':
      return openProcessRuntime(options);
    case 'auto': {
      if ((await chooseRuntime(options)) === 'process') return openProcessRuntime(options);
      return new DockerAndProcesses(dockerRuntime(options), await openProcessRuntime(options));
    }
    default: {
      const unknown: never = kind;
      throw new RuntimeError('INVALID', `no runtime is called ${String(unknown)}`);
    }
  }
}

/**
 * Docker if it answers, else local processes. The folder remembers: a node whose engine is away at one start must not take
 * its pods for gone, and what runs as processes must not be forgotten when an engine appears.
 */
async function chooseRuntime({ directory, docker, clock, logger }: OpenRuntimeOptions): Promise<'docker' | 'process'> {
  const file = join(directory, 'runtime');
  const remembered = await readIfThere(file);
  if (remembered === 'docker' || remembered === 'process') {
    if (remembered === 'process' && (await isEngineThere(docker.host, clock))) {
      logger.info('there is a Docker Engine, but this folder has been used for local processes: --runtime docker changes that', { folder: directory });
    }
    return remembered;
  }
  const chosen = (await isEngineThere(docker.host, clock)) ? 'docker' : 'process';
  try {
    await makeDirectory(directory, 0o711);
    await claim(file, chosen);
  } catch (error) {
    throw new RuntimeError('UNAVAILABLE', `the folder ${directory} cannot be used: ${String(error)}`, error);
  }
  return chosen;
}

function dockerRuntime({ directory, nodeName, docker, clock, identity, logger }: OpenRuntimeOptions): ContainerRuntime {
  const { host, preparedSandboxes, credentialsFile } = docker;
  const credentials = credentialsFile === null ? noCredentials : readCredentials(credentialsFile);
  return createDockerRuntime({ host, directory, nodeName, preparedSandboxes, credentials, clock, identity, logger });
}

async function openProcessRuntime(options: OpenRuntimeOptions): Promise<ContainerRuntime> {
  const runtime = createProcessRuntime(options);
  await runtime.open();
  return runtime;
}
