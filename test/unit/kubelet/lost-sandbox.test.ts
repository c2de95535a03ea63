import type { Pod, PodSpec } from '../../../src/api/pod';
import { conditionOf } from '../../../src/api/meta';
import { RuntimeError } from '../../../src/kubelet/runtime/runtime';
import { aContainer } from '../../support/builders';
import { KubeletHarness } from '../../support/kubelet-harness';

let harness: KubeletHarness;

beforeEach(async () => {
  harness = new KubeletHarness({}, { podNetwork: true });
  await harness.start();
});

afterEach(() => harness.stop());

const init = aContainer({ name: 'init' });
const main = aContainer();
/** Its work takes a second. */
const initScript = { 'fake.podql.io/init': '[{"runMs": 1000, "exit": 0}]' };

async function addPod(spec: Partial<PodSpec> = {}, annotations: Record<string, string> = {}): Promise<Pod> {
  const pod = harness.api.addPod({ name: 'web', annotations, spec: { containers: [main], ...spec } });
  await harness.quiet();
  return pod;
}

const status = () => harness.api.pod('web').status;
const calls = (verb: string) => harness.runtime.calls.filter((call) => call.verb === verb).length;
/** What runs, oldest first: "main 1" is the second run of main. */
const running = () =>
  [...harness.state.containers.values()]
    .filter(({ startedAt, exit }) => startedAt !== null && exit === null)
    .map(({ config: { identity } }) => `${identity.containerName} ${identity.attempt}`);
const sandboxOf = (pod: Pod) => harness.state.sandboxes.get(pod.uid);

