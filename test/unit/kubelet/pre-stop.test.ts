import type { LifecycleHandler, Pod, PodSpec, Probe } from '../../../src/api/pod';
import { restartCountOf } from '../../../src/api/pod';
import { aContainer } from '../../support/builders';
import { KubeletHarness } from '../../support/kubelet-harness';
import { RecordingLogger } from '../../support/recording-logger';

const sleeps = (seconds: number): LifecycleHandler => ({ exec: null, httpGet: null, sleep: { seconds } });
const runs: LifecycleHandler = { exec: { command: ['bye'] }, httpGet: null, sleep: null };
const liveness: Probe = { exec: { command: ['well'] }, httpGet: null, tcpSocket: null, initialDelaySeconds: 0, periodSeconds: 1, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 1 };

let harness: KubeletHarness;
let logger: RecordingLogger;

beforeEach(async () => {
  logger = new RecordingLogger();
  harness = new KubeletHarness({ logger });
  await harness.start();
});

afterEach(() => harness.stop());

async function addPod(preStop: LifecycleHandler, step: object = {}, more: { container?: Partial<PodSpec['containers'][number]>; spec?: Partial<PodSpec> } = {}): Promise<Pod> {
  const containers = [aContainer({ lifecycle: { preStop }, ...more.container })];
  const annotations = { 'fake.podql.io/main': JSON.stringify([{ run: 'forever', ...step }]) };
  const pod = harness.api.addPod({ name: 'web', annotations, spec: { containers, ...more.spec } });
  await harness.quiet();
  return pod;
}

const running = () => [...harness.state.containers.values()].filter(({ exit }) => exit === null);
const asked = (verb: string) => harness.runtime.calls.filter((call) => call.verb === verb).length;
const warnings = () => logger.lines.filter(({ level }) => level === 'warn');

describe('preStop', () => {
  it('is over before the container is asked to end, while the grace period runs', async () => {
    await addPod(sleeps(5));
    harness.api.requestDeletion('web', 30);
    await harness.pass(4_900);
    expect(asked('stop')).toBe(0);
    expect(harness.api.pod('web').status.phase).toBe('RUNNING');
    await harness.pass(200);
    expect(asked('stop')).toBe(1);
    expect(harness.api.pods.size).toBe(0);
  });

  it('leaves the container what remains of the grace period', async () => {
    await addPod(sleeps(5), { ignoreTerm: true });
    harness.api.requestDeletion('web', 10);
    await harness.pass(9_900);
    expect(running()).toHaveLength(1);
    await harness.pass(200);
    expect(harness.api.pods.size).toBe(0);
  });

  it.each([3_600_000, -3_600_000])('leaves the container as much when the wall clock is set by %d ms meanwhile', async (jump) => {
    await addPod(sleeps(5), { ignoreTerm: true }, { spec: { activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 10 } });
    await harness.pass(2_000);
    harness.clock.jumpWallTime(jump);
    await harness.pass(8_900);
    expect(asked('stop')).toBe(1);
    expect(running()).toHaveLength(1);
    await harness.pass(300);
    expect(running()).toHaveLength(0);
  });

  it('runs its command in the container', async () => {
    await addPod(runs);
    harness.api.requestDeletion('web');
    await harness.quiet();
    const order = harness.runtime.calls.map(({ verb }) => verb).filter((verb) => verb === 'exec' || verb === 'stop');
    expect(order).toEqual(['exec', 'stop']);
    expect(harness.api.pods.size).toBe(0);
    expect(warnings()).toEqual([]);
  });

  it('that fails is told, and the stop goes on', async () => {
    await addPod(runs, { exec: 3 });
    harness.api.requestDeletion('web');
    await harness.quiet();
    expect(harness.api.pods.size).toBe(0);
    expect(warnings()).toMatchObject([{ message: 'preStop failed; the container is asked to end', container: 'main', reason: 'the command left with exit code 3' }]);
  });

  it('that is not over with the grace period is waited for no more, and the container has two seconds', async () => {
    await addPod(runs, { exec: 'timeout', ignoreTerm: true });
    harness.api.requestDeletion('web', 10);
    await harness.pass(9_900);
    expect(asked('stop')).toBe(0);
    await harness.pass(200);
    expect(asked('stop')).toBe(1);
    await harness.pass(1_800);
    expect(running()).toHaveLength(1);
    await harness.pass(200);
    expect(harness.api.pods.size).toBe(0);
  });

  it('is waited for no longer than a grace period that was made shorter, and does not begin again', async () => {
    await addPod(runs, { exec: 'timeout' });
    harness.api.requestDeletion('web', 30);
    await harness.pass(1_000);
    harness.api.requestDeletion('web', 3);
    await harness.pass(2_900);
    expect(running()).toHaveLength(1);
    await harness.pass(200);
    expect(harness.api.pods.size).toBe(0);
    expect(asked('exec')).toBe(1);
  });

  it('is not waited for when the container has ended by itself', async () => {
    const pod = await addPod(sleeps(20));
    harness.api.requestDeletion('web', 30);
    await harness.pass(1_000);
    harness.runtime.exitContainer(`${pod.uid}_main_0`, 0);
    await harness.quiet();
    expect(harness.api.pods.size).toBe(0);
  });

  it('is not waited for when the pod was removed at once', async () => {
    await addPod(sleeps(20));
    harness.api.requestDeletion('web', 30);
    await harness.pass(1_000);
    harness.api.removePod('web');
    await harness.quiet();
    expect(harness.state.containers.size).toBe(0);
  });

  it('runs too when a probe fails, and the next run follows', async () => {
    await addPod(sleeps(5), { exec: 1 }, { container: { livenessProbe: liveness } });
    await harness.pass(4_900);
    expect(restartCountOf(harness.api.pod('web'))).toBe(0);
    expect(running()).toHaveLength(1);
    await harness.pass(200);
    expect(restartCountOf(harness.api.pod('web'))).toBe(1);
    expect(harness.api.pod('web').status.containerStatuses[0]?.lastState?.message).toContain('liveness probe failed');
  });

  it('runs too when the container is replaced for its new image', async () => {
    await addPod(sleeps(5));
    harness.api.changePod('web', (pod) => ({ ...pod, generation: 2, spec: { ...pod.spec, containers: pod.spec.containers.map((container) => ({ ...container, image: 'other' })) } }));
    await harness.pass(4_900);
    expect(asked('stop')).toBe(0);
    await harness.pass(200);
    expect(running().map(({ config }) => config.container.image)).toEqual(['other']);
  });

  it('of a sidecar comes in its turn, after the last app container has ended', async () => {
    const initContainers = [aContainer({ name: 'side', restartPolicy: 'ALWAYS', lifecycle: { preStop: sleeps(2) } })];
    await addPod(sleeps(3), {}, { spec: { initContainers } });
    harness.api.requestDeletion('web', 30);
    await harness.pass(3_100);
    expect(running().map(({ config }) => config.container.name)).toEqual(['side']);
    await harness.pass(1_800);
    expect(running()).toHaveLength(1);
    await harness.pass(200);
    expect(harness.api.pods.size).toBe(0);
  });

  it('ends with the kubelet, which lets the container run; the next one begins it again', async () => {
    await addPod(sleeps(5));
    harness.api.requestDeletion('web', 30);
    await harness.pass(1_000);
    await harness.stop();
    await harness.clock.advance(10_000);
    expect(running()).toHaveLength(1);
    await harness.start();
    await harness.pass(4_900);
    expect(asked('stop')).toBe(0);
    await harness.pass(200);
    expect(harness.api.pods.size).toBe(0);
  });
});
