import { systemIdentity } from '../../../../../src/base/identity';
import { silentLogger } from '../../../../../src/base/logger';
import type { ContainerSummary } from '../../../../../src/kubelet/runtime/docker/engine';
import { EngineError } from '../../../../../src/kubelet/runtime/docker/faults';
import type { PreparedSandboxesOptions } from '../../../../../src/kubelet/runtime/docker/prepared-sandboxes';
import { PreparedSandboxes } from '../../../../../src/kubelet/runtime/docker/prepared-sandboxes';
import type { ContainerRuntime } from '../../../../../src/kubelet/runtime/runtime';
import { aContainer, aPodSpec } from '../../../../support/builders';
import { describeWithDocker } from '../../../../support/docker/docker-binary';
import { openDockerRuntime } from '../../../../support/docker/docker-runtime';
import { DockerEngine } from '../../../../support/docker/engine';
import { EngineProxy } from '../../../../support/docker/engine-proxy';
import { FakeClock } from '../../../../support/fake-clock';
import { eventually, temporaryDirectory } from '../process/support';

const givenUp = new EngineError('TIMEOUT', 'the engine did not rename a container within 60 s; it may still do it', null, undefined);
const summary = (id: string, state = 'running'): ContainerSummary => ({ Id: id, State: state, NetworkSettings: { Networks: {} } }) as ContainerSummary;

describe('sandboxes that wait', () => {
  let clock: FakeClock;
  let made: number;
  let discarded: string[];
  let renamed: string[];
  let rename: () => Promise<void>;

  beforeEach(() => {
    clock = new FakeClock();
    made = 0;
    discarded = [];
    renamed = [];
    rename = () => Promise.resolve();
  });

  function sandboxes(count = 2): PreparedSandboxes {
    const options = {
      engine: { rename: (id: string) => (renamed.push(id), rename()) },
      pauses: { run: () => Promise.resolve({ id: `made-${(made += 1)}`, ip: null }), discard: (id: string) => Promise.resolve(void discarded.push(id)) },
      owner: { runtimeId: 'mine', nodeName: 'node-a' },
      pauseImage: () => 'pause',
      count,
      isBusy: () => false,
      clock,
      identity: systemIdentity,
      logger: silentLogger,
    };
    return new PreparedSandboxes(options as unknown as PreparedSandboxesOptions);
  }

  function look(prepared: PreparedSandboxes, ...summaries: ContainerSummary[]): void {
    prepared.beginLook();
    prepared.takeOver(summaries);
  }

  test('are those that an earlier podql has left, as many as are wanted; the others go', async () => {
    const prepared = sandboxes();
    look(prepared, summary('a'), summary('b', 'exited'), summary('c'), summary('d'));
    expect(discarded).toEqual(['b', 'd']);
    expect(await prepared.take('web')).toMatchObject({ id: 'a' });
    expect(await prepared.take('db')).toMatchObject({ id: 'c' });
    expect(await prepared.take('more')).toBeNull();
  });

  test('do not keep one whose renaming was given up and did not happen: it goes, and another is made', async () => {
    const prepared = sandboxes(1);
    look(prepared, summary('a'));
    rename = () => Promise.reject(givenUp);
    await expect(prepared.take('web')).rejects.toBe(givenUp);
    look(prepared, summary('a'));
    expect(discarded).toEqual(['a']);
    await clock.advance(300);
    rename = () => Promise.resolve();
    expect(await prepared.take('web')).toMatchObject({ id: 'made-1' });
  });

  test('do not get back one that a pod was given while the list was made, nor is it removed', async () => {
    const prepared = sandboxes(1);
    look(prepared, summary('a'));
    let done = (): void => undefined;
    rename = () => new Promise((resolve) => (done = resolve));
    const taken = prepared.take('web');
    prepared.beginLook();
    done();
    expect(await taken).toMatchObject({ id: 'a' });
    prepared.takeOver([summary('a')]);
    expect(await prepared.take('db')).toBeNull();
    expect(discarded).toEqual([]);
  });

  test('do not keep one whose start was given up and happened later', async () => {
    const prepared = sandboxes(1);
    look(prepared, summary('a'));
    look(prepared, summary('a'), summary('late'));
    expect(discarded).toEqual(['late']);
    prepared.beginLook();
    await prepared.take('web');
    prepared.fillSoon();
    await clock.advance(300);
    prepared.takeOver([summary('made-1')]);
    expect(discarded).toEqual(['late']);
  });

  test('are not made any more by one that is abandoned', async () => {
    const prepared = sandboxes();
    look(prepared, summary('a'));
    expect(clock.pendingTimers).toBe(1);
    prepared.abandon();
    expect(clock.pendingTimers).toBe(0);
    expect(discarded).toEqual([]);
  });
});

describeWithDocker('sandboxes that wait in an engine in trouble', () => {
  let engine: DockerEngine;
  let proxy: EngineProxy;
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
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
    folder = await temporaryDirectory();
    runtime = undefined;
  });
  afterEach(async () => {
    proxy.fate = () => 'pass';
    await runtime?.close();
    await folder.remove();
  });

  const open = (more: Parameters<typeof openDockerRuntime>[2] = {}) => openDockerRuntime(engine, folder.path, { host: proxy.dockerHost, preparedSandboxes: 1, ...more });
  const waiting = async () => (await engine.api.containers({ all: false })).filter((name) => name.startsWith('podql_prepared_'));
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
