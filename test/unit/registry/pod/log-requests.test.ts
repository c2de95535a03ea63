import type { LogLine } from '../../../../src/api/pod';
import { LogRequests } from '../../../../src/registry/pod/log-requests';
import { FakeClock } from '../../../support/fake-clock';
import { FakeIdentity } from '../../../support/registries';

const never = new AbortController().signal;
const question = { pod: 'default/web', podUid: 'pod-1', container: 'main', tailLines: 10, attempt: null };
const line: LogLine = { time: '2024-01-01T00:00:00.000Z', stream: 'stdout', text: 'hello', attempt: 0 };

let clock: FakeClock;
let requests: LogRequests;
beforeEach(() => {
  clock = new FakeClock();
  requests = new LogRequests({ clock, identity: new FakeIdentity(), capacity: 2 });
});

test('a question reaches the kubelet of its node, and the answer the one who asked', async () => {
  const kubelet = requests.listen('a', never);
  const answer = requests.ask('a', question, never);
  const { value: request } = await kubelet.next();
  expect(request).toEqual({ ...question, requestId: expect.any(String) as string });
  expect(requests.nodeOf(request.requestId)).toBe('a');
  expect(requests.answer(request.requestId, { lines: [line], error: null, keptAttempts: null })).toBe(true);
  expect(await answer).toEqual([line]);
  expect(requests.answer(request.requestId, { lines: [], error: null, keptAttempts: null })).toBe(false);
  expect(requests.nodeOf(request.requestId)).toBeUndefined();
  expect(clock.pendingTimers).toBe(0);
});

test('without a kubelet it is SERVICE_UNAVAILABLE and says which node', async () => {
  requests.listen('b', never);
  await expect(requests.ask('a', question, never)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: expect.stringContaining('node a is not connected') as string });
});

test('an error of the kubelet is told', async () => {
  const kubelet = requests.listen('a', never);
  const answer = requests.ask('a', question, never);
  const { value } = await kubelet.next();
  requests.answer(value.requestId, { lines: [], error: 'the file is gone', keptAttempts: null });
  await expect(answer).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: expect.stringContaining('the file is gone') as string });
});

test('a run that the kubelet does not have is NOT_FOUND, with those that it has', async () => {
  const kubelet = requests.listen('a', never);
  const answer = requests.ask('a', { ...question, attempt: 7 }, never);
  const { value } = await kubelet.next();
  requests.answer(value.requestId, { lines: [], error: null, keptAttempts: [0, 1] });
  await expect(answer).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('main has no attempt 7; logs are kept of attempts 0, 1') as string });
});

test('a question is given up after its deadline, and its answer comes too late', async () => {
  const kubelet = requests.listen('a', never);
  const answer = requests.ask('a', question, never);
  const refused = expect(answer).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: expect.stringContaining('did not answer within 10 s') as string });
  const { value } = await kubelet.next();
  await clock.advance(10_000);
  await refused;
  expect(requests.answer(value.requestId, { lines: [line], error: null, keptAttempts: null })).toBe(false);
});

test('a question whose asker leaves is given up', async () => {
  requests.listen('a', never);
  const asker = new AbortController();
  const answer = requests.ask('a', question, asker.signal);
  asker.abort();
  await expect(answer).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(clock.pendingTimers).toBe(0);
});

test('open questions per node are bounded; an answer makes room', async () => {
  const kubelet = requests.listen('a', never);
  const first = requests.ask('a', question, never);
  const second = requests.ask('a', question, never);
  await expect(requests.ask('a', question, never)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS', retryAfterSeconds: 1 });
  const { value } = await kubelet.next();
  requests.answer(value.requestId, { lines: [], error: null, keptAttempts: null });
  await first;
  const third = requests.ask('a', question, never);
  for (const open of [second, third]) {
    const { value: request } = await kubelet.next();
    requests.answer(request.requestId, { lines: [line], error: null, keptAttempts: null });
    expect(await open).toEqual([line]);
  }
});

test('a later listener takes the node over, and the earlier one ends', async () => {
  const first = requests.listen('a', never);
  const second = requests.listen('a', never);
  expect((await first.next()).done).toBe(true);
  const answer = requests.ask('a', question, never);
  const { value } = await second.next();
  requests.answer(value.requestId, { lines: [], error: null, keptAttempts: null });
  expect(await answer).toEqual([]);
});

test('a listener that leaves or whose signal aborts is not asked any more', async () => {
  const leaving = requests.listen('a', never);
  await leaving.return?.();
  await expect(requests.ask('a', question, never)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  const connection = new AbortController();
  const aborted = requests.listen('a', connection.signal);
  connection.abort();
  expect((await aborted.next()).done).toBe(true);
  await expect(requests.ask('a', question, never)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
});
