import type { Pod, RestartPolicy } from '../../../src/api/pod';
import { isReady, restartCountOf } from '../../../src/api/pod';
import { RuntimeError } from '../../../src/kubelet/runtime/runtime';
import { aContainer } from '../../support/builders';
import { KubeletHarness } from '../../support/kubelet-harness';

let harness: KubeletHarness;

beforeEach(() => {
  harness = new KubeletHarness();
});

afterEach(() => harness.stop());

/** Exits 1, then 0, then stays. */
const conformanceScript = '[{"runMs": 100, "exit": 1}, {"runMs": 100, "exit": 0}, {"run": "forever"}]';
const crashing = '[{"runMs": 100, "exit": 1}]';

function addPod(script: string | null, overrides: Partial<Pod['spec']> = {}): Pod {
  const annotations: Record<string, string> = script === null ? {} : { 'fake.podql.io/main': script };
  return harness.api.addPod({ name: 'web', annotations, spec: overrides });
}

function stateOf(name = 'web') {
  return harness.api.pod(name).status.containerStatuses[0]?.state;
}

describe('restart policies, from the API and back', () => {
  it.each([
    ['ALWAYS', 'RUNNING', 2, true],
    ['ON_FAILURE', 'SUCCEEDED', 1, false],
    ['NEVER', 'FAILED', 0, false],
  ] as const)('exit 1, exit 0, stay under %s: %s, restartCount %i, ready %s', async (restartPolicy: RestartPolicy, phase, restartCount, ready) => {
    await harness.start();
    addPod(conformanceScript, { restartPolicy });
    await harness.pass(10_000);
    const pod = harness.api.pod('web');
    expect(pod.status.phase).toBe(phase);
    expect(restartCountOf(pod)).toBe(restartCount);
    expect(isReady(pod)).toBe(ready);
    harness.api.requestDeletion('web');
    await harness.pass(2_000);
    expect(harness.api.pods.size).toBe(0);
    expect(harness.state.containers.size).toBe(0);
    expect(harness.state.sandboxes.size).toBe(0);
  });

  it('a crash loop waits 0, 1, 2, 4, 8, 16, 32, 60, 60 seconds and says when the next run comes', async () => {
    await harness.start();
    addPod(crashing);
    const waits = new Map<number, number>();
    while (waits.size < 9) {
      await harness.pass(50);
      const runs = [...harness.state.containers.values()];
      for (const run of runs) {
        const { attempt } = run.config.identity;
        const before = runs.find((other) => other.config.identity.attempt === attempt - 1);
        if (before?.exit) waits.set(attempt, (run.createdAt - before.exit.finishedAt) / 1000);
      }
      const state = stateOf();
      if (state?.kind !== 'ContainerWaiting' || state.reason !== 'CrashLoopBackOff') continue;
      expect(Date.parse(state.nextAttemptAt ?? '')).toBeGreaterThanOrEqual(harness.clock.now());
      expect(harness.api.pod('web').status.phase).toBe('RUNNING');
    }
    expect([...waits.values()]).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('keeps no more dead containers than it is told', async () => {
    harness = new KubeletHarness({ deadContainers: 2 });
    await harness.start();
    addPod(crashing);
    await harness.pass(60_000);
    const restarts = restartCountOf(harness.api.pod('web'));
    expect([...harness.state.containers.values()].map((c) => c.config.identity.attempt)).toEqual([restarts - 2, restarts - 1, restarts]);
  });

  it('a changed spec ends the waiting', async () => {
    await harness.start();
    addPod(crashing);
    await harness.pass(25_000);
    expect(stateOf()).toMatchObject({ kind: 'ContainerWaiting', reason: 'CrashLoopBackOff' });
    const before = restartCountOf(harness.api.pod('web'));
    harness.api.changePod('web', (pod) => ({
      ...pod,
      generation: pod.generation + 1,
      annotations: {},
      spec: { ...pod.spec, containers: [aContainer({ image: 'other' })] },
    }));
    await harness.quiet();
    const pod = harness.api.pod('web');
    expect(pod.status.observedGeneration).toBe(pod.generation);
    expect(stateOf()).toMatchObject({ kind: 'ContainerRunning' });
    expect(restartCountOf(pod)).toBe(before + 1);
  });
});

describe('a container that cannot be started', () => {
  it('shows why an image is not admitted, writes it once, and starts when the image is changed', async () => {
    await harness.start();
    addPod(null, { containers: [aContainer({ image: 'missing:1' })] });
    await harness.pass(60_000);
    expect(harness.api.pod('web').status.phase).toBe('PENDING');
    expect(stateOf()).toEqual({ kind: 'ContainerWaiting', reason: 'ErrImageNeverPull', message: 'image missing:1 is not here', nextAttemptAt: null });
    expect(harness.api.statusCalls).toHaveLength(1);
    harness.api.changePod('web', (pod) => ({ ...pod, generation: 2, spec: { ...pod.spec, containers: [aContainer({ image: 'here' })] } }));
    await harness.quiet();
    expect(stateOf()).toMatchObject({ kind: 'ContainerRunning' });
  });

  it('shows a start error as the end of that run', async () => {
    await harness.start();
    addPod('[{"startError": "no such program", "code": 127}]', { restartPolicy: 'NEVER' });
    await harness.quiet();
    expect(harness.api.pod('web').status.phase).toBe('FAILED');
    expect(stateOf()).toMatchObject({ kind: 'ContainerTerminated', exitCode: 127, reason: 'StartError', message: 'no such program', startedAt: null });
  });

  it.each([
    ['create', 'INVALID', 'CreateContainerError'],
    ['create', 'CONFIG_REFUSED', 'CreateContainerConfigError'],
    ['create', 'DISK_FULL', 'DiskFull'],
    ['start', 'INTERNAL', 'StartError'],
  ] as const)('tries again when the runtime refuses to %s it with %s, and shows %s meanwhile', async (verb, code, reason) => {
    await harness.start();
    harness.runtime.failNext(verb, new RuntimeError(code, 'no room'));
    addPod(null);
    await harness.quiet();
    expect(stateOf()).toMatchObject({ kind: 'ContainerWaiting', reason, message: 'no room', nextAttemptAt: expect.any(String) as string });
    await harness.pass(1_000);
    expect(stateOf()).toMatchObject({ kind: 'ContainerRunning' });
    expect(restartCountOf(harness.api.pod('web'))).toBe(0);
  });
});

describe('deletion', () => {
  it('asks, waits the grace, kills, reports the end, and lets the object go', async () => {
    await harness.start();
    addPod('[{"run": "forever", "ignoreTerm": true}]');
    await harness.quiet();
    harness.api.requestDeletion('web', 10);
    await harness.pass(9_900);
    expect(harness.api.pod('web').status.phase).toBe('RUNNING');
    await harness.pass(200);
    expect(harness.api.pods.size).toBe(0);
    const last = harness.api.statusCalls.flat().at(-1)?.status;
    expect(last).toMatchObject({ phase: 'FAILED', containerStatuses: [{ state: { terminated: { exitCode: 137 } } }] });
  });

  it('a pod removed at once is ended here too', async () => {
    await harness.start();
    addPod('[{"run": "forever", "ignoreTerm": true}]');
    await harness.quiet();
    harness.api.removePod('web');
    await harness.pass(2_100);
    expect(harness.state.containers.size).toBe(0);
    expect(harness.state.sandboxes.size).toBe(0);
  });

  it('a pod of the same name and another uid is another pod', async () => {
    await harness.start();
    const old = addPod(null);
    await harness.quiet();
    harness.api.removePod('web');
    const next = addPod(null);
    await harness.pass(2_100);
    expect(next.uid).not.toBe(old.uid);
    expect([...harness.state.containers.values()].map((c) => c.config.identity.podUid)).toEqual([next.uid]);
    expect(harness.api.pod('web').status.phase).toBe('RUNNING');
  });
});

describe('a kubelet that starts again', () => {
  it('adopts what runs, without a new run or a new status', async () => {
    await harness.start();
    addPod(null);
    await harness.quiet();
    const calls = harness.api.statusCalls.length;
    await harness.stop();
    const kubelet = await harness.start();
    await kubelet.ready;
    await harness.pass(10_000);
    expect(kubelet.phase).toBe('running');
    expect([...harness.state.containers.keys()]).toHaveLength(1);
    expect(harness.api.statusCalls).toHaveLength(calls);
  });

  it('records an exit that happened while it was away, with its code and time', async () => {
    await harness.start();
    addPod('[{"runMs": 5000, "exit": 3}]', { restartPolicy: 'NEVER' });
    await harness.quiet();
    const started = harness.clock.now();
    await harness.stop();
    await harness.clock.advance(60_000);
    await harness.start();
    expect(harness.api.pod('web').status.phase).toBe('FAILED');
    expect(stateOf()).toMatchObject({ exitCode: 3, finishedAt: new Date(started + 5_000).toISOString() });
  });

  it('goes on with the wait of a crash loop where the other one was', async () => {
    await harness.start();
    addPod(crashing);
    await harness.pass(10_000);
    const state = stateOf();
    expect(state).toMatchObject({ reason: 'CrashLoopBackOff' });
    await harness.stop();
    await harness.start();
    expect(stateOf()).toEqual(state);
    await harness.pass(20_000);
    expect(stateOf()).toMatchObject({ reason: 'CrashLoopBackOff' });
    expect(restartCountOf(harness.api.pod('web'))).toBe(5);
  });

  it('ends and removes what the API does not know', async () => {
    await harness.start();
    addPod(null);
    await harness.quiet();
    await harness.stop();
    harness.api.removePod('web');
    await harness.start();
    await harness.pass(2_100);
    expect(harness.state.containers.size).toBe(0);
    expect(harness.state.sandboxes.size).toBe(0);
  });
});

describe('a control plane that is away', () => {
  it('restarts go on, and everything is told when it is back', async () => {
    await harness.start();
    addPod('[{"runMs": 3000, "exit": 1}, {"runMs": 3000, "exit": 2}, {"run": "forever"}]');
    await harness.quiet();
    harness.api.goDown();
    await harness.pass(10_000);
    expect([...harness.state.containers.values()].map((c) => c.config.identity.attempt)).toContain(2);
    harness.api.comeUp();
    await harness.pass(20_000);
    expect(harness.api.pod('web').status.containerStatuses[0]).toMatchObject({ restartCount: 2, ready: true, lastState: { exitCode: 2 } });
    expect(harness.api.subscriptions.length).toBeGreaterThan(1);
    expect(harness.api.subscriptions.at(-1)).not.toBeNull();
  });

  it('a node the API has forgotten is registered again', async () => {
    await harness.start();
    expect(harness.api.registrations).toHaveLength(1);
    await harness.pass(40_000);
    expect(harness.api.renewals).toBe(4);
    harness.api.forgetNode();
    await harness.pass(14_000);
    expect(harness.api.registrations).toHaveLength(2);
  });
});

describe('a runtime that is away', () => {
  it('the node is registered as not ready, and ready once the runtime answers', async () => {
    harness.runtime.failNext('open');
    await harness.start();
    expect(harness.api.registrations).toMatchObject([
      { name: 'node-a', address: '10.0.0.7', conditions: [{ type: 'Ready', status: 'FALSE', reason: 'RuntimeUnavailable', message: 'open was made to fail' }] },
    ]);
    await harness.pass(1_000);
    expect(harness.api.registrations.at(-1)).toMatchObject({
      conditions: [{ type: 'Ready', status: 'TRUE', reason: 'KubeletReady' }],
      info: { runtime: 'fake', kubeletVersion: '1.2.3' },
      capacity: { cpu: '4', memory: '8Gi', pods: 110 },
    });
  });

  it('what happened unannounced is found by the next list', async () => {
    await harness.start();
    addPod(null, { restartPolicy: 'NEVER' });
    await harness.quiet();
    const [container] = harness.state.containers.values();
    if (!container) throw new Error('the pod runs');
    container.exit = { exitCode: 9, signal: null, reason: 'Error', message: null, oomKilled: false, finishedAt: harness.clock.now() };
    await harness.pass(5_000);
    expect(harness.api.pod('web').status.phase).toBe('FAILED');
  });
});

describe('the life of a kubelet', () => {
  it('a quiet node writes nothing but its lease', async () => {
    await harness.start();
    addPod(null);
    await harness.pass(1_000);
    const calls = harness.api.statusCalls.length;
    await harness.pass(120_000, 1_000);
    expect(harness.api.statusCalls).toHaveLength(calls);
    expect(harness.api.registrations).toHaveLength(1);
  });

  it('stops without touching what runs, and leaves no timer behind', async () => {
    const kubelet = await harness.start();
    addPod(null);
    await harness.quiet();
    await harness.stop();
    expect(kubelet.phase).toBe('stopped');
    expect([...harness.state.containers.values()].every((c) => c.exit === null)).toBe(true);
    expect(harness.clock.pendingTimers).toBe(0);
  });
});

describe('a pod with the uid of one that is gone', () => {
  const uid = 'a3a1f2de-3f2b-4a55-9d0b-0f2f6f1f2b10';
  /** It takes a second to stop, and its attempts are counted. */
  const addIncarnation = (creationTimestamp: string, script = '[{"runMs": 100, "exit": 1}, {"run": "forever", "stopMs": 1000, "stopExit": 0}]'): Pod =>
    harness.api.addPod({ name: 'web', uid, creationTimestamp, annotations: { 'fake.podql.io/main': script } });
  const running = (): string[] => [...harness.state.containers.values()].filter(({ startedAt, exit }) => startedAt !== null && exit === null).map(({ id }) => id);
  const stays = '[{"run": "forever"}]';

  const expectAfresh = (): void => {
    const pod = harness.api.pod('web');
    expect([pod.status.phase, restartCountOf(pod), isReady(pod)]).toEqual(['RUNNING', 0, true]);
    expect(pod.status.containerStatuses[0]?.lastState).toBeNull();
    expect([...harness.state.containers.values()].map(({ config }) => config.annotations)).toEqual([pod.annotations]);
  };

  it('waits until nothing of that is left, and then starts afresh', async () => {
    await harness.start();
    addIncarnation('2030-01-01T00:00:00.000Z');
    await harness.pass(1_000);
    expect(restartCountOf(harness.api.pod('web'))).toBe(1);
    const before = running();
    harness.api.removePod('web');
    addIncarnation('2030-01-01T00:00:01.000Z', stays);
    await harness.pass(500);
    expect(running()).toEqual(before);
    expect(harness.api.pod('web').status.phase).toBe('PENDING');
    await harness.pass(3_000);
    expectAfresh();
  });

  it('does so too when the kubelet was away meanwhile', async () => {
    await harness.start();
    addIncarnation('2030-01-01T00:00:00.000Z');
    await harness.pass(1_000);
    await harness.stop();
    harness.api.removePod('web');
    addIncarnation('2030-01-01T00:00:01.000Z', stays);
    await harness.start();
    await harness.pass(5_000);
    expectAfresh();
  });

  it('does not start when it is gone again before its turn', async () => {
    await harness.start();
    addIncarnation('2030-01-01T00:00:00.000Z');
    await harness.pass(1_000);
    for (const second of ['1', '2']) {
      harness.api.removePod('web');
      addIncarnation(`2030-01-01T00:00:0${second}.000Z`, stays);
    }
    harness.api.removePod('web');
    await harness.pass(5_000);
    expect(harness.state.containers.size).toBe(0);
    expect(harness.state.sandboxes.size).toBe(0);
  });

  it('takes what was changed while it waited', async () => {
    await harness.start();
    addIncarnation('2030-01-01T00:00:00.000Z');
    await harness.pass(1_000);
    harness.api.removePod('web');
    addIncarnation('2030-01-01T00:00:01.000Z', stays);
    await harness.pass(200);
    harness.api.changePod('web', (pod) => ({ ...pod, labels: { changed: 'yes' } }));
    harness.api.requestDeletion('web', 1);
    await harness.pass(10_000);
    expect(harness.api.pods.size).toBe(0);
    expect(harness.state.containers.size).toBe(0);
  });

  it('of the same incarnation is adopted as ever', async () => {
    await harness.start();
    addIncarnation('2030-01-01T00:00:00.000Z');
    await harness.pass(1_000);
    const before = running();
    await harness.stop();
    await harness.start();
    await harness.pass(3_000);
    expect(running()).toEqual(before);
    expect(restartCountOf(harness.api.pod('web'))).toBe(1);
  });
});
