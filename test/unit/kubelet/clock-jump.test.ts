import { restartCountOf } from '../../../src/api/pod';
import { RuntimeError } from '../../../src/kubelet/runtime/runtime';
import { aContainer } from '../../support/builders';
import { KubeletHarness } from '../../support/kubelet-harness';

const hour = 3_600_000;
const crashing = '[{"runMs": 100, "exit": 1}]';

let harness: KubeletHarness;

beforeEach(async () => {
  harness = new KubeletHarness();
  await harness.start();
});

afterEach(() => harness.stop());

const restarts = (): number => restartCountOf(harness.api.pod('web'));
const addPod = (script: string, spec = {}): unknown => harness.api.addPod({ name: 'web', annotations: { 'fake.podql.io/main': script }, spec });

describe.each([
  ['forward', hour],
  ['back', -hour],
])('a wall clock that is set %s by an hour', (_name, jump) => {
  it('ends nothing and starts nothing of what runs', async () => {
    addPod('[{"run": "forever"}]');
    await harness.pass(1_000);
    const before = [...harness.state.containers.keys()];
    harness.clock.jumpWallTime(jump);
    await harness.pass(30_000);
    expect([...harness.state.containers.keys()]).toEqual(before);
    expect(restarts()).toBe(0);
    expect(harness.api.pod('web').status.phase).toBe('RUNNING');
  });

  it('does not hold up the restart of what ends after it', async () => {
    addPod('[{"runMs": 1000, "exit": 1}, {"run": "forever"}]');
    await harness.pass(500);
    harness.clock.jumpWallTime(jump);
    await harness.pass(2_000);
    expect(restarts()).toBe(1);
    expect(harness.api.pod('web').status.phase).toBe('RUNNING');
  });

  it('does not hold up a restart that waits longer than it would have, and begins no hot loop', async () => {
    addPod(crashing);
    // Attempts 0 to 3 are over; the next follows 4 s after the last.
    await harness.pass(5_000);
    const known = restarts();
    harness.clock.jumpWallTime(jump);
    await harness.pass(4_500);
    expect(restarts() - known).toBeGreaterThanOrEqual(1);
    await harness.pass(20_000);
    expect(restarts() - known).toBeLessThanOrEqual(4);
  });

  it('neither ends a pod before its deadline nor lets it run longer', async () => {
    addPod('[{"run": "forever"}]', { activeDeadlineSeconds: 60 });
    await harness.pass(30_000);
    harness.clock.jumpWallTime(jump);
    // It is looked at again.
    harness.api.changePod('web', (pod) => ({ ...pod, labels: { changed: 'yes' } }));
    await harness.pass(29_000);
    expect(harness.api.pod('web').status.phase).toBe('RUNNING');
    await harness.pass(2_000);
    expect(harness.api.pod('web').status).toMatchObject({ phase: 'FAILED', reason: 'DeadlineExceeded' });
  });

  it('does not hold up what could not be started', async () => {
    harness.runtime.failNext('create', new RuntimeError('INTERNAL', 'not now'));
    addPod('[{"run": "forever"}]');
    await harness.quiet();
    expect(harness.api.pod('web').status.containerStatuses[0]?.state).toMatchObject({ reason: 'CreateContainerError' });
    harness.clock.jumpWallTime(jump);
    await harness.pass(5_000);
    expect(harness.api.pod('web').status.phase).toBe('RUNNING');
  });

  it('does not hold up the first probe', async () => {
    const readinessProbe = { exec: { command: ['true'] }, httpGet: null, tcpSocket: null, initialDelaySeconds: 2, periodSeconds: 1, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 3 };
    addPod('[{"run": "forever"}]', { containers: [aContainer({ readinessProbe })] });
    // The probe is told of the container after the jump, as by a kubelet that starts again.
    await harness.pass(500);
    await harness.stop();
    harness.clock.jumpWallTime(jump);
    await harness.start();
    await harness.pass(4_000);
    expect(harness.api.pod('web').status.containerStatuses[0]?.ready).toBe(true);
  });
});
