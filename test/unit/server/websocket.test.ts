import { connect } from 'node:net';
import { randomBytes } from 'node:crypto';
import WebSocket from 'ws';
import { FakeClock } from '../../support/fake-clock';
import { ToyApi } from '../../support/toy-api';

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A client that speaks graphql-transport-ws by hand, so that it can also misbehave. */
class RawClient {
  readonly closed: Promise<{ code: number; reason: string }>;
  private readonly received: Message[] = [];
  private readonly waiting: (() => void)[] = [];

  private constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })));
    socket.on('message', (data) => {
      this.received.push(JSON.parse(String(data)) as Message);
      for (const wake of this.waiting.splice(0)) wake();
    });
  }

  static async open(url: string, options: WebSocket.ClientOptions = {}): Promise<RawClient> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', options);
    const client = new RawClient(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return client;
  }

  static async init(url: string, payload?: object): Promise<RawClient> {
    const client = await RawClient.open(url);
    client.send({ type: 'connection_init', payload });
    await client.next('connection_ack');
    return client;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables?: object): void {
    this.send({ type: 'subscribe', id, payload: { query, variables } });
  }

  /** The next message of this type, and of this operation if one is named. */
  async next(type: string, id?: string): Promise<Message> {
    for (;;) {
      const at = this.received.findIndex((message) => message.type === type && (id === undefined || message.id === id));
      if (at >= 0) return this.received.splice(at, 1)[0] as Message;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }
}

