import { createServer, type Server } from 'node:net';
import { lastingPort } from './lasting-port';
import { TcpLink, type LinkRules } from './tcp-link';

export interface ProxyCounters {
  /** Accepted so far. */
  readonly connections: number;
  readonly open: number;
  /** Bytes that went on. */
  readonly toServer: number;
  readonly toClient: number;
  /** Bytes of replies that did not. */
  readonly discarded: number;
}

export interface TcpProxyOptions {
  /** Default: a free one. The same port stays in use through every refusal. */
  readonly port?: number;
  /** Who sends this, where it can be told by a piece of what he sends; for `block`. */
  readonly sourceOf?: (chunk: Buffer) => string | undefined;
}

type Mode = 'pass' | 'freeze' | 'dropReplies';

/** Stands on loopback between a client and a server, and does to their connections what a bad network would. */
export class TcpProxy {
  private readonly links = new Set<TcpLink>();
  private readonly blocked = new Set<string>();
  private readonly watchers = new Set<() => void>();
  private listener: Server | undefined;
  private mode: Mode = 'pass';
  private latency = 0;
  private repliesLeft = Infinity;
  private thaw = (): void => undefined;
  private thawed = Promise.resolve();
  private counted = { connections: 0, toServer: 0, toClient: 0, discarded: 0 };

  private constructor(readonly target: number, readonly port: number, private readonly sourceOf: TcpProxyOptions['sourceOf']) {}

  /** Before this port of loopback, in mode pass. */
  static async start(target: number, options: TcpProxyOptions = {}): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, options.port ?? (await lastingPort()), options.sourceOf);
    await proxy.listen();
    return proxy;
  }

  get counters(): ProxyCounters {
    return { ...this.counted, open: this.links.size };
  }

  /** Everything is well again: listens, thaws, forwards, without delay. What was cut stays cut. */
  async pass(): Promise<void> {
    this.change('pass');
    this.latency = 0;
    this.repliesLeft = Infinity;
    this.blocked.clear();
    await this.listen();
  }

  /** New connections are refused, as where nobody listens. Open ones go on. */
  refuse(): void {
    // Not awaited: it listens no more when this returns, and reports an end only when all connections have theirs.
    this.listener?.close();
    this.listener = undefined;
  }

  /** Resets all open connections. New ones are welcome. */
  cut(): void {
    for (const link of [...this.links]) link.cut();
  }

  /** All open connections carry nothing any more, for good, and neither side is told: what lay between them forgot them. New ones are welcome. */
  strand(): void {
    for (const link of this.links) link.strand();
  }

  /** Takes connections and bytes, and holds them back on both sides until `pass`. */
  freeze(): void {
    this.change('freeze');
  }

  /** Requests reach the server; what it answers reaches nobody, until `pass`. The connections stay open until `cut`. */
  dropReplies(): void {
    this.change('dropReplies');
  }

  /**
   * A reply lost after its request was applied: drops replies until `applied`, then cuts and passes again. The first bytes
   * that come back prove nothing (HTTP/2 acknowledges before it works), so ask the server by another way.
   */
  async loseReplies(applied: () => Promise<unknown>): Promise<void> {
    this.dropReplies();
    try {
      await applied();
    } finally {
      this.cut();
      await this.pass();
    }
  }

  /** Forwards this many more bytes of replies, counted over all connections, then cuts all and passes again. */
  cutAfterReplies(bytes: number): void {
    this.repliesLeft = bytes;
  }

  /** Bytes are this many milliseconds under way, in each direction. */
  delay(milliseconds: number): void {
    this.latency = milliseconds;
  }

  /** Cuts the connections of this source, now and as soon as they are recognised, until `pass`. */
  block(source: string): void {
    this.blocked.add(source);
    for (const link of [...this.links]) if (link.source === source) link.cut();
  }

  /** Waits until the counters are so. */
  async reached(condition: (counters: ProxyCounters) => boolean): Promise<void> {
    while (!condition(this.counters)) {
      await new Promise<void>((resolve) => this.watchers.add(resolve));
    }
  }

  /** Cuts everything and listens no more. */
  stop(): void {
    this.refuse();
    this.cut();
  }

  private change(mode: Mode): void {
    if (mode === this.mode) return;
    this.mode = mode;
    this.thaw();
    if (mode === 'freeze') this.thawed = new Promise((resolve) => (this.thaw = resolve));
  }

  private async listen(): Promise<void> {
    if (this.listener) return;
    const rules = this.rules();
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.links.add(new TcpLink(client, rules));
      this.count({ connections: 1 });
    });
    this.listener = listener;
    await new Promise<void>((resolve, reject) => listener.once('error', reject).listen(this.port, '127.0.0.1', resolve));
  }

  private rules(): LinkRules {
    return {
      target: this.target,
      thawed: () => this.thawed,
      latency: () => this.latency,
      request: (link, chunk) => this.request(link, chunk),
      reply: (chunk) => this.reply(chunk),
      wasLast: () => this.wasLast(),
      closed: (link) => this.closed(link),
    };
  }

  private request(link: TcpLink, chunk: Buffer): boolean {
    link.source ??= this.sourceOf?.(chunk);
    if (link.source !== undefined && this.blocked.has(link.source)) return false;
    this.count({ toServer: chunk.length });
    return true;
  }

  private reply(chunk: Buffer): Buffer {
    const forward = this.mode === 'dropReplies' ? chunk.subarray(0, 0) : chunk.subarray(0, this.repliesLeft);
    this.repliesLeft -= forward.length;
    this.count({ toClient: forward.length, discarded: chunk.length - forward.length });
    return forward;
  }

  private wasLast(): boolean {
    if (this.repliesLeft > 0) return false;
    this.repliesLeft = Infinity;
    this.cut();
    return true;
  }

  private closed(link: TcpLink): void {
    this.links.delete(link);
    this.count({});
  }

  private count(more: Partial<typeof this.counted>): void {
    for (const name of Object.keys(more) as (keyof typeof more)[]) this.counted[name] += more[name] ?? 0;
    const told = [...this.watchers];
    this.watchers.clear();
    for (const tell of told) tell();
  }
}
