import type { PodStatus } from '../../../src/api/pod';
import { silentLogger } from '../../../src/base/logger';
import { ApiError } from '../../../src/errors/api-error';
import { StatusReporter } from '../../../src/kubelet/status-reporter';
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

beforeEach(() => {
  clock = new FakeClock();
  api = new FakeControlPlane(clock);
  accepted = [];
  ending = new AbortController();
  reporter = new StatusReporter({ client: api, nodeName: 'node-a', clock, identity: steadyIdentity, logger: silentLogger, onAccepted: (uid) => accepted.push(uid) });
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
});
