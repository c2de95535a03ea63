import type { LogLine } from '../../../../src/api/pod';
import { silentLogger } from '../../../../src/base/logger';
import type { LogQuestion } from '../../../../src/registry/pod/log-requests';
import { LogRequests } from '../../../../src/registry/pod/log-requests';
import { RemoteLogs } from '../../../../src/registry/pod/remote-logs';
import { Post } from '../../../../src/registry/post';
import { openMemoryStore } from '../../../../src/registry/store/memory/store';
import type { Store } from '../../../../src/registry/store/store';
import { FakeClock, settle, slowly } from '../../../support/fake-clock';
import { FaultyStore } from '../../../support/faulty-store';
import { FakeIdentity } from '../../../support/registries';

const never = new AbortController().signal;
const question: LogQuestion = { pod: 'default/web', podUid: 'pod-1', container: 'main', tailLines: 10, attempt: null };
const line = (text: string): LogLine => ({ time: '2024-01-01T00:00:00.000Z', stream: 'stdout', text, attempt: 0 });

describe('logs of a node whose kubelet is connected to another server', () => {
  let clock: FakeClock;
  let store: FaultyStore;
  let ending: AbortController;
  let serving: Promise<void>[];
  const identity = new FakeIdentity();

  const server = (heartbeat: Date | null = new Date()): { requests: LogRequests; logs: RemoteLogs } => {
    const logs = new RemoteLogs({ post: new Post({ store, clock, identity, logger: silentLogger }), lastHeartbeat: async () => heartbeat });
    const requests = new LogRequests({ clock, identity, elsewhere: (...asked) => logs.ask(...asked) });
    serving.push(logs.serve(requests, ending.signal));
    return { requests, logs };
  };
  /** The kubelet of a node, connected to this server, that always gives the same answer. */
  const answerWith = async (requests: LogRequests, answer: Parameters<LogRequests['answer']>[1]): Promise<void> => {
    for await (const { requestId } of requests.listen('a', ending.signal)) requests.answer(requestId, answer);
  };
  const keysOf = async (of: Store): Promise<string[]> => (await of.list('/')).items.map(({ key }) => key);

  beforeEach(async () => {
    clock = new FakeClock();
    store = new FaultyStore(await openMemoryStore({ clock }));
    ending = new AbortController();
    serving = [];
  });
  afterEach(async () => {
    ending.abort();
    await slowly(clock, Promise.all(serving));
    await store.close();
  });

  test('come by post, and nothing of it stays in the store', async () => {
    const here = server();
    const there = server();
    void answerWith(there.requests, { lines: [line('hello')], error: null, keptAttempts: null });
    await settle();
    expect(await here.requests.ask('a', question, never)).toEqual([line('hello')]);
    while ((await keysOf(store)).length > 0) await settle();
    ending.abort();
    await Promise.all(serving);
    expect(clock.pendingTimers).toBe(0);
  });

  test('a refusal comes as it was said there', async () => {
    const here = server();
    void answerWith(server().requests, { lines: [], error: null, keptAttempts: [0, 1] });
    await settle();
    await expect(here.requests.ask('a', { ...question, attempt: 9 }, never)).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('0, 1') as string });
  });

  test('a node without a heartbeat is not asked', async () => {
    const here = server(null);
    await expect(here.requests.ask('a', question, never)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: expect.stringContaining('not connected') as string });
    expect(await store.currentRevision()).toBe(1);
  });

  test('no answer is an answer after a while', async () => {
    const here = server();
    await expect(slowly(clock, here.requests.ask('a', question, never))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 2 });
    while ((await keysOf(store)).length > 0) await settle();
  });

  test('a server that lost its connection to the store answers again afterwards', async () => {
    const here = server();
    void answerWith(server().requests, { lines: [line('hello')], error: null, keptAttempts: null });
    await settle();
    store.dropWatches();
    await clock.advance(1_000);
    expect(await here.requests.ask('a', question, never)).toEqual([line('hello')]);
  });

  test('the newest lines are kept when there are too many for a letter', async () => {
    const here = server();
    const lines = Array.from({ length: 5_000 }, (_, index) => line(`${index} ${'x'.repeat(200)}`));
    void answerWith(server().requests, { lines, error: null, keptAttempts: null });
    await settle();
    const got = await here.requests.ask('a', { ...question, tailLines: 5_000 }, never);
    expect(got.length).toBeGreaterThan(500);
    expect(got).toEqual(lines.slice(-got.length));
  });
});
