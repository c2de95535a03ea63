import { aContainer } from '../../support/builders';
import { aNodeDraft, aPodDraft } from '../../support/registries';
import type { ApiHarness, Reply } from './harness';
import { caller, openApi } from './harness';

let api: ApiHarness;
beforeEach(async () => {
  api = await openApi();
  await api.registries.clusterNodes.register(aNodeDraft('node-a'), 40);
});
afterEach(() => api.close());

const kubelet = caller('NODE', 'node-a');
const logs = 'query ($container: String, $tailLines: Int, $attempt: Int) { pod(name: "web") { name logs(container: $container, tailLines: $tailLines, attempt: $attempt) { text stream attempt time } } }';
const answer = 'mutation ($input: AnswerPodLogRequestInput!) { answerPodLogRequest(input: $input) { accepted } }';
const lines = ['one', 'two', 'three'].map((text) => ({ time: '2024-01-01T00:00:00Z', stream: 'stderr', text, attempt: 1 }));

interface Request {
  requestId: string;
  podUid: string;
  container: string;
  tailLines: number;
  attempt: number | null;
}

async function boundPod(...containers: string[]): Promise<string> {
  const { uid } = await api.registries.pods.create(aPodDraft('web', { podSpec: { containers: containers.map((name) => aContainer({ name })) } }));
  await api.registries.pods.bind({ namespace: 'default', name: 'web' }, 'node-a');
  return uid;
}

/** A kubelet that answers one question with these lines. */
async function answerOne(reply: { lines: object[]; error?: string; keptAttempts?: number[] }): Promise<Request> {
  const questions = api.subscribe<Request>('subscription { podLogRequests(nodeName: "node-a") { requestId podUid container tailLines attempt } }', {}, { caller: kubelet });
  const { value } = (await questions.next()) as { value: Reply<{ podLogRequests: Request }> };
  const request = value.data.podLogRequests;
  await api.ask(answer, { input: { requestId: request.requestId, ...reply } }, kubelet);
  await questions.return(undefined);
  return request;
}

test('the lines come from the kubelet of the node, at most as many as were asked for', async () => {
  const uid = await boundPod('main');
  const asked = answerOne({ lines });
  const reply = await api.ask(logs, { tailLines: 2, attempt: 1 });
  expect(await asked).toMatchObject({ podUid: uid, container: 'main', tailLines: 2, attempt: 1 });
  expect(reply).toEqual({ pod: { name: 'web', logs: ['two', 'three'].map((text) => ({ text, stream: 'stderr', attempt: 1, time: '2024-01-01T00:00:00.000Z' })) } });
});

test('a pod that has no node yet has no lines', async () => {
  await api.registries.pods.create(aPodDraft('web'));
  expect(await api.ask(logs)).toEqual({ pod: { name: 'web', logs: [] } });
});

test('while the kubelet is not connected it is SERVICE_UNAVAILABLE, on the field', async () => {
  await boundPod('main');
  const reply = await api.run(logs);
  expect(reply).toMatchObject({ data: { pod: { name: 'web', logs: null } }, errors: [{ path: ['pod', 'logs'], message: expect.stringContaining('node-a') as string, extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true } }] });
});

test('in a list, a pod whose logs cannot be read leaves the others as they are', async () => {
  await boundPod('main');
  await api.registries.pods.create(aPodDraft('waits'));
  const reply = await api.run('{ pods { nodes { name logs { text } } } }');
  expect(reply).toMatchObject({
    data: { pods: { nodes: [{ name: 'waits', logs: [] }, { name: 'web', logs: null }] } },
    errors: [{ path: ['pods', 'nodes', 1, 'logs'], extensions: { code: 'SERVICE_UNAVAILABLE' } }],
  });
});

test('what the kubelet could not do is said', async () => {
  await boundPod('main');
  const asked = answerOne({ lines: [], error: 'no such container' });
  const error = await api.refused(logs);
  await asked;
  expect(error).toMatchObject({ message: expect.stringContaining('no such container') as string, extensions: { code: 'SERVICE_UNAVAILABLE' } });
});

test.each([
  ['more lines than are kept', { container: 'main', tailLines: 10_001 }, '10000'],
  ['a negative number of lines', { container: 'main', tailLines: -1 }, '-1'],
])('asking for %s is BAD_USER_INPUT', async (_what, variables, said) => {
  await boundPod('main', 'side');
  const error = await api.refused(logs, variables);
  expect(error).toMatchObject({ message: expect.stringContaining(said) as string, extensions: { code: 'BAD_USER_INPUT' } });
});

test('a container that the pod does not have is NOT_FOUND, with those that it has', async () => {
  await boundPod('main', 'side');
  expect(await api.refused(logs, { container: 'x' })).toMatchObject({
    message: 'cannot read logs of pod default/web: it has no container "x"; it has main, side.',
    path: ['pod', 'logs'],
    extensions: { code: 'NOT_FOUND', retryable: false },
  });
});

test.each([
  [[0, 1], 'container main has no attempt 99; logs are kept of attempts 0, 1.'],
  [[], 'container main has no attempt 99; logs of none are kept, or it has not run yet.'],
])('a run that is not there is NOT_FOUND, with those that are: %j', async (keptAttempts, said) => {
  await boundPod('main');
  const asked = answerOne({ lines: [], error: 'in the words of the kubelet', keptAttempts });
  const error = await api.refused(logs, { attempt: 99 });
  await asked;
  expect(error).toMatchObject({ message: `cannot read logs of pod default/web: ${said}`, extensions: { code: 'NOT_FOUND', retryable: false } });
});

test('the first container of the spec is meant when none is named', async () => {
  await boundPod('main', 'side');
  const questions = api.subscribe<Request>('subscription { podLogRequests(nodeName: "node-a") { requestId container } }', {}, { caller: kubelet });
  const question = questions.next();
  const reading = api.ask(logs);
  const { value } = (await question) as { value: Reply<{ podLogRequests: Request }> };
  expect(value.data.podLogRequests).toMatchObject({ container: 'main' });
  await api.ask(answer, { input: { requestId: value.data.podLogRequests.requestId, lines: [] } }, kubelet);
  expect(await reading).toMatchObject({ pod: { logs: [] } });
  await questions.return(undefined);
});

test('an answer that nobody waits for is not accepted; a kubelet may not answer for another node', async () => {
  expect(await api.ask(answer, { input: { requestId: 'gone', lines: [] } }, kubelet)).toEqual({ answerPodLogRequest: { accepted: false } });
  await boundPod('main');
  const questions = api.subscribe<Request>('subscription { podLogRequests(nodeName: "node-a") { requestId } }', {}, { caller: kubelet });
  const question = questions.next();
  const reading = api.ask(logs);
  const { value } = (await question) as { value: Reply<{ podLogRequests: Request }> };
  const input = { requestId: value.data.podLogRequests.requestId, lines };
  expect((await api.refused(answer, { input }, caller('NODE', 'node-b'))).extensions.code).toBe('FORBIDDEN');
  await api.ask(answer, { input }, kubelet);
  expect(await reading).toMatchObject({ pod: { logs: [{ text: 'one' }, { text: 'two' }, { text: 'three' }] } });
  await questions.return(undefined);
});
