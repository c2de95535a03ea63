import { describeRuntimeContract } from '../../../../conformance/runtime';
import { describeWithDocker } from '../../../../support/docker/docker-binary';
import { DockerEngine } from '../../../../support/docker/engine';
import { openDockerRuntime } from '../../../../support/docker/docker-runtime';
import { eventually, temporaryDirectory } from '../process/support';

describeWithDocker('containers of a Docker Engine', () => {
  let engine: DockerEngine;

  beforeAll(async () => {
    engine = await DockerEngine.start();
  }, 60_000);

  afterAll(() => engine.dispose());

  describeRuntimeContract({
    name: 'docker',
    create: async () => {
      const directory = await temporaryDirectory();
      return {
        open: () => openDockerRuntime(engine, directory.path),
        abandon: (runtime) => runtime.close(),
        until: eventually,
        dispose: () => directory.remove(),
      };
    },
    capabilities: { name: 'docker', survivesRestart: true, resourceLimits: true, podNetwork: true },
    image: 'busybox',
    firstProcess: true,
    skip: [],
  });
});
