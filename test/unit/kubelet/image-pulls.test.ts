import type { Container, Pod } from '../../../src/api/pod';
import type { FakeRuntimeOptions } from '../../../src/kubelet/runtime/fake/fake-runtime';
import { RuntimeError } from '../../../src/kubelet/runtime/runtime';
import { aContainer } from '../../support/builders';
import { KubeletHarness } from '../../support/kubelet-harness';

let harness: KubeletHarness;

/** As an engine does that has no image yet. */
const pullEachTime: FakeRuntimeOptions['admit'] = (_container, { pulled }) => ({ verdict: pulled ? 'admitted' : 'pull' });

async function start(pullMs = 5_000): Promise<void> {
  harness = new KubeletHarness({}, { podNetwork: true, admit: pullEachTime, pullMs });
  await harness.start();
}

afterEach(() => harness.stop());

async function addPod(containers: readonly Container[] = [aContainer({ image: 'team/app' })], annotations: Record<string, string> = {}): Promise<Pod> {
  const pod = harness.api.addPod({ name: 'web', annotations, spec: { containers } });
  await harness.quiet();
  return pod;
}

const status = () => harness.api.pod('web').status;
const stateOf = (index = 0) => status().containerStatuses[index]?.state;
const pulls = () => harness.runtime.calls.filter(({ verb }) => verb === 'pull').length;
const portTaken = (): void => harness.runtime.failNext('ensureSandbox', new RuntimeError('PORT_TAKEN', 'port 80 is taken'));
const denied = (): void => harness.runtime.failNext('pull', new RuntimeError('PULL_FAILED', 'denied'));
const inSeconds = (seconds: number): string => new Date(harness.clock.now() + seconds * 1000).toISOString();