describe('a pod that lost its sandbox', () => {
  it('ends what ran in it, and runs it again in another', async () => {
    const pod = await addPod();
    const before = sandboxOf(pod);
    harness.runtime.breakSandbox(pod.uid);
    await harness.pass(1_000);
    expect(sandboxOf(pod)).toMatchObject({ ready: true });
    expect(sandboxOf(pod)?.id).not.toBe(before?.id);
    expect(running()).toEqual(['main 1']);
    expect(status()).toMatchObject({ phase: 'RUNNING', containerStatuses: [{ restartCount: 1, ready: true, lastState: { exitCode: 143, message: 'the network of its pod is gone' } }] });
    expect(calls('ensureSandbox')).toBe(2);
  });

  it('runs its init containers again, and its app containers only after them', async () => {
    const pod = await addPod({ initContainers: [init] }, initScript);
    await harness.pass(1_100);
    expect(running()).toEqual(['main 0']);
    harness.runtime.breakSandbox(pod.uid);
    await harness.pass(500);
    expect(running()).toEqual(['init 1']);
    expect(status().phase).toBe('PENDING');
    expect(conditionOf(status().conditions, 'Ready')?.status).toBe('FALSE');
    await harness.pass(1_000);
    expect(running()).toEqual(['main 1']);
    expect(status()).toMatchObject({ phase: 'RUNNING', initContainerStatuses: [{ restartCount: 1 }], containerStatuses: [{ restartCount: 1 }] });
  });

  it('waits for its sidecars again: what ran in the sandbox before does not make it RUNNING', async () => {
    const startupProbe = { exec: { command: ['up'] }, httpGet: null, tcpSocket: null, initialDelaySeconds: 5, periodSeconds: 1, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 30 };
    const sidecar = aContainer({ name: 'side', restartPolicy: 'ALWAYS', startupProbe });
    const pod = await addPod({ initContainers: [sidecar] });
    await harness.pass(5_500);
    expect(running()).toEqual(['side 0', 'main 0']);
    expect(status().phase).toBe('RUNNING');
    harness.runtime.breakSandbox(pod.uid);
    await harness.pass(2_000);
    expect(running()).toEqual(['side 1']);
    expect(status().phase).toBe('PENDING');
    await harness.pass(5_000);
    expect(running()).toEqual(['side 1', 'main 1']);
    expect(status().phase).toBe('RUNNING');
  });

  it('while its init containers ran, runs those again from the first', async () => {
    const pod = await addPod({ initContainers: [init, aContainer({ name: 'second' })] }, initScript);
    await harness.pass(1_100);
    expect(running()).toEqual(['second 0']);
    harness.runtime.breakSandbox(pod.uid);
    await harness.pass(500);
    expect(running()).toEqual(['init 1']);
    await harness.pass(1_100);
    expect(running()).toEqual(['second 1']);
  });

  it('under NEVER is not run again: FAILED, with no new sandbox', async () => {
    const pod = await addPod({ restartPolicy: 'NEVER', initContainers: [init] }, initScript);
    await harness.pass(1_100);
    harness.runtime.breakSandbox(pod.uid);
    await harness.pass(10_000);
    expect(running()).toEqual([]);
    expect(status()).toMatchObject({ phase: 'FAILED', containerStatuses: [{ restartCount: 0, state: { exitCode: 143 } }] });
    expect(calls('ensureSandbox')).toBe(1);
  });

  it('under ON_FAILURE runs again what had not succeeded, even if it left with 0 when it was asked to end', async () => {
    const pod = await addPod(
      { restartPolicy: 'ON_FAILURE', containers: [main, aContainer({ name: 'done' })] },
      { 'fake.podql.io/done': '[{"runMs": 100, "exit": 0}]', 'fake.podql.io/main': '[{"run": "forever", "stopExit": 0}]' },
    );
    await harness.pass(200);
    harness.runtime.breakSandbox(pod.uid);
    await harness.pass(1_000);
    expect(running()).toEqual(['main 1']);
    expect(status()).toMatchObject({ phase: 'RUNNING', containerStatuses: [{ restartCount: 1 }, { restartCount: 0, state: { exitCode: 0 } }] });
  });

  it('while it is being deleted is only ended', async () => {
    const pod = await addPod({}, { 'fake.podql.io/main': '[{"run": "forever", "stopMs": 3000}]' });
    harness.api.requestDeletion('web', 30);
    await harness.pass(1_000);
    harness.runtime.breakSandbox(pod.uid);
    await harness.pass(2_500);
    expect(harness.api.pods.size).toBe(0);
    expect(calls('ensureSandbox')).toBe(1);
    expect(sandboxOf(pod)).toBeUndefined();
  });

  it('while the kubelet was away is found by the next one', async () => {
    const pod = await addPod({ initContainers: [init] }, initScript);
    await harness.pass(1_100);
    await harness.stop();
    harness.runtime.breakSandbox(pod.uid);
    await harness.start();
    await harness.pass(1_600);
    expect(running()).toEqual(['main 1']);
    expect(status()).toMatchObject({ phase: 'RUNNING', initContainerStatuses: [{ restartCount: 1 }], containerStatuses: [{ restartCount: 1 }] });
  });
});

describe('while init containers run again', () => {
  it('the others say that they wait for them, not what they waited for before', async () => {
    const pod = await addPod({ initContainers: [init] }, { 'fake.podql.io/init': '[{"runMs": 1000, "exit": 0}, {"runMs": 60000, "exit": 0}]' });
    await harness.pass(1_100);
    harness.runtime.failNext('ensureSandbox', new RuntimeError('PORT_TAKEN', 'port 80 is taken'));
    harness.runtime.breakSandbox(pod.uid);
    await harness.pass(3_000);
    expect(running()).toEqual(['init 1']);
    expect(status().containerStatuses).toMatchObject([{ state: { kind: 'ContainerWaiting', reason: 'PodInitializing', nextAttemptAt: null }, lastState: { exitCode: 143 } }]);
    await harness.pass(60_000);
    expect(running()).toEqual(['main 1']);
  });
});

