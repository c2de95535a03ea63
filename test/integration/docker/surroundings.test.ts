import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ContainerConfig, ContainerRuntime, SandboxConfig } from '../../../src/kubelet/runtime/runtime';
import { systemIdentity } from '../../../src/base/identity';
import { aContainer, aPodSpec } from '../../support/builders';
import { describeWithDocker } from '../../support/docker/docker-binary';
import { openDockerRuntime } from '../../support/docker/docker-runtime';
import { DockerEngine } from '../../support/docker/engine';
import { lastingPort } from '../../support/lasting-port';
import { temporaryFolder } from '../../support/temporary-folder';

describeWithDocker('what is left of a pod', () => {
  let engine: DockerEngine;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let runtime: ContainerRuntime;
  let podUid: string;

  beforeAll(async () => {
    engine = await DockerEngine.start();
  }, 60_000);
  afterAll(() => engine.dispose());
  beforeEach(async () => {
    folder = await temporaryFolder('surroundings');
    runtime = await openDockerRuntime(engine, folder.path);
    podUid = systemIdentity.uid();
  });
  afterEach(async () => {
    await runtime.close();
    await folder.remove();
  });

  const pods = (): readonly string[] => readdirSync(join(folder.path, 'docker/pods'));
  const volumes = async () => ((await engine.api.call<{ Volumes: { Name: string }[] | null }>('GET', '/volumes')).Volumes ?? []).map(({ Name }) => Name);
  const disk = (): string => join(folder.path, 'docker/pods', podUid, 'volumes/disk');

  function pod(hostPort: number | null = null): SandboxConfig {
    const container = aContainer({ name: 'main', image: 'busybox', imagePullPolicy: 'IF_NOT_PRESENT', ports: hostPort === null ? [] : [{ name: null, containerPort: 80, hostPort, protocol: 'TCP' }] });
    const inMemory = { name: 'memory', emptyDir: { medium: 'Memory' as const, sizeLimit: null }, hostPath: null };
    return { podUid, namespace: 'default', podName: 'web', hostname: null, spec: aPodSpec({ containers: [container], volumes: [{ name: 'disk', emptyDir: { medium: '', sizeLimit: null }, hostPath: null }, inMemory] }) };
  }

  function container(): ContainerConfig {
    const { spec, ...names } = pod();
    return { ...names, identity: { podUid, containerName: 'main', attempt: 0, init: false }, container: spec.containers[0]!, spec, extraEnv: {}, notes: {}, annotations: {} };
  }

  /** As `docker container prune`, and more. */
  async function clearEngine(): Promise<void> {
    for (const name of await engine.api.containers()) await engine.api.call('DELETE', `/containers/${name}?force=true`);
  }

  async function reopen(): Promise<void> {
    await runtime.close();
    runtime = await openDockerRuntime(engine, folder.path);
  }

  test('whose sandbox cannot be made goes with it, and removing it again is no error', async () => {
    const port = await lastingPort();
    const holder = createServer().listen(port, '0.0.0.0');
    await once(holder, 'listening');
    await expect(runtime.ensureSandbox(pod(port))).rejects.toMatchObject({ code: 'PORT_TAKEN' });
    holder.close();
    expect(pods()).toEqual([podUid]);
    expect(await volumes()).toHaveLength(1);
    for (const _again of [1, 2]) {
      await runtime.removeSandbox(podUid);
      expect(pods()).toEqual([]);
      expect(await volumes()).toEqual([]);
    }
  }, 60_000);

  test('when its containers are gone from the engine is listed as a sandbox that is lost, and can be removed', async () => {
    await runtime.ensureSandbox(pod());
    await clearEngine();
    await reopen();
    expect(await runtime.listSandboxes()).toEqual([{ id: podUid, podUid, namespace: '', podName: '', ready: false, ip: null, perishable: true }]);
    await runtime.removeSandbox(podUid);
    expect(await runtime.listSandboxes()).toEqual([]);
    expect([pods(), await volumes()]).toEqual([[], []]);
  }, 60_000);

  test('is listed too if that is only volumes of the engine', async () => {
    await runtime.ensureSandbox(pod());
    await clearEngine();
    await runtime.close();
    await engine.api.call('POST', '/volumes/create', { body: { Name: 'podql_another_uid_memory', Driver: 'local', Labels: { 'podql.runtime': 'another' } } });
    const id = readFileSync(join(folder.path, 'docker/id'), 'utf8');
    await folder.remove();
    folder = await temporaryFolder('surroundings');
    runtime = await openDockerRuntime(engine, folder.path);
    expect(await runtime.listSandboxes()).toEqual([]);
    await runtime.close();
    writeFileSync(join(folder.path, 'docker/id'), id);
    runtime = await openDockerRuntime(engine, folder.path);
    expect(await runtime.listSandboxes()).toMatchObject([{ podUid, ready: false }]);
    await runtime.removeSandbox(podUid);
    expect(await volumes()).toEqual(['podql_another_uid_memory']);
    await engine.api.call('DELETE', '/volumes/podql_another_uid_memory');
  }, 60_000);

  test('is found again by a pod that is still wanted, with all that was written', async () => {
    await runtime.ensureSandbox(pod());
    writeFileSync(join(disk(), 'kept'), '');
    await clearEngine();
    await reopen();
    const { id } = await runtime.ensureSandbox(pod());
    expect(await runtime.listSandboxes()).toMatchObject([{ id, podUid, podName: 'web', ready: true }]);
    expect(existsSync(join(disk(), 'kept'))).toBe(true);
    await runtime.removeSandbox(podUid);
  }, 60_000);

  test('is found again also when the engine has the image of sandboxes no more', async () => {
    await runtime.ensureSandbox(pod());
    await clearEngine();
    await runtime.listSandboxes();
    const images = await engine.api.images();
    const [image] = images.filter((name) => name.startsWith('podql/pause:'));
    await engine.api.call('DELETE', `/images/${image}?force=true`);
    expect(await engine.api.images()).not.toContain(image);
    const { id } = await runtime.ensureSandbox(pod());
    expect(await engine.api.images()).toEqual(images);
    expect(await runtime.listSandboxes()).toMatchObject([{ id, podUid, ready: true }]);
    await runtime.removeSandbox(podUid);
  }, 60_000);

  test('is not what a container of the pod still needs', async () => {
    await runtime.ensureSandbox(pod());
    const { id } = await runtime.create(container());
    for (const name of await engine.api.containers()) if (name.startsWith('podql_POD_')) await engine.api.call('DELETE', `/containers/${name}?force=true`);
    await reopen();
    expect(await runtime.listSandboxes()).toEqual([]);
    expect(await runtime.list()).toMatchObject([{ id }]);
    await runtime.removeSandbox(podUid);
    expect(pods()).toEqual([]);
  }, 60_000);

  test('is not joined by what was made for the sandbox before: that never was, and the same attempt is made anew', async () => {
    const before = await runtime.ensureSandbox(pod());
    const { id } = await runtime.create(container());
    await engine.api.call('DELETE', `/containers/${before.id}?force=true`);
    expect(await runtime.listSandboxes()).toEqual([]);
    const sandbox = await runtime.ensureSandbox(pod());
    await expect(runtime.start(id)).rejects.toMatchObject({ code: 'NOT_FOUND', message: 'the sandbox of pod web is gone' });
    expect(await runtime.list()).toEqual([]);
    // The one that it has now is none the worse.
    expect(await runtime.listSandboxes()).toEqual([sandbox]);
    const again = await runtime.create(container());
    await runtime.start(again.id);
    expect(await runtime.inspect(again.id)).toMatchObject({ sandboxId: sandbox.id, identity: { attempt: 0 }, startedAt: expect.any(Number) });
    await runtime.stop(again.id, 0);
    await runtime.removeSandbox(podUid);
  }, 60_000);
});
