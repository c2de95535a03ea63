import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { TcpProxy } from '../../support/tcp-proxy';

/** Answers each line with "re: " and the line, and remembers what it was told. */
class LineServer {
  readonly heard: string[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.sockets.delete(socket);
        this.tell();
      });
      let rest = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          this.heard.push(line);
          socket.write(`re: ${line}\n`);
        }
        this.tell();
      });
      this.tell();
    });
  }

  static async start(): Promise<LineServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new LineServer(server);
  }

  get port(): number {
    const address = this.server.address();
    return address && typeof address === 'object' ? address.port : 0;
  }

  get open(): number {
    return this.sockets.size;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  stop(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private tell(): void {
    for (const tell of [...this.waiting]) tell();
    this.waiting.clear();
  }
}

/** A client whose every wait ends with what it got, or with how its connection ended. */
class LineClient {
  text = '';
  readonly ended: Promise<string>;

  constructor(readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (chunk: string) => (this.text += chunk));
    this.ended = new Promise((resolve) => {
      let how = 'ended';
      socket.once('error', (error: NodeJS.ErrnoException) => (how = error.code ?? error.message));
      socket.once('close', () => resolve(how));
    });
  }

  static to(port: number): LineClient {
    return new LineClient(connect(port, '127.0.0.1'));
  }

  say(line: string): this {
    this.socket.write(`${line}\n`);
    return this;
  }

  /** Resolves when the system has taken it. */
  hasSaid(line: string): Promise<void> {
    return new Promise((resolve) => this.socket.write(`${line}\n`, () => resolve()));
  }

  async hears(text: string): Promise<void> {
    while (!this.text.includes(text)) await once(this.socket, 'data');
  }
}

describe('TcpProxy', () => {
  let server: LineServer;
  let proxy: TcpProxy;
  let clients: LineClient[];

  beforeEach(async () => {
    server = await LineServer.start();
    proxy = await TcpProxy.start(server.port, { sourceOf: (chunk) => /from (\w+)/.exec(chunk.toString())?.[1] });
    clients = [];
  });
  afterEach(() => {
    for (const { socket } of clients) socket.destroy();
    proxy.stop();
    server.stop();
  });

  const aClient = (): LineClient => {
    const client = LineClient.to(proxy.port);
    clients.push(client);
    return client;
  };

  it('passes bytes both ways and counts them', async () => {
    await aClient().say('hello').hears('re: hello\n');
    await proxy.reached(({ toClient }) => toClient > 0);
    expect(proxy.counters).toEqual({ connections: 1, open: 1, toServer: 6, toClient: 10, discarded: 0 });
  });

  it('passes an end on, from either side, and forgets the connection', async () => {
    const client = aClient();
    await client.say('bye').hears('re: bye');
    client.socket.end();
    expect(await client.ended).toBe('ended');
    await proxy.reached(({ open }) => open === 0);
    await server.until(() => server.open === 0);
  });

  it('resets the client when the server is not there', async () => {
    server.stop();
    expect(await aClient().ended).toBe('ECONNRESET');
  });

  it('refuses new connections and leaves open ones alone, until it passes again on the same port', async () => {
    const before = aClient();
    await before.say('one').hears('re: one');
    proxy.refuse();
    expect(await aClient().ended).toBe('ECONNREFUSED');
    await before.say('two').hears('re: two');
    await proxy.pass();
    await aClient().say('three').hears('re: three');
  });

  it('cuts every connection on both sides at once, and takes new ones', async () => {
    const both = [aClient(), aClient()];
    await Promise.all(both.map((client) => client.say('hello').hears('re: hello')));
    proxy.cut();
    expect(await Promise.all(both.map((client) => client.ended))).toEqual(['ECONNRESET', 'ECONNRESET']);
    await server.until(() => server.open === 0);
    await aClient().say('again').hears('re: again');
  });

  it('holds bytes and new connections back while it is frozen, and loses none', async () => {
    const before = aClient();
    await before.say('one').hears('re: one');
    proxy.freeze();
    const during = aClient();
    await Promise.all([before.hasSaid('two'), during.hasSaid('three')]);
    await proxy.reached(({ connections }) => connections === 2);
    expect(server.heard).toEqual(['one']);
    await proxy.pass();
    await Promise.all([before.hears('re: two'), during.hears('re: three')]);
  });

  it('cuts also what is frozen', async () => {
    proxy.freeze();
    const client = aClient().say('one');
    await proxy.reached(({ connections }) => connections === 1);
    proxy.cut();
    expect(await client.ended).toBe('ECONNRESET');
    expect(server.heard).toEqual([]);
  });

  it('strands what is open, which hears nothing of it, and passes what is new', async () => {
    const stranded = aClient();
    await stranded.say('one').hears('re: one');
    proxy.strand();
    await stranded.hasSaid('two');
    await aClient().say('three').hears('re: three');
    stranded.socket.destroy();
    await aClient().say('four').hears('re: four');
    expect(server.heard).toEqual(['one', 'three', 'four']);
    expect(server.open).toBe(3);
    expect(stranded.text).toBe('re: one\n');
  });

  it('loses the reply of a request that was applied', async () => {
    const client = aClient();
    await proxy.loseReplies(async () => {
      client.say('write');
      await server.until(() => server.heard.includes('write'));
      await proxy.reached(({ discarded }) => discarded === 're: write\n'.length);
    });
    expect(await client.ended).toBe('ECONNRESET');
    expect(client.text).toBe('');
    await aClient().say('again').hears('re: again');
  });

  it('cuts after so many bytes of replies, to the byte', async () => {
    const client = aClient();
    await client.say('one').hears('re: one\n');
    proxy.cutAfterReplies(5);
    client.say('two');
    await client.ended;
    expect(client.text).toBe('re: one\nre: t');
    expect(server.heard).toEqual(['one', 'two']);
    await aClient().say('three').hears('re: three');
  });

  it('delays without changing the order', async () => {
    proxy.delay(20);
    const client = aClient();
    for (let line = 0; line < 50; line += 1) client.say(`${line}`);
    await client.hears('re: 49');
    expect(server.heard).toEqual(Array.from({ length: 50 }, (_, line) => `${line}`));
  });

  it('carries more than its buffers hold to a reader who is slow to begin', async () => {
    const client = aClient();
    client.socket.pause();
    const line = 'x'.repeat(4 * 2 ** 20);
    client.say(line);
    await server.until(() => server.heard.length === 1);
    client.socket.resume();
    await client.hears('\n');
    expect(client.text === `re: ${line}\n`).toBe(true);
  });

  it('blocks one source, now and when it comes again, and nobody else', async () => {
    const [a, b] = [aClient(), aClient()];
    await a.say('from a').hears('re:');
    await b.say('from b').hears('re:');
    proxy.block('a');
    expect(await a.ended).toBe('ECONNRESET');
    expect(await aClient().say('from a').ended).toBe('ECONNRESET');
    await b.say('still there').hears('re: still');
    expect(server.heard).toEqual(['from a', 'from b', 'still there']);
    await proxy.pass();
    await aClient().say('from a').hears('re: from a');
  });
});
