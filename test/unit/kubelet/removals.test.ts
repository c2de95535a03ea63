import type { Pod, PodSpec } from '../../../src/api/pod';
import { restartCountOf } from '../../../src/api/pod';
import { aContainer } from '../../support/builders';
import { KubeletHarness } from '../../support/kubelet-harness';
import { RecordingLogger } from '../../support/recording-logger';

const crashing = '[{"runMs": 100, "exit": 1}]';

let harness: KubeletHarness;
let logger: RecordingLogger;

beforeEach(async () => {
  logger = new RecordingLogger();
  harness = new KubeletHarness({ logger });
  await harness.start();
});

afterEach(() => harness.stop());

function addPod(script: string, spec: Partial<PodSpec> = {}): Pod {
  return harness.api.addPod({ name: 'web', annotations: { 'fake.podql.io/main': script }, spec });
}

const left = () => [...harness.state.containers.keys()].map((id) => id.replace(/^[^_]*_/, ''));
const triesAt = (id: string) => harness.runtime.calls.filter(({ verb, subject }) => verb === 'remove' && subject === id).length;
const warnings = () => logger.lines.filter(({ level, message }) => level === 'warn' && message.includes('cannot be removed'));

describe('a container that the runtime cannot remove', () => {
  it('does not keep its next attempts from being started and told, nor others from being removed', async () => {
    const { uid } = addPod(crashing);
    const first = `${uid}_main_0`;
    harness.runtime.stuck.add(first);
    await harness.pass(60_000);
    const restarts = restartCountOf(harness.api.pod('web'));
    expect(restarts).toBe(6);
    expect(left()).toEqual(['main_0', `main_${restarts - 1}`, `main_${restarts}`]);
    // After 0.5, 1, 2 … 30 s.
    expect(triesAt(first)).toBe(7);
    expect(warnings()).toHaveLength(7);
    expect(warnings().at(-1)).toMatchObject({ name: 'web', container: 'main', attempt: 0, failures: 7, inMilliseconds: 30_000 });
    harness.runtime.stuck.clear();
    await harness.pass(30_000);
    expect(left()).not.toContain('main_0');
    expect(triesAt(first)).toBe(8);
  });

  it('does not keep the object of its pod from going, nor what else is left of the pod', async () => {
    const { uid } = addPod(crashing, { containers: [aContainer(), aContainer({ name: 'side' })] });
    harness.runtime.stuck.add(`${uid}_main_0`);
    await harness.pass(5_000);
    harness.api.requestDeletion('web', 5);
    await harness.pass(1_000);
    expect(harness.api.pods.size).toBe(0);
    expect(left()).toEqual(['main_0']);
    expect(harness.state.sandboxes.size).toBe(0);
    const before = harness.runtime.calls.length;
    await harness.pass(300_000, 500);
    // Besides a look each five seconds: two tries each half minute, of the container and of what belongs to the pod.
    expect(harness.runtime.calls.slice(before).filter(({ verb }) => verb === 'remove' || verb === 'removeSandbox').length).toBeLessThan(30);
    harness.runtime.stuck.clear();
    await harness.pass(60_000);
    expect(left()).toEqual([]);
    const after = harness.runtime.calls.length;
    await harness.pass(60_000);
    expect(harness.runtime.calls.slice(after).every(({ verb }) => verb === 'list' || verb === 'listSandboxes')).toBe(true);
  });

  it('and was never started does not either', async () => {
    harness.runtime.failNext('start');
    const { uid } = addPod('[{"run": "forever"}]');
    await harness.quiet();
    expect(left()).toEqual(['main_0']);
    harness.runtime.stuck.add(`${uid}_main_0`);
    harness.api.requestDeletion('web');
    await harness.pass(1_000);
    expect(harness.api.pods.size).toBe(0);
  });

  it('is left to the next kubelet when this one ends', async () => {
    const { uid } = addPod(crashing);
    harness.runtime.stuck.add(`${uid}_main_0`);
    await harness.pass(10_000);
    await harness.stop();
    expect(harness.clock.pendingTimers).toBe(0);
    await harness.start();
    await harness.pass(1_000);
    expect(left()).not.toContain('main_0');
  });
});

describe('the sandbox of a pod that is gone', () => {
  it('is tried again when the runtime could not remove it, also once it is not listed any more', async () => {
    addPod('[{"run": "forever"}]');
    await harness.quiet();
    for (let n = 0; n < 5; n += 1) harness.runtime.failNext('removeSandbox');
    harness.api.requestDeletion('web');
    await harness.quiet();
    expect(harness.state.sandboxes.size).toBe(1);
    harness.state.sandboxes.clear();
    await harness.pass(60_000);
    expect(harness.runtime.calls.filter(({ verb }) => verb === 'removeSandbox')).toHaveLength(6);
  });
});
