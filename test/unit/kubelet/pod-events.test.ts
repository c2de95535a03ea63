import type { ContainerState, ContainerStatus, PodStatus } from '../../../src/api/pod';
import { ApiError } from '../../../src/errors/api-error';
import { podEvents } from '../../../src/kubelet/pod-events';
import { KubeletHarness } from '../../support/kubelet-harness';
import { aContainer, aPod } from '../../support/builders';

const at = (second: number): string => new Date(Date.UTC(2024, 0, 1, 0, 0, second)).toISOString();
const waiting = (reason: string, message: string | null = null, nextAttemptAt: string | null = null): ContainerState => ({ kind: 'ContainerWaiting', reason, message, nextAttemptAt });
const running = (second: number): ContainerState => ({ kind: 'ContainerRunning', startedAt: at(second) });
const ended = (second: number) => ({ kind: 'ContainerTerminated' as const, exitCode: 1, signal: null, reason: 'Error', message: null, startedAt: at(second), finishedAt: at(second + 1) });

const pod = aPod({ name: 'web', spec: { containers: [aContainer({ name: 'main', image: 'app:1' })] } });
function status(state: ContainerState, overrides: Partial<ContainerStatus> = {}): PodStatus {
  const container: ContainerStatus = { name: 'main', image: 'app:1', imageID: null, containerID: null, ready: false, started: null, restartCount: 0, state, lastState: null, ...overrides };
  return { ...pod.status, containerStatuses: [container] };
}
const told = (before: PodStatus, after: PodStatus) => podEvents({ pod, before, after, actions: [] }).map(({ type, reason, message }) => `${type} ${reason}: ${message}`);

describe('what happened between two statuses', () => {
  it('nothing, if nothing did', () => {
    expect(told(status(running(1)), status(running(1)))).toEqual([]);
    expect(told(pod.status, status(waiting('ContainerCreating')))).toEqual([]);
  });

  it('an image is fetched, or cannot be', () => {
    const pulling = status(waiting('ContainerCreating', 'pulling image app:1'));
    expect(told(status(waiting('ContainerCreating')), pulling)).toEqual(['NORMAL Pulling: pulling image app:1']);
    expect(told(pulling, status(waiting('ContainerCreating')))).toEqual(['NORMAL Pulled: pulled image app:1']);
    expect(told(pulling, status(waiting('ErrImagePull', 'no such image', at(9))))).toEqual(['WARNING Failed: cannot pull image app:1: no such image']);
    expect(told(pulling, status(waiting('ImagePullBackOff', 'no such image', at(9))))).toEqual(['WARNING BackOff: waits before image app:1 is pulled again', 'WARNING Failed: cannot pull image app:1: no such image']);
  });

  it('a container starts, also when it has ended by the time anybody looks', () => {
    const started = ['NORMAL Created: created container main', 'NORMAL Started: started container main'];
    expect(told(status(waiting('ContainerCreating')), status(running(1)))).toEqual(started);
    expect(told(status(waiting('ContainerCreating')), status(ended(1)))).toEqual(started);
    expect(told(status(running(1)), status(ended(1)))).toEqual([]);
    expect(told(status(ended(1)), status(running(5), { lastState: ended(1), restartCount: 1 }))).toEqual(started);
    expect(told(status(ended(1)), status(waiting('ContainerCreating'), { lastState: ended(1), restartCount: 1 }))).toEqual([]);
  });

  it('another sandbox is made for what has run', () => {
    const sandboxTold = (before: PodStatus) => podEvents({ pod, before, after: before, actions: [{ do: 'ensureSandbox', containers: [] }] }).map(({ reason }) => reason);
    expect(sandboxTold(pod.status)).toEqual([]);
    expect(sandboxTold(status(waiting('ContainerCreating')))).toEqual([]);
    expect(sandboxTold(status(waiting('CrashLoopBackOff', 'ended', at(2)), { lastState: ended(1) }))).toEqual(['SandboxChanged']);
  });

  it('a container waits for its next start; the first restart waits for nothing', () => {
    const crashed = (next: number) => status(waiting('CrashLoopBackOff', 'ended', at(next)), { lastState: ended(1) });
    expect(told(status(running(1)), crashed(2))).toEqual([]);
    expect(told(status(running(1)), crashed(4))).toEqual(['WARNING BackOff: waits before container main is started again']);
    expect(told(crashed(4), crashed(4))).toEqual([]);
  });

  it('a container cannot be started, or the pod is past its deadline', () => {
    expect(told(status(waiting('ContainerCreating')), status(waiting('StartError', 'no such file', at(9))))).toEqual(['WARNING Failed: cannot start container main: no such file']);
    expect(told(status(running(1)), { ...status(running(1)), reason: 'DeadlineExceeded', message: 'ran for too long' })).toEqual(['WARNING DeadlineExceeded: the pod ran for too long']);
  });
});

