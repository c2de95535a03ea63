import type { PodSpec } from '../../../src/api/pod';
import { conditionOf } from '../../../src/api/meta';
import { baseStatus } from '../../../src/kubelet/status';
import { aContainer, aContainerStatus, aMoment, aPod, aPodStatus } from '../../support/builders';
import { PodSimulation } from '../../support/pod-simulation';

function simulate(spec: Partial<PodSpec> = {}): PodSimulation {
  return new PodSimulation(aPod({ spec: { nodeName: 'node-a', ...spec } }));
}

const web = aContainer({ name: 'web' });
const sidecar = aContainer({ name: 'side', restartPolicy: 'ALWAYS' });

function delete_(pod: PodSimulation, graceSeconds = 30): void {
  pod.pod = { ...pod.pod, deletionTimestamp: new Date(pod.now).toISOString(), deletionGracePeriodSeconds: graceSeconds };
}

describe('starting a pod', () => {
  it('makes the sandbox, then the container with what a later kubelet needs to know', () => {
    const pod = simulate({ containers: [web] });
    const { actions, status } = pod.plan();
    expect(actions.map((action) => action.do)).toEqual(['ensureSandbox', 'run']);
    expect(actions[1]).toMatchObject({
      identity: { podUid: pod.pod.uid, containerName: 'web', attempt: 0, init: false },
      notes: { step: '0', generation: '1', specHash: expect.stringMatching(/^[0-9a-f]{16}$/) as unknown, podCreated: pod.pod.creationTimestamp },
    });
    expect(status).toMatchObject({ phase: 'PENDING', containerStatuses: [{ restartCount: 0, state: { reason: 'ContainerCreating' } }] });
  });

  it('removes what a call that was given up made beside the run of the same attempt, whichever is seen first', () => {
    const pod = simulate({ containers: [web] });
    pod.settle();
    const [runs] = pod.records;
    const late = { ...runs!, id: 'late', phase: 'created' as const, startedAt: null, containerID: null };
    for (const records of [[late, runs!], [runs!, late]]) {
      pod.records = records;
      expect(pod.plan().actions).toMatchObject([{ do: 'remove', record: { id: 'late' } }]);
    }
  });

  it('starts what an earlier kubelet created and did not start', () => {
    const pod = simulate({ containers: [web] });
    pod.settle();
    pod.records = pod.records.map((record) => ({ ...record, phase: 'created', startedAt: null }));
    expect(pod.plan().actions).toMatchObject([{ do: 'start', record: { id: 'web_0' } }]);
  });

  it('runs init containers one by one, each to its end, before the others', () => {
    const pod = simulate({ containers: [web], initContainers: [aContainer({ name: 'one' }), aContainer({ name: 'two' })] });
    pod.settle();
    expect([...pod.runs.keys()]).toEqual(['one']);
    expect(pod.status('web')?.state).toMatchObject({ reason: 'PodInitializing' });
    expect(conditionOf(pod.base.conditions, 'Initialized')).toMatchObject({ status: 'FALSE', message: 'not completed: one, two' });
    pod.exitLatest('one', 0);
    pod.settle();
    expect([...pod.runs.keys()]).toEqual(['one', 'two']);
    pod.exitLatest('two', 0);
    pod.settle();
    expect([...pod.runs.keys()]).toEqual(['one', 'two', 'web']);
    expect(pod.base.phase).toBe('RUNNING');
    expect(conditionOf(pod.base.conditions, 'Initialized')?.status).toBe('TRUE');
  });

  it('under ALWAYS repeats an init container that fails, and never starts the others', () => {
    const pod = simulate({ containers: [web], initContainers: [aContainer({ name: 'one' })] });
    for (let run = 0; run < 3; run += 1) {
      pod.settle();
      pod.exitLatest('one', 1);
      pod.now += 60_000;
    }
    pod.settle();
    expect(pod.runs.get('one')).toEqual([0, 1, 2, 3]);
    expect(pod.status('one')?.restartCount).toBe(3);
    expect(pod.runs.has('web')).toBe(false);
    expect(pod.base.phase).toBe('PENDING');
  });

  it('under NEVER fails with the first init container that fails', () => {
    const pod = simulate({ restartPolicy: 'NEVER', containers: [web], initContainers: [aContainer({ name: 'one' })] });
    pod.settle();
    pod.exitLatest('one', 1);
    pod.settle();
    expect(pod.base.phase).toBe('FAILED');
    expect([...pod.runs.keys()]).toEqual(['one']);
  });

  it('does not start a container again before its hold is over', () => {
    const pod = simulate({ containers: [web] });
    const { actions } = pod.plan();
    const specHash = actions[1]?.do === 'run' ? (actions[1].notes['specHash'] ?? '') : '';
    const hold = { specHash, reason: 'ErrImageNeverPull', message: 'not here', since: pod.now, until: pod.now + 5_000, failures: 1, refused: true };
    const plan = pod.plan({ holds: new Map([['web', hold]]) });
    expect(plan).toMatchObject({ actions: [], wakeAt: pod.now + 5_000 });
    expect(plan.status).toMatchObject({ phase: 'PENDING', containerStatuses: [{ state: { reason: 'ErrImageNeverPull', message: 'not here', nextAttemptAt: null } }] });
    expect(pod.plan({ holds: new Map([['web', { ...hold, specHash: 'another' }]]) }).actions).toHaveLength(2);
  });
});