describe('an image that has to be pulled', () => {
  it('is waited for beside the passes, and the wait is shown', async () => {
    await start();
    await addPod([aContainer({ image: 'team/app' }), aContainer({ name: 'other', image: 'team/other' })]);
    await harness.pass(1_000);
    expect(status().phase).toBe('PENDING');
    expect(stateOf(0)).toEqual({ kind: 'ContainerWaiting', reason: 'ContainerCreating', message: 'pulling image team/app', nextAttemptAt: null });
    expect(stateOf(1)).toMatchObject({ message: 'pulling image team/other' });
    await harness.pass(4_100);
    expect(status().phase).toBe('RUNNING');
    expect(pulls()).toBe(2);
  });

  it('is pulled once for a run, also when the runtime then cannot make the container', async () => {
    await start(0);
    harness.runtime.failNext('create', new RuntimeError('INVALID', 'no room'));
    await addPod();
    expect(stateOf()).toMatchObject({ reason: 'CreateContainerError', message: 'no room' });
    await harness.pass(2_000);
    expect(stateOf()).toMatchObject({ kind: 'ContainerRunning' });
    expect(pulls()).toBe(1);
  });

  it('is pulled anew for the next run', async () => {
    await start(100);
    await addPod(undefined, { 'fake.podql.io/main': '[{"runMs": 1000, "exit": 1}, {"run": "forever"}]' });
    await harness.pass(2_000);
    expect(status().containerStatuses[0]).toMatchObject({ restartCount: 1, state: { kind: 'ContainerRunning' } });
    expect(pulls()).toBe(2);
  });

  it('that fails is shown as such first, then as a wait that doubles, and the pod stays PENDING', async () => {
    await start(0);
    denied();
    await addPod();
    expect(stateOf()).toEqual({ kind: 'ContainerWaiting', reason: 'ErrImagePull', message: 'denied', nextAttemptAt: inSeconds(10) });
    denied();
    await harness.pass(10_100);
    expect(stateOf()).toMatchObject({ reason: 'ImagePullBackOff', message: 'denied' });
    denied();
    await harness.pass(20_000);
    expect(stateOf()).toMatchObject({ reason: 'ImagePullBackOff', nextAttemptAt: inSeconds(39.9) });
    expect(status().phase).toBe('PENDING');
    expect(pulls()).toBe(3);
    await harness.pass(40_000);
    expect(stateOf()).toMatchObject({ kind: 'ContainerRunning' });
    expect(status().containerStatuses[0]?.restartCount).toBe(0);
  });

  it('keeps its failure in sight while it is pulled again, and names no moment that is past', async () => {
    await start(5_000);
    denied();
    await addPod();
    await harness.pass(12_000);
    expect(pulls()).toBe(2);
    expect(stateOf()).toEqual({ kind: 'ContainerWaiting', reason: 'ErrImagePull', message: 'denied', nextAttemptAt: null });
    await harness.pass(4_000);
    expect(stateOf()).toMatchObject({ kind: 'ContainerRunning' });
  });

  it('is pulled at once when it is changed', async () => {
    await start(0);
    denied();
    await addPod();
    harness.api.changePod('web', (pod) => ({ ...pod, generation: 2, spec: { ...pod.spec, containers: [aContainer({ image: 'team/better' })] } }));
    await harness.quiet();
    expect(stateOf()).toMatchObject({ kind: 'ContainerRunning' });
    expect(harness.runtime.calls.filter(({ verb }) => verb === 'pull').map(({ subject }) => subject)).toEqual(['team/app', 'team/better']);
  });

  it('is pulled at once when it is changed while the other one is still being pulled', async () => {
    await start(60_000);
    await addPod();
    harness.api.changePod('web', (pod) => ({ ...pod, generation: 2, spec: { ...pod.spec, containers: [aContainer({ image: 'team/better' })] } }));
    await harness.pass(1_000);
    expect(harness.runtime.calls.filter(({ verb }) => verb === 'pull').map(({ subject }) => subject)).toEqual(['team/app', 'team/better']);
    expect(stateOf()).toMatchObject({ message: 'pulling image team/better' });
    await harness.pass(60_000);
    expect(stateOf()).toMatchObject({ kind: 'ContainerRunning' });
  });

  it('is not waited for when its pod is deleted: the pod goes at once', async () => {
    await start(60_000);
    const pod = await addPod();
    await harness.pass(1_000);
    harness.api.requestDeletion('web', 30);
    await harness.quiet();
    expect(harness.api.pods.size).toBe(0);
    expect(harness.state.sandboxes.has(pod.uid)).toBe(false);
    await harness.pass(60_000);
    expect(harness.state.containers.size).toBe(0);
  });

  it('is given up with the kubelet', async () => {
    await start(60_000);
    await addPod();
    const timers = harness.clock.pendingTimers;
    await harness.stop();
    expect(harness.clock.pendingTimers).toBeLessThan(timers);
    await harness.start();
    await harness.pass(60_100);
    expect(stateOf()).toMatchObject({ kind: 'ContainerRunning' });
  });

  it('is asked for again soon once an engine is back that was away for long', async () => {
    await start(0);
    for (let n = 0; n < 7; n += 1) harness.runtime.failNext('pull');
    await addPod();
    await harness.pass(60_500);
    expect(pulls()).toBe(7);
    expect(stateOf()).toMatchObject({ reason: 'ErrImagePull', nextAttemptAt: inSeconds(9.5) });
    await harness.pass(10_000);
    expect(stateOf()).toMatchObject({ kind: 'ContainerRunning' });
  });

  it('that goes each time before it is used is pulled again at once, then later each time', async () => {
    harness = new KubeletHarness({}, { podNetwork: true, admit: () => ({ verdict: 'pull' }), pullMs: 0 });
    await harness.start();
    await addPod();
    expect(pulls()).toBe(2);
    expect(stateOf()).toEqual({ kind: 'ContainerWaiting', reason: 'ErrImagePull', message: 'image team/app was pulled 2 times, and was gone each time before the container could be made', nextAttemptAt: inSeconds(10) });
    await harness.pass(10_100);
    expect(pulls()).toBe(3);
    expect(stateOf()).toMatchObject({ reason: 'ImagePullBackOff', nextAttemptAt: inSeconds(19.9) });
    await harness.pass(19_000);
    expect(pulls()).toBe(3);
  });

  it('is waited for with nothing in sight that was waited for before', async () => {
    await start(5_000);
    portTaken();
    await addPod();
    expect(stateOf()).toMatchObject({ reason: 'PortConflict' });
    await harness.pass(2_000);
    expect(pulls()).toBe(1);
    expect(stateOf()).toEqual({ kind: 'ContainerWaiting', reason: 'ContainerCreating', message: 'pulling image team/app', nextAttemptAt: null });
  });

  it('counts only its own failures', async () => {
    await start(0);
    portTaken();
    portTaken();
    denied();
    await addPod();
    await harness.pass(3_000);
    expect(pulls()).toBe(1);
    expect(stateOf()).toMatchObject({ reason: 'ErrImagePull', message: 'denied' });
  });
});