describe('a container that was made for a sandbox that is lost, and never started', () => {
  it('is made anew in the next one, as the same attempt', async () => {
    harness.runtime.failNext('start', new RuntimeError('INTERNAL', 'the engine is stopping'));
    const pod = await addPod();
    expect(status().containerStatuses).toMatchObject([{ state: { reason: 'StartError' } }]);
    harness.runtime.breakSandbox(pod.uid);
    await harness.pass(2_000);
    expect(running()).toEqual(['main 0']);
    expect(status()).toMatchObject({ phase: 'RUNNING', containerStatuses: [{ restartCount: 0, ready: true, lastState: null }] });
    // It is not tried to start it in vain first.
    expect(calls('start')).toBe(2);
    expect([calls('create'), calls('remove'), calls('ensureSandbox')]).toEqual([2, 1, 2]);
  });

  it('is not run at all when its pod is being deleted', async () => {
    harness.runtime.failNext('start', new RuntimeError('INTERNAL', 'the engine is stopping'));
    const pod = await addPod();
    harness.runtime.breakSandbox(pod.uid);
    harness.api.requestDeletion('web', 30);
    await harness.pass(2_000);
    expect(harness.api.pods.size).toBe(0);
    expect([calls('start'), calls('ensureSandbox')]).toEqual([1, 1]);
  });

  it('waits until it can be removed: no second one is made beside it', async () => {
    harness.runtime.failNext('start', new RuntimeError('INTERNAL', 'the engine is stopping'));
    const pod = await addPod();
    const [stuck = ''] = [...harness.state.containers.keys()];
    harness.runtime.stuck.add(stuck);
    harness.runtime.breakSandbox(pod.uid);
    await harness.pass(3_000);
    expect([...harness.state.containers.keys()]).toEqual([stuck]);
    harness.runtime.stuck.delete(stuck);
    await harness.pass(60_000);
    expect(running()).toEqual(['main 0']);
  });
});

describe('a pod that has finished', () => {
  it('gives its sandbox back once, and keeps its containers, its address and its phase', async () => {
    const pod = await addPod({ restartPolicy: 'ON_FAILURE' }, { 'fake.podql.io/main': '[{"runMs": 100, "exit": 0}]' });
    const { podIP } = status();
    await harness.pass(200);
    expect(status()).toMatchObject({ phase: 'SUCCEEDED', podIP });
    expect(sandboxOf(pod)?.ready).toBe(false);
    const callsThen = harness.api.statusCalls.length;
    await harness.pass(60_000);
    expect(calls('stopSandbox')).toBe(1);
    expect(calls('ensureSandbox')).toBe(1);
    expect(harness.api.statusCalls).toHaveLength(callsThen);
    expect(harness.state.containers.size).toBe(1);
    harness.api.requestDeletion('web');
    await harness.quiet();
    expect(harness.api.pods.size).toBe(0);
    expect(harness.state.containers.size + harness.state.sandboxes.size).toBe(0);
  });

  it('gives it back after a failed init container too, and after its sidecars have ended', async () => {
    const side = aContainer({ name: 'side', restartPolicy: 'ALWAYS' });
    const pod = await addPod({ restartPolicy: 'NEVER', initContainers: [side, init] }, { 'fake.podql.io/init': '[{"runMs": 100, "exit": 1}]', 'fake.podql.io/side': '[{"run": "forever", "stopMs": 1000}]' });
    await harness.pass(500);
    expect(sandboxOf(pod)?.ready).toBe(true);
    await harness.pass(1_000);
    expect(sandboxOf(pod)?.ready).toBe(false);
    expect(status().phase).toBe('FAILED');
  });

  it('is tried again when the runtime could not take the sandbox back', async () => {
    const pod = await addPod({ restartPolicy: 'NEVER' }, { 'fake.podql.io/main': '[{"runMs": 100, "exit": 0}]' });
    harness.runtime.failNext('stopSandbox');
    await harness.pass(2_000);
    expect(sandboxOf(pod)?.ready).toBe(false);
    expect(calls('stopSandbox')).toBe(2);
  });
});