describe('a kubelet', () => {
  let kubelet: KubeletHarness;
  beforeEach(async () => {
    kubelet = new KubeletHarness();
    await kubelet.start();
  });
  afterEach(() => kubelet.stop());
  const failing = { exec: { command: ['true'] }, httpGet: null, tcpSocket: null, initialDelaySeconds: 1, periodSeconds: 1, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 2 };
  const reasons = () => kubelet.api.eventCalls.map((call) => call.map(({ reason, count }) => `${reason} ${count}`));

  it('tells of the start of a pod in one call, and of its end in another', async () => {
    kubelet.api.addPod({ name: 'web' });
    await kubelet.pass(2_000);
    expect(reasons()).toEqual([['Created 1', 'Started 1']]);
    kubelet.api.requestDeletion('web');
    await kubelet.pass(2_000);
    expect(reasons().slice(1)).toEqual([['Killing 1']]);
  });

  it('sends again, once, what could not be sent, and goes on after a refusal', async () => {
    kubelet.api.failNext('RecordEvents', new Error('lost'));
    kubelet.api.addPod({ name: 'web' });
    await kubelet.pass(3_000);
    expect(reasons()).toEqual([['Created 1', 'Started 1']]);
    kubelet.api.failNext('RecordEvents', new ApiError('FORBIDDEN', 'no'));
    kubelet.api.addPod({ name: 'refused' });
    await kubelet.pass(3_000);
    kubelet.api.addPod({ name: 'later' });
    await kubelet.pass(3_000);
    expect(reasons()).toHaveLength(2);
  });

  it('counts what happens again, and says when a container waits for its next start', async () => {
    kubelet.api.addPod({ name: 'crashing', annotations: { 'fake.podql.io/main': '[{"exit": 1}]' } });
    await kubelet.pass(20_000);
    const counts = new Map<string, number>();
    for (const { reason, count } of kubelet.api.eventCalls.flat()) counts.set(reason, (counts.get(reason) ?? 0) + count);
    expect(Object.fromEntries(counts)).toEqual({ Created: 6, Started: 6, BackOff: 5 });
  });

  it.each([
    ['startup', { startupProbe: failing }, ['Unhealthy 1', 'Killing 1']],
    ['liveness', { livenessProbe: failing }, ['Unhealthy 1', 'Killing 1']],
    ['readiness', { readinessProbe: failing }, ['Unhealthy 1']],
  ])('says which probe failed, and what it saw: %s', async (kind, probes, wanted) => {
    const annotations = { 'fake.podql.io/main': '[{"run": "forever", "exec": 3, "stopMs": 60000}]' };
    kubelet.api.addPod({ name: 'web', annotations, spec: { containers: [aContainer({ name: 'main', ...probes })] } });
    await kubelet.pass(30_000);
    expect(reasons().flat()).toEqual(['Created 1', 'Started 1', ...wanted]);
    expect(kubelet.api.eventCalls.flat()[2]).toMatchObject({ type: 'WARNING', message: `the ${kind} probe of container main failed: the command left with exit code 3` });
  });
});