describe('keeping a pod running', () => {
  it('shows the wait after the second exit, and when the next run comes', () => {
    const pod = simulate({ containers: [web] });
    pod.settle();
    pod.exitLatest('web', 1);
    pod.settle();
    expect(pod.status('web')).toMatchObject({ restartCount: 1, started: true, state: { kind: 'ContainerRunning' }, lastState: { exitCode: 1 } });
    pod.exitLatest('web', 3);
    const plan = pod.settle();
    expect(plan.wakeAt).toBe(pod.now + 1_000);
    expect(pod.base.phase).toBe('RUNNING');
    expect(pod.status('web')).toMatchObject({
      ready: false,
      started: null,
      restartCount: 1,
      state: { kind: 'ContainerWaiting', reason: 'CrashLoopBackOff', nextAttemptAt: new Date(pod.now + 1_000).toISOString() },
      lastState: { exitCode: 3 },
    });
    pod.now += 999;
    expect(pod.settle().actions).toEqual([]);
    expect(pod.runs.get('web')).toEqual([0, 1]);
    pod.now += 1;
    pod.settle();
    expect(pod.runs.get('web')).toEqual([0, 1, 2]);
  });

  it('a changed spec ends the wait and the series of waits', () => {
    const pod = simulate({ containers: [web] });
    for (let n = 0; n < 6; n += 1) {
      pod.settle();
      pod.exitLatest('web', 1);
      pod.now += 60_000;
    }
    pod.settle();
    pod.exitLatest('web', 1);
    pod.settle();
    expect(pod.status('web')?.state).toMatchObject({ reason: 'CrashLoopBackOff' });
    pod.pod = { ...pod.pod, generation: 2, spec: { ...pod.pod.spec, containers: [{ ...web, image: 'better' }] } };
    pod.settle();
    expect(pod.running('web')).toHaveLength(1);
    expect(pod.base.observedGeneration).toBe(2);
    pod.exitLatest('web', 1);
    pod.settle();
    expect(pod.running('web')).toHaveLength(1);
    pod.exitLatest('web', 1);
    expect(pod.settle().wakeAt).toBe(pod.now + 1_000);
  });

  it.each([
    [0, [4]],
    [1, [3, 4]],
    [3, [1, 2, 3, 4]],
  ])('keeps the latest run and %i dead ones before it, and removes older ones', (deadContainers, kept) => {
    const pod = simulate({ containers: [web] });
    pod.deadContainers = deadContainers;
    for (let n = 0; n < 4; n += 1) {
      pod.settle();
      pod.exitLatest('web', 1);
      pod.now += 60_000;
    }
    pod.settle();
    expect(pod.records.map((record) => record.identity.attempt)).toEqual(kept);
    expect(pod.status('web')).toMatchObject({ restartCount: 4, lastState: { exitCode: 1 } });
  });

  it('replaces a running container whose image changed, also under NEVER', () => {
    const pod = simulate({ restartPolicy: 'NEVER', containers: [web] });
    pod.settle();
    pod.pod = { ...pod.pod, generation: 2, spec: { ...pod.pod.spec, containers: [{ ...web, image: 'better' }] } };
    pod.settle();
    expect(pod.stoppingNames()).toEqual(['web']);
    expect(pod.runs.get('web')).toEqual([0]);
    pod.finishStops(143);
    pod.settle();
    expect(pod.runs.get('web')).toEqual([0, 1]);
    expect(pod.base.phase).toBe('RUNNING');
    expect(pod.status('web')).toMatchObject({ image: 'better', restartCount: 1, lastState: { exitCode: 143 } });
  });

  it.each([
    ['ALWAYS', true],
    ['ON_FAILURE', true],
    ['NEVER', false],
  ] as const)('ends a container whose liveness probe failed; under %s it comes again: %s', (restartPolicy, comesAgain) => {
    const pod = simulate({ restartPolicy, containers: [web] });
    pod.settle();
    pod.probes.set('web_0', { started: true, ready: true, failure: 'its liveness probe failed' });
    pod.settle();
    expect(pod.stoppingNames()).toEqual(['web']);
    pod.finishStops(0);
    pod.settle();
    expect(pod.runs.get('web')).toEqual(comesAgain ? [0, 1] : [0]);
    expect(pod.base.phase).toBe(comesAgain ? 'RUNNING' : 'SUCCEEDED');
    const status = pod.status('web');
    expect(comesAgain ? status?.lastState : status?.state).toMatchObject({ exitCode: 0, message: 'its liveness probe failed' });
    pod.accept();
    pod.restartKubelet();
    pod.settle();
    expect(pod.status('web')).toEqual(status);
  });

  it('is ready when each container is started and its readiness probe says so', () => {
    const probe = { exec: { command: ['true'] }, httpGet: null, tcpSocket: null, initialDelaySeconds: 0, periodSeconds: 1, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 1 };
    const pod = simulate({ containers: [aContainer({ name: 'web', readinessProbe: probe }), aContainer({ name: 'other' })] });
    pod.settle();
    expect(conditionOf(pod.base.conditions, 'Ready')).toMatchObject({ status: 'FALSE', reason: 'ContainersNotReady', message: 'not ready: web' });
    pod.probes.set('web_0', { started: false, ready: false, failure: null });
    pod.settle();
    expect(pod.status('web')).toMatchObject({ started: false, ready: false });
    pod.now += 5_000;
    pod.probes.set('web_0', { started: true, ready: true, failure: null });
    pod.settle();
    expect(conditionOf(pod.base.conditions, 'Ready')).toMatchObject({ status: 'TRUE', lastTransitionTime: new Date(pod.now).toISOString() });
    const since = conditionOf(pod.base.conditions, 'PodScheduled')?.lastTransitionTime;
    expect(since).toBe(new Date(pod.now - 5_000).toISOString());
  });
});

