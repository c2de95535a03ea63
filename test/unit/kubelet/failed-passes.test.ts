import type { Pod } from '../../../src/api/pod';
import { RuntimeError } from '../../../src/kubelet/runtime/runtime';
import { aContainer } from '../../support/builders';
import { KubeletHarness } from '../../support/kubelet-harness';

let harness: KubeletHarness;

beforeEach(async () => {
  harness = new KubeletHarness();
  await harness.start();
});

afterEach(() => harness.stop());

const addPod = (script: string): Pod => harness.api.addPod({ name: 'web', annotations: { 'fake.podql.io/main': script }, spec: { containers: [aContainer()] } });
const main = () => harness.api.pod('web').status.containerStatuses[0];
const away = (verb: 'create' | 'start'): void => {
  for (let n = 0; n < 50; n += 1) harness.runtime.failNext(verb, new RuntimeError('UNAVAILABLE', 'the engine is away'));
};

describe('a pass that fails', () => {
  it('still tells what was seen', async () => {
    addPod('[{"runMs": 1000, "exit": 3}]');
    await harness.quiet();
    away('create');
    await harness.pass(3_000);
    expect(main()).toMatchObject({ restartCount: 0, state: { kind: 'ContainerWaiting', reason: 'CrashLoopBackOff' }, lastState: { exitCode: 3 } });
  });

  it('is repeated at once when the object was changed meanwhile', async () => {
    addPod('[{"runMs": 1000, "exit": 3}]');
    await harness.quiet();
    away('create');
    await harness.pass(60_000);
    jest.spyOn(harness.runtime, 'create').mockImplementationOnce(() => {
      harness.api.requestDeletion('web');
      return Promise.reject(new RuntimeError('UNAVAILABLE', 'the engine is away'));
    });
    await harness.pass(30_000);
    expect(harness.api.pods.size).toBe(0);
  });
});

describe('what is refused by something else than the runtime', () => {
  it.each([
    ['ensureSandbox', 'CreatePodSandboxError'],
    ['create', 'CreateContainerError'],
    ['start', 'StartError'],
  ] as const)('%s: is shown as %s, in its own words', async (verb, reason) => {
    const spy = jest.spyOn(harness.runtime, verb).mockRejectedValue(new Error('EROFS: read-only file system'));
    addPod('[{"run": "forever"}]');
    await harness.pass(5_000);
    expect(main()).toMatchObject({ restartCount: 0, state: { kind: 'ContainerWaiting', reason, message: 'EROFS: read-only file system' } });
    expect(spy.mock.calls.length).toBeLessThan(6);
    spy.mockRestore();
    await harness.pass(30_000);
    expect(main()).toMatchObject({ state: { kind: 'ContainerRunning' } });
  });
});

describe('a container that ran and is gone, as a runtime tells that marks its starts', () => {
  /** Neither a list nor a look says more of it from now on than that it was started. */
  function vanish(id: string): void {
    const { list, inspect } = harness.runtime;
    const lost = async () => (await list.call(harness.runtime)).map((record) => (record.id === id ? { ...record, phase: 'exited' as const, startedAt: null, exit: null } : record));
    jest.spyOn(harness.runtime, 'list').mockImplementation(lost);
    jest.spyOn(harness.runtime, 'inspect').mockImplementation(async (asked) => (asked === id ? ((await lost()).find((record) => record.id === id) ?? null) : inspect.call(harness.runtime, asked)));
  }

  it('is run again', async () => {
    addPod('[{"run": "forever"}, {"run": "forever"}]');
    await harness.pass(1_000);
    vanish([...harness.state.containers.keys()][0]!);
    await harness.pass(6_000);
    expect(main()).toMatchObject({ restartCount: 1, state: { kind: 'ContainerRunning' }, lastState: { exitCode: 137, reason: 'ContainerStatusUnknown' } });
  });

  it('does not keep its pod from going', async () => {
    addPod('[{"run": "forever"}]');
    await harness.pass(1_000);
    vanish([...harness.state.containers.keys()][0]!);
    harness.api.requestDeletion('web');
    await harness.pass(6_000);
    expect(harness.api.pods.size).toBe(0);
  });
});

describe('a start that was taken back, since it was not the fault of the container', () => {
  it('is no attempt', async () => {
    addPod('[{"runMs": 1000, "exit": 3}, {"run": "forever"}]');
    await harness.quiet();
    const start = jest.spyOn(harness.runtime, 'start').mockImplementation((id) => {
      harness.state.containers.delete(id);
      return Promise.reject(new RuntimeError('DISK_FULL', 'no space left'));
    });
    await harness.pass(20_000);
    expect(start.mock.calls.length).toBeGreaterThan(2);
    expect(main()).toMatchObject({ restartCount: 0, state: { kind: 'ContainerWaiting', reason: 'DiskFull' }, lastState: { exitCode: 3 } });
    start.mockRestore();
    await harness.pass(60_000);
    expect(main()).toMatchObject({ restartCount: 1, state: { kind: 'ContainerRunning' } });
  });
});

describe('a sandbox that cannot be made', () => {
  it('is what all containers of the pod wait for, in ever longer times', async () => {
    for (let n = 0; n < 3; n += 1) harness.runtime.failNext('ensureSandbox', new RuntimeError('INTERNAL', 'no network'));
    harness.api.addPod({ name: 'web', spec: { containers: [aContainer(), aContainer({ name: 'side' })] } });
    await harness.pass(1_000);
    const waits = { restartCount: 0, state: { kind: 'ContainerWaiting', reason: 'CreatePodSandboxError', message: 'no network' } };
    expect(harness.api.pod('web').status.containerStatuses).toMatchObject([waits, waits]);
    await harness.pass(10_000);
    expect(harness.api.pod('web').status.phase).toBe('RUNNING');
    expect(harness.runtime.calls.filter(({ verb }) => verb === 'ensureSandbox')).toHaveLength(4);
  });
});
