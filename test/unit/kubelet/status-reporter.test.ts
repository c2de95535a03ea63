import type { Pod, PodStatus } from '../../../src/api/pod';
import { silentLogger } from '../../../src/base/logger';
import { ApiError } from '../../../src/errors/api-error';
import { StatusReporter } from '../../../src/kubelet/status-reporter';
import { defaultLimits } from '../../../src/server/options';
import { aCondition, aPodStatus } from '../../support/builders';
import { FakeClock, settle } from '../../support/fake-clock';
import { FakeControlPlane } from '../../support/fake-control-plane';
import { Gate } from '../../support/gate';
import { steadyIdentity } from '../../support/kubelet-harness';

let clock: FakeClock;
let api: FakeControlPlane;
let reporter: StatusReporter;
let accepted: string[];
let ending: AbortController;
let running: Promise<void>;
let logged: [level: string, message: string, fields?: object][];

beforeEach(() => {
  clock = new FakeClock();
  api = new FakeControlPlane(clock);
  accepted = [];
  logged = [];
  ending = new AbortController();
  const say = (level: string) => (message: string, fields?: object) => void logged.push([level, message, fields]);
  const logger = { ...silentLogger, warn: say('warn'), error: say('error') };
  reporter = new StatusReporter({ client: api, nodeName: 'node-a', clock, identity: steadyIdentity, logger, onAccepted: (uid) => accepted.push(uid) });
  running = reporter.run(ending.signal);
});

afterEach(async () => {
  ending.abort();
  await running;
});

async function quiet(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await settle();
}

/** What arrives at the API is done; its answers wait at the gate. */
function holdAnswers(): Gate {
  const gate = new Gate();
  const mutate = api.mutate.bind(api);
  api.mutate = async (operation, variables) => {
    const answer = await mutate(operation, variables);
    await gate.wait();
    return answer;
  };
  return gate;
}

function namesOf(calls: FakeControlPlane['statusCalls']): string[] {
  return calls.map((call) => call.map(({ name }) => name).join(' '));
}

const started: PodStatus = aPodStatus({ phase: 'RUNNING', hostIP: '10.0.0.7' });