describe('sidecars', () => {
  it('start in their turn, stay beside the others, come again after an exit, and end after them from the last to the first', () => {
    const other = aContainer({ name: 'side2', restartPolicy: 'ALWAYS' });
    const pod = simulate({ restartPolicy: 'NEVER', containers: [web], initContainers: [sidecar, aContainer({ name: 'one' }), other] });
    pod.settle();
    expect([...pod.runs.keys()]).toEqual(['side', 'one']);
    pod.exitLatest('one', 0);
    pod.settle();
    expect([...pod.runs.keys()]).toEqual(['side', 'one', 'side2', 'web']);
    pod.exitLatest('side', 1);
    pod.settle();
    expect(pod.runs.get('side')).toEqual([0, 1]);
    pod.exitLatest('web', 0);
    pod.settle();
    expect(pod.base.phase).toBe('RUNNING');
    expect(pod.stoppingNames()).toEqual(['side2']);
    pod.finishStops(143);
    pod.settle();
    expect(pod.stoppingNames()).toEqual(['side']);
    pod.finishStops(143);
    pod.settle();
    expect(pod.base.phase).toBe('SUCCEEDED');
    expect(pod.running()).toEqual([]);
  });

  it('hold back what comes after them until their startup probe has passed', () => {
    const probe = { exec: { command: ['true'] }, httpGet: null, tcpSocket: null, initialDelaySeconds: 0, periodSeconds: 1, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 1 };
    const pod = simulate({ containers: [web], initContainers: [{ ...sidecar, startupProbe: probe }] });
    pod.settle();
    expect(pod.runs.has('web')).toBe(false);
    pod.probes.set('side_0', { started: true, ready: true, failure: null });
    pod.settle();
    expect(pod.running('web')).toHaveLength(1);
  });
});

