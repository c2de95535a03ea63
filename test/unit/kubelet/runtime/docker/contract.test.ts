import { systemIdentity } from '../../../../../src/base/identity';
import type { ContainerConfig } from '../../../../../src/kubelet/runtime/runtime';
import { describeRuntimeContract } from '../../../../conformance/runtime';
import { aContainer, aPodSpec } from '../../../../support/builders';
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

  test('what somebody removed while no kubelet looked was started, and is told so until it is removed here', async () => {
    const directory = await temporaryDirectory();
    let runtime = await openDockerRuntime(engine, directory.path);
    const pod = { podUid: systemIdentity.uid(), namespace: 'default', podName: 'web', spec: aPodSpec() };
    const config = (attempt: number): ContainerConfig => ({
      ...pod,
      identity: { podUid: pod.podUid, containerName: 'main', attempt, init: false },
      container: aContainer({ image: 'busybox', command: ['sleep', '100000'] }),
      extraEnv: {},
      notes: { step: '1' },
      annotations: {},
    });
    await runtime.ensureSandbox({ ...pod, hostname: null });
    const started = await runtime.create(config(0));
    await runtime.start(started.id);
    const created = await runtime.create(config(1));
    await runtime.close();
    for (const { id } of [started, created]) await engine.api.call('DELETE', `/containers/${id}?force=true`);
    runtime = await openDockerRuntime(engine, directory.path);
    expect(await runtime.list()).toEqual([{ ...started, phase: 'exited', exit: null }]);
    expect(await runtime.logs(started.id, { tailLines: 1 })).toEqual([]);
    await runtime.remove(started.id);
    expect(await runtime.list()).toEqual([]);
    await runtime.removeSandbox(pod.podUid);
    await runtime.close();
    await directory.remove();
  }, 60_000);
});
