import { resolve } from 'node:path';
import { StartError } from './start-error';

/** What a person may say about Docker, to a server and to a kubelet. */
export interface DockerFlags {
  /** unix:///PATH or tcp://HOST:PORT. Default: DOCKER_HOST, else where Docker usually is. */
  readonly dockerHost?: string;
  /** How many sandboxes wait for pods to come. Default: as many as the engine's memory has room for. */
  readonly preparedSandboxes?: number;
  /** A file as `docker login` writes it. */
  readonly registryCredentials?: string;
}

export interface DockerSettings {
  readonly host: string | null;
  /** Null: by the engine's memory. */
  readonly preparedSandboxes: number | null;
  readonly credentialsFile: string | null;
}

const mostPreparedSandboxes = 50;

/** Throws StartError INVALID_OPTION. */
export function compileDocker({ dockerHost, preparedSandboxes, registryCredentials }: DockerFlags): DockerSettings {
  if (dockerHost !== undefined && !/^(unix:\/\/\/.+|(tcp|https?):\/\/[^/:]+:\d+)$/.test(dockerHost)) {
    throw new StartError('INVALID_OPTION', `--docker-host ${JSON.stringify(dockerHost)} is not an address of a Docker Engine. Write unix:///var/run/docker.sock or tcp://HOST:PORT.`);
  }
  if (preparedSandboxes !== undefined && (!Number.isSafeInteger(preparedSandboxes) || preparedSandboxes < 0 || preparedSandboxes > mostPreparedSandboxes)) {
    throw new StartError('INVALID_OPTION', `--prepared-sandboxes ${preparedSandboxes} is not a number from 0 to ${mostPreparedSandboxes}.`);
  }
  return { host: dockerHost ?? null, preparedSandboxes: preparedSandboxes ?? null, credentialsFile: registryCredentials === undefined ? null : resolve(registryCredentials) };
}