describe('the end of a pod', () => {
  it('a finished pod is started no more, and its last run stays until the object goes', () => {
    const pod = simulate({ restartPolicy: 'ON_FAILURE', containers: [web] });
    pod.settle();
    pod.exitLatest('web', 0);
    pod.settle();
    pod.accept();
    pod.now += 3_600_000;
    expect(pod.settle()).toMatchObject({ actions: [], wakeAt: null });
    expect(pod.base).toMatchObject({ phase: 'SUCCEEDED', containerStatuses: [{ state: { kind: 'ContainerTerminated', exitCode: 0 } }] });
    expect(conditionOf(pod.base.conditions, 'Ready')).toMatchObject({ status: 'FALSE', reason: 'PodCompleted' });
    expect(pod.records).toHaveLength(1);
  });

  it('deletion asks containers to end within what is left of the grace, reports the end, then lets the object go', () => {
    const pod = simulate({ containers: [web] });
    pod.settle();
    delete_(pod);
    pod.now += 10_000;
    expect(pod.plan().actions).toMatchObject([{ do: 'stop', deadline: pod.now + 20_000 }]);
    pod.settle();
    expect(pod.base.phase).toBe('RUNNING');
    pod.finishStops(143);
    pod.settle();
    expect(pod.base).toMatchObject({ phase: 'FAILED', containerStatuses: [{ state: { exitCode: 143 } }] });
    expect(pod.deletePodAsked).toBe(false);
    pod.accept();
    pod.settle();
    expect(pod.deletePodAsked).toBe(true);
    expect(pod.records).toHaveLength(1);
  });

  it('a shorter grace shortens a stop that is under way; a longer one does not', () => {
    const pod = simulate({ containers: [web], terminationGracePeriodSeconds: 100 });
    pod.settle();
    delete_(pod, 100);
    pod.settle();
    delete_(pod, 5);
    expect(pod.plan().actions).toMatchObject([{ do: 'stop', deadline: pod.now + 5_000 }]);
    pod.settle();
    delete_(pod, 50);
    expect(pod.plan().actions).toEqual([]);
  });

  it('a pod whose grace is long over is still asked before it is killed', () => {
    const pod = simulate({ containers: [web] });
    pod.settle();
    delete_(pod, 1);
    pod.now += 3_600_000;
    expect(pod.plan().actions).toMatchObject([{ do: 'stop', deadline: pod.now + 1_000 }]);
  });

  it('deletion while it waits for its next run ends at once, with the last exit as its state', () => {
    const pod = simulate({ containers: [web] });
    for (let n = 0; n < 2; n += 1) {
      pod.settle();
      pod.exitLatest('web', 1);
    }
    pod.settle();
    delete_(pod);
    pod.settle();
    expect(pod.base).toMatchObject({ phase: 'FAILED', containerStatuses: [{ state: { kind: 'ContainerTerminated', exitCode: 1 } }] });
  });

  it('a pod that never started is FAILED before it goes', () => {
    const pod = simulate({ containers: [web] });
    delete_(pod);
    pod.settle();
    expect(pod.base.phase).toBe('FAILED');
    pod.accept();
    pod.settle();
    expect(pod.deletePodAsked).toBe(true);
    expect(pod.runs.size).toBe(0);
  });

  it('is past its deadline: everything is ended, then FAILED with the reason', () => {
    const pod = simulate({ containers: [web], activeDeadlineSeconds: 30 });
    expect(pod.settle().wakeAt).toBe(pod.now + 30_000);
    pod.now += 30_000;
    pod.settle();
    expect(pod.base).toMatchObject({ phase: 'RUNNING', reason: null });
    expect(pod.stoppingNames()).toEqual(['web']);
    pod.finishStops(0);
    pod.settle();
    expect(pod.base).toMatchObject({ phase: 'FAILED', reason: 'DeadlineExceeded' });
    pod.accept();
    pod.restartKubelet();
    pod.settle();
    expect(pod.base).toMatchObject({ phase: 'FAILED', reason: 'DeadlineExceeded' });
  });

  it('ended by itself before its deadline: that is what counts, however late the kubelet looks', () => {
    const pod = simulate({ restartPolicy: 'NEVER', containers: [web], activeDeadlineSeconds: 30 });
    pod.settle();
    pod.now += 29_000;
    pod.exitLatest('web', 0);
    pod.now += 3_600_000;
    pod.settle();
    expect(pod.base).toMatchObject({ phase: 'SUCCEEDED', reason: null });
  });
});