describe('reporting the status of pods', () => {
  it('sends a status once, and says when it is taken', async () => {
    const pod = api.addPod({ name: 'a' });
    reporter.report(pod, started);
    await quiet();
    reporter.report(api.pod('a'), started);
    reporter.report(api.pod('a'), { ...started });
    await quiet();
    expect(api.statusCalls).toHaveLength(1);
    expect(api.pod('a').status).toEqual(started);
    expect(reporter.acceptedStatus(pod.uid)).toEqual(started);
    expect(accepted).toContain(pod.uid);
  });

  it('sends nothing that the API has already, and takes it for accepted', async () => {
    const pod = api.addPod({ name: 'a', status: started });
    reporter.report(pod, started);
    await quiet();
    expect(api.statusCalls).toEqual([]);
    expect(reporter.acceptedStatus(pod.uid)).toEqual(started);
    expect(accepted).toEqual([pod.uid]);
  });

  it('sends what is due at one moment in one call, for each pod only the latest', async () => {
    const pods = ['a', 'b', 'c'].map((name) => api.addPod({ name }));
    for (const reason of ['one', 'two']) pods.forEach((pod) => reporter.report(pod, { ...started, reason }));
    await quiet();
    expect(api.statusCalls.map((call) => call.map(({ name, status }) => `${name} ${status.reason}`))).toEqual([['a two', 'b two', 'c two']]);
  });

  it('sends again until it is taken; what is newer by then replaces it', async () => {
    const pod = api.addPod({ name: 'a' });
    api.goDown();
    reporter.report(pod, { ...started, reason: 'old' });
    await clock.advance(30_000);
    reporter.report(pod, { ...started, reason: 'new' });
    api.comeUp();
    await clock.advance(10_000);
    expect(api.statusCalls.flat().map(({ status }) => status.reason)).toEqual(['new']);
    expect(api.pod('a').status.reason).toBe('new');
  });

  it('sends again when it is not known whether the call arrived', async () => {
    const pod = api.addPod({ name: 'a' });
    api.failNext('UpdatePodStatuses', new ApiError('TIMEOUT', 'no answer', { outcome: 'unknown' }));
    reporter.report(pod, started);
    await clock.advance(1_000);
    expect(api.pod('a').status).toEqual(started);
  });

  it('sends again when somebody else has changed the status, and not when its own echo comes late', async () => {
    const first = api.addPod({ name: 'a' });
    reporter.report(first, started);
    await quiet();
    const echo = api.pod('a');
    const next = { ...started, reason: 'next' };
    reporter.report(first, next);
    await quiet();
    reporter.report(echo, next);
    await quiet();
    expect(api.statusCalls).toHaveLength(2);
    const lost = api.changePod('a', (pod) => ({ ...pod, status: { ...pod.status, conditions: [aCondition('Ready', { status: 'UNKNOWN' })] } }));
    reporter.report(lost, next);
    await quiet();
    expect(api.statusCalls).toHaveLength(3);
    expect(api.pod('a').status).toEqual(next);
  });

  it('sends again when the API has an older status of its own again, as after a restore', async () => {
    const pod = api.addPod({ name: 'a' });
    const next = { ...started, reason: 'next' };
    for (const status of [started, next]) {
      reporter.report(api.pod('a'), status);
      await quiet();
      reporter.report(api.pod('a'), status);
    }
    expect(api.statusCalls).toHaveLength(2);
    api.changePod('a', (object) => ({ ...object, status: started }));
    reporter.report(api.pod('a'), next);
    await quiet();
    expect(api.statusCalls).toHaveLength(3);
    expect(api.pod('a').status).toEqual(next);
    reporter.report(api.pod('a'), next);
    await quiet();
    expect(api.statusCalls).toHaveLength(3);
    expect(reporter.acceptedStatus(pod.uid)).toEqual(next);
  });

  it('sends again when somebody else changes the status after the API took it and before it could say so', async () => {
    const pod = api.addPod({ name: 'a' });
    const answer = holdAnswers();
    reporter.report(pod, started);
    await answer.reached();
    const lost = api.changePod('a', ({ status, ...rest }) => ({ ...rest, status: { ...status, conditions: [aCondition('Ready', { status: 'FALSE' })] } }));
    reporter.report(lost, started);
    answer.open();
    await quiet();
    expect(api.statusCalls).toHaveLength(2);
    expect(api.pod('a').status).toEqual(started);
    expect(reporter.acceptedStatus(pod.uid)).toEqual(started);
    reporter.report(api.pod('a'), started);
    await quiet();
    expect(api.statusCalls).toHaveLength(2);
  });

  it('gives up on a pod that is gone, also when another has its name', async () => {
    const old = api.addPod({ name: 'a' });
    api.removePod('a');
    const other = api.addPod({ name: 'a' });
    reporter.report(old, started);
    await clock.advance(60_000);
    expect(api.statusCalls).toHaveLength(1);
    expect(api.pod('a').status).toEqual(other.status);
    expect(reporter.acceptedStatus(old.uid)).toBeNull();
  });

  it('goes on with the others when one is refused, which is sent again later and later until it is taken', async () => {
    const [bad, good] = ['bad', 'good'].map((name) => api.addPod({ name })) as [Pod, Pod];
    api.refusedStatuses.set('bad', 'INTERNAL_SERVER_ERROR');
    reporter.report(bad, started);
    reporter.report(good, started);
    await quiet();
    expect(reporter.acceptedStatus(good.uid)).toEqual(started);
    reporter.report(good, { ...started, reason: 'next' });
    await quiet();
    expect(namesOf(api.statusCalls)).toEqual(['bad good', 'good']);
    await clock.advance(60_000);
    const tries = namesOf(api.statusCalls).slice(2);
    expect(new Set(tries)).toEqual(new Set(['bad']));
    expect(tries.length).toBeGreaterThan(5);
    expect(tries.length).toBeLessThan(15);
    api.refusedStatuses.clear();
    await clock.advance(10_000);
    expect(reporter.acceptedStatus(bad.uid)).toEqual(started);
    const calls = api.statusCalls.length;
    await clock.advance(60_000);
    expect(api.statusCalls).toHaveLength(calls);
  });

  it('sends another status of a pod that was refused at once', async () => {
    const pod = api.addPod({ name: 'a' });
    api.refusedStatuses.set('a', 'INVALID');
    reporter.report(pod, started);
    await clock.advance(60_000);
    api.refusedStatuses.clear();
    const next = { ...started, reason: 'next' };
    reporter.report(pod, next);
    await quiet();
    expect(reporter.acceptedStatus(pod.uid)).toEqual(next);
  });

  it('sends in one call no more than the server takes', async () => {
    const bells = '\u0007'.repeat(4_096);
    const pods = Array.from({ length: 110 }, (_, n) => api.addPod({ name: `pod-${n}` }));
    api.largestCall = defaultLimits.bodyBytes;
    for (const pod of pods) reporter.report(pod, { ...started, message: bells, reason: bells });
    await quiet();
    expect(pods.map(({ uid }) => reporter.acceptedStatus(uid)?.message)).toEqual(pods.map(() => bells));
    expect(api.statusCalls.length).toBeLessThan(10);
  });

  it('finds the one for which a whole call is refused, and goes on without it', async () => {
    const pods = Array.from({ length: 9 }, (_, n) => api.addPod({ name: `pod-${n}` }));
    api.largestCall = 20_000;
    pods.forEach((pod, n) => reporter.report(pod, n === 4 ? { ...started, message: 'x'.repeat(30_000) } : started));
    for (let turn = 0; turn < 10; turn += 1) await quiet();
    expect(pods.filter(({ uid }) => reporter.acceptedStatus(uid)?.phase !== 'RUNNING').map(({ name }) => name)).toEqual(['pod-4']);
    expect(logged).toEqual([['error', 'the API refused the status of a pod; trying again', expect.objectContaining({ name: 'pod-4' })]]);
    await clock.advance(60_000);
    expect(logged.filter(([level]) => level === 'error')).toHaveLength(1);
    api.largestCall = Infinity;
    await clock.advance(10_000);
    expect(reporter.acceptedStatus(pods[4]!.uid)?.phase).toBe('RUNNING');
  });
});
