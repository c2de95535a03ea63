import { systemClock } from '../../../src/base/clock';
import { systemIdentity } from '../../../src/base/identity';
import { silentLogger } from '../../../src/base/logger';
import type { DockerRuntimeOptions } from '../../../src/kubelet/runtime/docker/docker-runtime';
import { createDockerRuntime } from '../../../src/kubelet/runtime/docker/docker-runtime';
import { noCredentials } from '../../../src/kubelet/runtime/docker/registry-credentials';
import type { ContainerRuntime } from '../../../src/kubelet/runtime/runtime';
import type { DockerEngine } from './engine';

/** As a new kubelet would have it over what is there. */
export async function openDockerRuntime(engine: DockerEngine, directory: string, more: Partial<DockerRuntimeOptions> = {}): Promise<ContainerRuntime> {
  const runtime = createDockerRuntime({
    host: engine.dockerHost,
    directory,
    nodeName: 'node-a',
    preparedSandboxes: 0,
    credentials: noCredentials,
    clock: systemClock,
    identity: systemIdentity,
    logger: silentLogger,
    ...more,
  });
  await runtime.open();
  return runtime;
}