describe('a pod that others have ended', () => {
  it('is ended here too, and stays as they said', () => {
    const pod = simulate({ containers: [web] });
    pod.settle();
    pod.pod = { ...pod.pod, status: aPodStatus({ phase: 'FAILED', reason: 'NodeLost', message: 'silent too long' }) };
    pod.base = baseStatus(pod.base, pod.pod.status);
    pod.settle();
    expect(pod.stoppingNames()).toEqual(['web']);
    pod.finishStops(0);
    pod.settle();
    expect(pod.base).toMatchObject({ phase: 'FAILED', reason: 'NodeLost', message: 'silent too long', containerStatuses: [{ state: { exitCode: 0 } }] });
    expect(pod.runs.get('web')).toEqual([0]);
  });
});

describe('a runtime that shows two runs of one container', () => {
  it('the older one is ended first; until then none is started', () => {
    const pod = simulate({ containers: [web] });
    pod.settle();
    const [first] = pod.records;
    if (!first) throw new Error('it runs');
    pod.records = [first, { ...first, id: 'web_1', identity: { ...first.identity, attempt: 1 } }];
    pod.exit('web_1', 1);
    pod.settle();
    expect(pod.stoppingNames()).toEqual(['web']);
    expect(pod.running('web').map((record) => record.id)).toEqual(['web_0']);
    pod.finishStops(143);
    pod.settle();
    expect(pod.running('web').map((record) => record.id)).toEqual(['web_2']);
  });
});

describe('a runtime that lost its containers', () => {
  const reported = aPodStatus({
    phase: 'RUNNING',
    startTime: aMoment,
    containerStatuses: [aContainerStatus({ name: 'web', restartCount: 4, lastState: null })],
  });

  it('under NEVER what was reported as running is not run again: FAILED, with what is known', () => {
    const pod = new PodSimulation(aPod({ spec: { restartPolicy: 'NEVER', containers: [web] }, status: reported }));
    pod.settle();
    expect(pod.runs.size).toBe(0);
    expect(pod.base).toMatchObject({ phase: 'FAILED', containerStatuses: [{ restartCount: 4, state: { exitCode: 137, reason: 'ContainerStatusUnknown' } }] });
  });

  it('under NEVER what nobody reported is not run again either, if the runtime knows that it was started', () => {
    const pod = simulate({ restartPolicy: 'NEVER', containers: [web] });
    pod.settle();
    pod.restartKubelet();
    pod.records = pod.records.map((record) => ({ ...record, phase: 'exited', startedAt: null, exit: null }));
    pod.settle();
    expect(pod.runs.get('web')).toEqual([0]);
    expect(pod.base).toMatchObject({ phase: 'FAILED', containerStatuses: [{ restartCount: 0, state: { exitCode: 137, reason: 'ContainerStatusUnknown' } }] });
  });

  it.each(['ALWAYS', 'ON_FAILURE'] as const)('under %s it is run again, and counted on', (restartPolicy) => {
    const pod = new PodSimulation(aPod({ spec: { restartPolicy, containers: [web] }, status: reported }));
    pod.settle();
    expect(pod.runs.get('web')).toEqual([5]);
    expect(pod.status('web')).toMatchObject({ restartCount: 5, lastState: { reason: 'ContainerStatusUnknown' } });
  });

  it('runs init containers again, since their sandbox is gone too', () => {
    const pod = simulate({ containers: [web], initContainers: [aContainer({ name: 'one' })] });
    pod.settle();
    pod.exitLatest('one', 0);
    pod.settle();
    pod.accept();
    pod.loseRuntime();
    pod.settle();
    expect(pod.running().map((record) => record.id)).toEqual(['one_1']);
    pod.exitLatest('one', 0);
    pod.settle();
    expect(pod.running().map((record) => record.id)).toEqual(['web_1']);
  });
});
