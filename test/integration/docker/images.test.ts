import { statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/base/clock';
import { Engine } from '../../../src/kubelet/runtime/docker/engine';
import { Images } from '../../../src/kubelet/runtime/docker/images';
import { noCredentials } from '../../../src/kubelet/runtime/docker/registry-credentials';
import { aContainer, aPodSpec } from '../../support/builders';
import { describeWithDocker } from '../../support/docker/docker-binary';
import { openDockerRuntime } from '../../support/docker/docker-runtime';
import { DockerEngine } from '../../support/docker/engine';
import { ImageRegistry } from '../../support/docker/image-registry';
import { mountSmallDisk } from '../../support/small-disk';
import { temporaryFolder } from '../../support/temporary-folder';

describeWithDocker('images of a Docker Engine and a registry', () => {
  let docker: DockerEngine;
  let registry: ImageRegistry;
  let engine: Engine;
  let images: Images;
  const { signal } = new AbortController();

  beforeAll(async () => {
    [docker, registry] = await Promise.all([DockerEngine.start({ busybox: false }), ImageRegistry.start()]);
    engine = new Engine({ host: docker.dockerHost, clock: systemClock });
    images = new Images({ engine, clock: systemClock, credentials: noCredentials });
  }, 60_000);

  afterAll(async () => {
    engine.close();
    await Promise.all([docker.dispose(), registry.close()]);
  }, 60_000);

  test('one is pulled by its tag, by `latest` without one, and by its digest', async () => {
    const { digest } = registry;
    const names = ['team/app:1.0', 'team/app', `team/app@${digest}`, `team/app:2.0@${digest}`];
    for (const name of names) {
      expect(await images.pull(registry.ref(name), signal)).toBeNull();
      expect(await engine.inspectImage(registry.ref(name))).not.toBeNull();
    }
    const asked = registry.requests.flatMap((request) => /team\/app manifests (.+)$/.exec(request)?.[1] ?? []);
    expect(new Set(asked)).toEqual(new Set(['1.0', 'latest', digest]));
  }, 60_000);

  test('a layer that is broken is no success: the engine says so after it began to answer', async () => {
    registry.behave('team/spoiled', 'spoil');
    const image = registry.ref('team/spoiled:1.0');
    await expect(images.pull(image, signal)).rejects.toMatchObject({ code: 'PULL_FAILED', message: expect.stringMatching(/team\/spoiled:1\.0 cannot be pulled: filesystem layer verification failed for digest sha256:/) });
    expect(await engine.inspectImage(image)).toBeNull();
    registry.behave('team/spoiled', 'serve');
    expect(await images.pull(image, signal)).toBeNull();
    expect(await engine.inspectImage(image)).not.toBeNull();
  }, 60_000);

  test('nor is a disk that is full while it is fetched, and the engine\'s words are told', async () => {
    const disk = mountSmallDisk(100);
    const small = await DockerEngine.start({ busybox: false, args: ['--data-root', disk.path] });
    const onIt = new Engine({ host: small.dockerHost, clock: systemClock });
    try {
      const { bavail, bsize } = statfsSync(disk.path);
      // Less than the layer takes.
      writeFileSync(join(disk.path, 'filler'), Buffer.alloc(bavail * bsize - 256 * 1024));
      const pull = new Images({ engine: onIt, clock: systemClock, credentials: noCredentials }).pull(registry.ref('team/app:1.0'), signal);
      await expect(pull).rejects.toMatchObject({ code: 'PULL_FAILED', message: expect.stringContaining('no space left on device'), cause: { code: 'DISK_FULL' } });
    } finally {
      onIt.close();
      await small.dispose();
      disk.unmount();
    }
  }, 60_000);

  test('one that goes before its container is made is pulled again, and refused where it may not be', async () => {
    const folder = await temporaryFolder('runtime');
    const runtime = await openDockerRuntime(docker, folder.path);
    try {
      const image = registry.ref('team/going:1.0');
      const container = aContainer({ name: 'main', image, imagePullPolicy: 'ALWAYS' });
      const spec = aPodSpec({ containers: [container] });
      const pod = { podUid: 'going', namespace: 'default', podName: 'going', spec };
      await runtime.ensureSandbox({ ...pod, hostname: null });
      await runtime.pull(image, signal);
      expect(await runtime.admit(container, { pulled: true })).toEqual({ verdict: 'admitted' });
      await docker.api.call('DELETE', `/images/${image}`);
      const config = { ...pod, identity: { podUid: 'going', containerName: 'main', attempt: 0, init: false }, container, extraEnv: {}, notes: {}, annotations: {} };
      await expect(runtime.create(config)).rejects.toMatchObject({ code: 'NOT_FOUND', message: `image ${image} has gone from the engine` });
      expect(await runtime.admit(container, { pulled: true })).toEqual({ verdict: 'pull' });
      expect(await runtime.admit({ ...container, imagePullPolicy: 'IF_NOT_PRESENT' }, { pulled: true })).toEqual({ verdict: 'pull' });
      expect(await runtime.admit({ ...container, imagePullPolicy: 'NEVER' }, { pulled: false })).toMatchObject({ verdict: 'refused', reason: 'ErrImageNeverPull' });
      await runtime.pull(image, signal);
      expect(await runtime.admit(container, { pulled: true })).toEqual({ verdict: 'admitted' });
      await runtime.create(config);
    } finally {
      await runtime.close();
      await folder.remove();
    }
  }, 60_000);
});
