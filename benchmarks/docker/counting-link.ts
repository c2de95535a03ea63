import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface EngineCall {
  /** "POST /containers/ID/start" */
  readonly what: string;
  /** The path as it was asked for. */
  readonly target: string;
  readonly asked: number;
  /** Of the first bytes of the answer; performance.now(). */
  answered: number;
}

const requestLine = /^(GET|HEAD|POST|PUT|DELETE) (\S+) HTTP\/1\.1\r\n/;
/** A path may hold all that a container is made of. */
const longestLine = 60_000;

/** A socket between a client and the engine that notes every call. A connection bears one call at a time. */
export class CountingLink {
  private calls: EngineCall[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly path: string,
    private readonly engine: string,
  ) {
    server.on('connection', (client) => this.join(client));
  }

  static async open(path: string, engine: string): Promise<CountingLink> {
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
    return new CountingLink(server, path, engine);
  }

  get dockerHost(): string {
    return `unix://${this.path}`;
  }

  /** Takes out what was noted so far. */
  take(): readonly EngineCall[] {
    const calls = this.calls;
    this.calls = [];
    return calls;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    rmSync(this.path, { force: true });
  }

  private join(client: Socket): void {
    const engine = connect({ path: this.engine, allowHalfOpen: true });
    let open: EngineCall | undefined;
    client.on('data', (chunk) => {
      const [, method, target] = requestLine.exec(chunk.toString('latin1', 0, longestLine)) ?? [];
      if (!method || !target) return;
      open = { what: `${method} ${shortened(target)}`, target, asked: performance.now(), answered: Number.NaN };
      this.calls.push(open);
    });
    engine.on('data', () => {
      if (open && Number.isNaN(open.answered)) open.answered = performance.now();
    });
    for (const [from, to] of [[client, engine], [engine, client]] as const) {
      this.sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy()).on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  }
}

/** Without version, query and what differs from call to call. */
function shortened(target: string): string {
  const path = target.split('?')[0] ?? '';
  return path.replace(/^\/v[\d.]+/, '').replace(/[0-9a-f]{64}/g, 'ID').replace(/^\/images\/.*\/json$/, '/images/NAME/json').replace(/podql_[^/]+/, 'NAME');
}
