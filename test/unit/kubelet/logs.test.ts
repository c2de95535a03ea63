import { RuntimeError } from '../../../src/kubelet/runtime/runtime';
import { textsOf } from '../../support/fake-control-plane';
import { KubeletHarness } from '../../support/kubelet-harness';

let harness: KubeletHarness;

beforeEach(async () => {
  harness = new KubeletHarness();
  await harness.start();
});

afterEach(() => harness.stop());

async function ask(podUid: string, question: { container?: string; tailLines?: number; attempt?: number | null } = {}) {
  harness.api.askForLogs({ requestId: 'r1', podUid, container: 'main', tailLines: 100, attempt: null, ...question });
  await harness.quiet();
  return harness.api.logAnswers.at(-1);
}

/** First run ends by itself after two lines, the second goes on after one. */
async function twoRuns(): Promise<string> {
  const script = '[{"runMs": 100, "exit": 1, "logs": ["one", "two"]}, {"run": "forever", "logs": ["three"]}]';
  const { uid } = harness.api.addPod({ name: 'web', annotations: { 'fake.podql.io/main': script } });
  await harness.pass(200);
  return uid;
}

describe('answering for logs', () => {
  it('gives the last lines over all runs that are there, oldest first', async () => {
    const uid = await twoRuns();
    const answer = await ask(uid);
    expect(answer).toMatchObject({ requestId: 'r1', error: null });
    expect(textsOf(answer?.lines ?? [])).toEqual(['one', 'two', 'three']);
    expect(answer?.lines.map((line) => line.attempt)).toEqual([0, 0, 1]);
    expect(textsOf((await ask(uid, { tailLines: 2 }))?.lines ?? [])).toEqual(['two', 'three']);
  });

  it('gives the lines of one run, also after it ended', async () => {
    const uid = await twoRuns();
    expect(textsOf((await ask(uid, { attempt: 0 }))?.lines ?? [])).toEqual(['one', 'two']);
  });

  it('gives the lines of a pod that has finished', async () => {
    const { uid } = harness.api.addPod({ name: 'job', annotations: { 'fake.podql.io/main': '[{"runMs": 10, "exit": 0, "logs": ["done"]}]' }, spec: { restartPolicy: 'NEVER' } });
    await harness.pass(60_000, 1_000);
    expect(harness.api.pod('job').status.phase).toBe('SUCCEEDED');
    expect(textsOf((await ask(uid))?.lines ?? [])).toEqual(['done']);
  });

  it('says what is not here', async () => {
    const uid = await twoRuns();
    expect(await ask(uid, { attempt: 7 })).toMatchObject({ lines: [], error: 'container main has no attempt 7 here', keptAttempts: [0, 1] });
    expect(await ask(uid, { container: 'other', attempt: 0 })).toMatchObject({ lines: [], keptAttempts: [] });
    // What has not run yet has said nothing yet: that is no error.
    expect(await ask(uid, { container: 'other' })).toMatchObject({ lines: [], error: null, keptAttempts: null });
    expect(await ask('unknown')).toMatchObject({ lines: [], error: null, keptAttempts: null });
  });

  it('says why the lines cannot be read', async () => {
    const uid = await twoRuns();
    harness.runtime.failNext('logs', new RuntimeError('INTERNAL', 'the file is broken'));
    expect(await ask(uid)).toMatchObject({ lines: [], error: 'the file is broken' });
  });

  it('answers again after the control plane was away', async () => {
    const uid = await twoRuns();
    harness.api.goDown();
    await harness.pass(5_000);
    harness.api.comeUp();
    await harness.pass(20_000);
    expect(textsOf((await ask(uid))?.lines ?? [])).toEqual(['one', 'two', 'three']);
  });
});
