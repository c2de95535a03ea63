import type { ContainerRuntime } from '../../../src/kubelet/runtime/runtime';
import { aContainer, aPodSpec } from '../../support/builders';
import { describeWithDocker } from '../../support/docker/docker-binary';
import { openDockerRuntime } from '../../support/docker/docker-runtime';
import { DockerEngine } from '../../support/docker/engine';
import { EngineProxy } from '../../support/docker/engine-proxy';
import { FakeClock } from '../../support/fake-clock';
import { eventually } from '../../support/eventually';
import { temporaryFolder } from '../../support/temporary-folder';

describeWithDocker('sandboxes that wait in an engine in trouble', () => {
  let engine: DockerEngine;
  let proxy: EngineProxy;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let runtime: ContainerRuntime | undefined;

  beforeAll(async () => {
    engine = await DockerEngine.start();
    proxy = await EngineProxy.start(engine);
  }, 60_000);
  afterAll(async () => {
    await proxy.close();
    await engine.dispose();
  });
  beforeEach(async () => {
    folder = await temporaryFolder('prepared-sandboxes');
    runtime = undefined;
  });
  afterEach(async () => {
    proxy.fate = () => 'pass';
    await runtime?.close();
    await folder.remove();
  });

  const open = (more: Parameters<typeof openDockerRuntime>[2] = {}) => openDockerRuntime(engine, folder.path, { host: proxy.dockerHost, preparedSandboxes: 1, ...more });
  const waiting = async () => (await engine.api.containers({ all: false })).filter((name) => name.startsWith('podql_prepared_'));
  const ofPods = async () => (await engine.api.containers()).filter((name) => name.startsWith('podql_POD_'));
  const pod = (podUid: string) => ({ podUid, namespace: 'default', podName: 'web', spec: aPodSpec(), hostname: null });

  test('one whose renaming did not happen gives way to another', async () => {
    const calls: string[] = [];
    proxy.fate = (call) => (calls.push(call), 'pass');
    runtime = await open();
    // It is inspected once it runs; with the answer it waits.
    await eventually(async () => calls.some((call) => /^GET \/containers\/[0-9a-f]{64}\/json/.test(call)));
    await runtime.listSandboxes();
    const [first] = await waiting();
    proxy.fate = (call) => (call.includes('/rename?') ? 'cut' : 'pass');
    await expect(runtime.ensureSandbox(pod('a'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    proxy.fate = () => 'pass';
    await runtime.listSandboxes();
    await eventually(async () => (await waiting()).length === 1 && !(await waiting()).includes(first!));
    await runtime.ensureSandbox(pod('a'));
    await eventually(async () => (await waiting()).length === 1);
    await runtime.removeSandbox('a');
  }, 60_000);

  test('one whose renaming happened later gives way to the next, under the name that it had', async () => {
    runtime = await open({ preparedSandboxes: 2 });
    await eventually(async () => (await waiting()).length === 2);
    proxy.fate = (call) => (call.includes('/rename?') ? 'late' : 'pass');
    await expect(runtime.ensureSandbox(pod('c'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    proxy.fate = () => 'pass';
    await proxy.release();
    const { id } = await runtime.ensureSandbox(pod('c'));
    expect(await ofPods()).toEqual(['podql_POD_web_default_c_0']);
    expect(await runtime.listSandboxes()).toMatchObject([{ id, podUid: 'c', ready: true }]);
    await runtime.removeSandbox('c');
  }, 60_000);

  test('one whose renaming happened when the pod had another is removed', async () => {
    runtime = await open({ preparedSandboxes: 2 });
    const { id: lost } = await runtime.ensureSandbox(pod('d'));
    await eventually(async () => (await waiting()).length === 2);
    await engine.api.call('POST', `/containers/${lost}/kill`);
    expect(await runtime.listSandboxes()).toMatchObject([{ id: lost, ready: false }]);
    proxy.fate = (call) => (call.includes('/rename?') ? 'late' : 'pass');
    await expect(runtime.ensureSandbox(pod('d'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    proxy.fate = () => 'pass';
    const { id } = await runtime.ensureSandbox(pod('d'));
    await proxy.release();
    expect(await ofPods()).toHaveLength(2);
    expect(await runtime.listSandboxes()).toMatchObject([{ id, podUid: 'd', ready: true }]);
    await eventually(async () => (await ofPods()).length === 1);
    expect(await runtime.listSandboxes()).toMatchObject([{ id, podUid: 'd', ready: true }]);
    await runtime.removeSandbox('d');
  }, 60_000);

  test('one that starts later than anybody waited for it is removed', async () => {
    const calls: string[] = [];
    proxy.fate = (call) => (calls.push(call), /^POST \S*\/start/.test(call) ? 'late' : call.startsWith('DELETE') ? 'cut' : 'pass');
    runtime = await open();
    await eventually(async () => calls.some((call) => call.startsWith('DELETE')));
    proxy.fate = () => 'pass';
    await proxy.release();
    expect(await waiting()).toHaveLength(1);
    const [late] = await waiting();
    await runtime.listSandboxes();
    await eventually(async () => !(await waiting()).includes(late!) && (await waiting()).length === 1);
  }, 60_000);

  test('none is made by a runtime that could not be opened', async () => {
    runtime = await open({ preparedSandboxes: 0 });
    await runtime.ensureSandbox(pod('b'));
    const container = aContainer({ name: 'main', image: 'busybox', imagePullPolicy: 'IF_NOT_PRESENT' });
    await runtime.create({ ...pod('b'), identity: { podUid: 'b', containerName: 'main', attempt: 0, init: false }, container, extraEnv: {}, notes: {}, annotations: {} });
    await runtime.close();
    proxy.fate = (call) => (/ping|\/containers\/[0-9a-f]{64}\/json/.test(call) ? 'cut' : 'pass');
    const clock = new FakeClock();
    await expect(open({ clock })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(clock.pendingTimers).toBe(0);
    proxy.fate = () => 'pass';
    runtime = await open();
    await runtime.removeSandbox('b');
  }, 60_000);
});