describe('the WebSocket server', () => {
  let api: ToyApi;
  const clients: RawClient[] = [];

  async function started(options: ConstructorParameters<typeof ToyApi>[0] = {}): Promise<string> {
    api = new ToyApi(options);
    await api.start();
    return api.url;
  }

  async function init(url: string, payload?: object): Promise<RawClient> {
    const client = await RawClient.init(url, payload);
    clients.push(client);
    return client;
  }

  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.terminate();
    await api.close();
  });

  async function refusedWith(url: string, options: WebSocket.ClientOptions = {}): Promise<number | undefined> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', options);
    return new Promise((resolve) => {
      socket.once('unexpected-response', (_request, response) => {
        resolve(response.statusCode);
        socket.terminate();
      });
      socket.on('error', () => undefined);
      socket.once('open', () => resolve(undefined));
    });
  }

  test('queries, changes and subscriptions are all answered', async () => {
    const client = await init(await started());
    client.subscribe('q', '{ hello }');
    await expect(client.next('next', 'q')).resolves.toMatchObject({ payload: { data: { hello: 'hello' } } });
    client.subscribe('m', 'mutation { record(text: "x") }');
    await expect(client.next('next', 'm')).resolves.toMatchObject({ payload: { data: { record: 1 } } });
    client.subscribe('s', 'subscription { count(to: 2) }');
    await expect(client.next('next', 's')).resolves.toMatchObject({ payload: { data: { count: 1 } } });
    await client.next('complete', 's');
  });

  test('errors stay inside their operation, with code and without secrets', async () => {
    const client = await init(await started());
    client.subscribe('other', 'subscription { silent }');
    await api.until(() => api.openSources === 1);
    client.subscribe('syntax', '{ hello');
    await expect(client.next('error', 'syntax')).resolves.toMatchObject({ payload: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] });
    client.subscribe('unknown', '{ nonsense }');
    await expect(client.next('error', 'unknown')).resolves.toMatchObject({ payload: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
    client.subscribe('boom', '{ boom }');
    const boom = await client.next('next', 'boom');
    expect(JSON.stringify(boom)).not.toContain('swordfish');
    expect(boom).toMatchObject({ payload: { errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] } });
    client.subscribe('fails', 'subscription { failAfter(to: 1, code: "EXPIRED") }');
    await expect(client.next('error', 'fails')).resolves.toMatchObject({ payload: [{ message: 'failed after 1', extensions: { code: 'EXPIRED' } }] });
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
    expect(api.openSources).toBe(1);
  });

  test('a message that is a little too large is refused inside its operation', async () => {
    const client = await init(await started());
    client.subscribe('big', 'query($t: String!) { echo(text: $t) }', { t: 'x'.repeat(2 * 1024 * 1024) });
    // The id stands after the type, before the payload.
    await expect(client.next('error', 'big')).resolves.toMatchObject({ payload: [{ extensions: { code: 'REQUEST_TOO_LARGE' } }] });
    client.subscribe('small', '{ hello }');
    await client.next('next', 'small');
  });

  test('a message that is far too large ends the socket with 1009', async () => {
    const client = await init(await started());
    client.subscribe('big', 'query($t: String!) { echo(text: $t) }', { t: 'x'.repeat(13 * 1024 * 1024) });
    await expect(client.closed).resolves.toMatchObject({ code: 1009 });
  });

  test('one operation too many is refused, the others go on', async () => {
    const client = await init(await started({ limits: { operationsPerSocket: 2 } }));
    client.subscribe('1', 'subscription { silent }');
    client.subscribe('2', 'subscription { silent }');
    await api.until(() => api.openSources === 2);
    client.subscribe('3', 'subscription { silent }');
    await expect(client.next('error', '3')).resolves.toMatchObject({
      payload: [{ extensions: { code: 'TOO_MANY_REQUESTS', retryable: true, retryAfterSeconds: 1 } }],
    });
    client.send({ type: 'complete', id: '1' });
    await api.until(() => api.openSources === 1);
    client.subscribe('4', '{ hello }');
    await client.next('next', '4');
  });

  test('one socket too many is refused with 429', async () => {
    const url = await started({ limits: { sockets: 1 } });
    const first = await init(url);
    await expect(refusedWith(url)).resolves.toBe(429);
    first.socket.close();
    await first.closed;
    await init(url);
  });

  test('one socket too many of one caller is refused, another caller\'s is not', async () => {
    const tokens = '- { name: a, token: "aaaaaaaaaaaaaaaa", roles: [VIEW] }\n- { name: b, token: "bbbbbbbbbbbbbbbb", roles: [VIEW] }';
    const url = await started({ tokens, limits: { socketsPerCaller: 1 } });
    await init(url, { authorization: 'Bearer aaaaaaaaaaaaaaaa' });
    const second = await RawClient.open(url);
    clients.push(second);
    second.send({ type: 'connection_init', payload: { authorization: 'Bearer aaaaaaaaaaaaaaaa' } });
    await expect(second.closed).resolves.toMatchObject({ code: 4429 });
    await init(url, { Authorization: 'Bearer bbbbbbbbbbbbbbbb' });
  });

  test('a token may stand in the upgrade\'s header instead', async () => {
    const url = await started({ tokens: '- { name: a, token: "aaaaaaaaaaaaaaaa", roles: [VIEW] }' });
    const client = await RawClient.open(url, { headers: { authorization: 'Bearer aaaaaaaaaaaaaaaa' } });
    clients.push(client);
    client.send({ type: 'connection_init' });
    await client.next('connection_ack');
    client.subscribe('q', '{ caller }');
    await expect(client.next('next', 'q')).resolves.toMatchObject({ payload: { data: { caller: 'a' } } });
  });

  test('without a token the socket ends with 4401 and says what is missing', async () => {
    const client = await RawClient.open(await started({ tokens: '- { name: a, token: "aaaaaaaaaaaaaaaa", roles: [VIEW] }' }));
    clients.push(client);
    client.send({ type: 'connection_init' });
    const { code, reason } = await client.closed;
    expect(code).toBe(4401);
    expect(reason).toContain('Authorization');
  });

  test('an operation before connection_init ends the socket with 4401', async () => {
    const client = await RawClient.open(await started());
    clients.push(client);
    client.subscribe('q', 'mutation { record(text: "x") }');
    await expect(client.closed).resolves.toMatchObject({ code: 4401 });
    expect(api.records).toEqual([]);
  });

  test('a page of another site, and a name bound to loopback by somebody else, get 403', async () => {
    const url = await started();
    await expect(refusedWith(url, { origin: 'https://evil.example' })).resolves.toBe(403);
    await expect(refusedWith(url, { headers: { host: 'rebound.example' } })).resolves.toBe(403);
    await expect(refusedWith(url, { origin: 'http://localhost:5173' })).resolves.toBe(403);
    await expect(refusedWith(url, { origin: url })).resolves.toBeUndefined();
  });

  test('a page of a site that was let in is served, and no other', async () => {
    const url = await started({ allowOrigins: ['http://localhost:5173'] });
    await expect(refusedWith(url, { origin: 'http://localhost:5173' })).resolves.toBeUndefined();
    await expect(refusedWith(url, { origin: 'http://localhost:5174' })).resolves.toBe(403);
  });

  test('a message outside the protocol ends the socket with 4400, and nobody else\'s', async () => {
    const url = await started();
    const [rude, other] = [await init(url), await init(url)];
    rude.socket.send('not json');
    await expect(rude.closed).resolves.toMatchObject({ code: 4400 });
    other.subscribe('q', '{ hello }');
    await other.next('next', 'q');
  });

  test('a client that vanishes ends its subscriptions', async () => {
    const client = await init(await started());
    client.subscribe('s', 'subscription { silent }');
    await api.until(() => api.openSources === 1);
    client.socket.terminate();
    await api.until(() => api.openSources === 0);
  });

  test('a client that stops reading is ended after a bounded time; its source stops, others notice nothing', async () => {
    const clock = new FakeClock();
    const url = await started({ clock, limits: { unreadMilliseconds: 5_000 } });
    const lazy = await init(url);
    const other = await init(url);
    other.subscribe('s', 'subscription { silent }');
    await api.until(() => api.openSources === 1);
    lazy.socket.pause();
    lazy.subscribe('flood', 'subscription { flood(bytes: 1000000) }');
    // Pulled one by one: once the buffers on the way are full nothing more is taken from the source.
    await stands(() => api.flooded);
    expect(api.openSources).toBe(2);
    await clock.advance(4_000);
    expect(api.openSources).toBe(2);
    await clock.advance(1_100);
    await api.until(() => api.openSources === 1);
    expect(api.logged).toContainEqual(expect.objectContaining({ message: 'ended a WebSocket', fields: { reason: 'unread', caller: 'local' } }));
    other.subscribe('q', '{ hello }');
    await other.next('next', 'q');
    lazy.socket.resume();
    await lazy.closed;
  });

  test('a client that answers no ping is ended', async () => {
    const clock = new FakeClock();
    const url = await started({ clock });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
    );
    await new Promise((resolve) => socket.once('data', resolve));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    await clock.advance(12_000);
    await clock.advance(12_000);
    await ended;
    expect(api.logged).toContainEqual(expect.objectContaining({ fields: expect.objectContaining({ reason: 'no-pong' }) }));
  });

  test('draining closes every socket with 1001, and refuses new ones', async () => {
    api = new ToyApi();
    const server = await api.start();
    const client = await init(server.url);
    client.subscribe('s', 'subscription { silent }');
    await api.until(() => api.openSources === 1);
    await server.drain();
    await expect(client.closed).resolves.toMatchObject({ code: 1001 });
    expect(api.openSources).toBe(0);
    await expect(refusedWith(server.url)).resolves.toBe(503);
  });
});

/** Resolves when the number has not changed for many turns of the event loop. */
async function stands(value: () => number): Promise<void> {
  let last = -1;
  for (let quiet = 0; quiet < 200; quiet += 1) {
    if (value() !== last) quiet = 0;
    last = value();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
