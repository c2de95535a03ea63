import { connect, type Socket } from 'node:net';
import { sleep, systemClock } from '../../src/base/clock';

/** What becomes of bytes on their way. */
export interface LinkRules {
  /** Of the port behind the proxy. */
  readonly target: number;
  /** Resolves once bytes may go on. */
  thawed(): Promise<void>;
  /** How long bytes are under way. */
  latency(): number;
  /** Sees what comes from the client before it goes on. False: this link is cut instead. */
  request(link: TcpLink, chunk: Buffer): boolean;
  /** What of it goes on to the client. */
  reply(chunk: Buffer): Buffer;
  /** Asked when a reply has gone on. True: it was the last, and all links are cut. */
  wasLast(): boolean;
  closed(link: TcpLink): void;
}

const backlogBytes = 2 ** 20;

/** One connection through a TcpProxy: a socket to the client, one to the server, and the bytes between them. */
export class TcpLink {
  /** Who is at the other end, where the proxy could tell. */
  source: string | undefined;
  private server: Socket | undefined;
  private readonly ending = new AbortController();
  private isStranded = false;

  constructor(private readonly client: Socket, private readonly rules: LinkRules) {
    // Errors come with the end of the connection, which is what counts.
    client.on('error', () => undefined);
    void this.open();
  }

  /** At once, without a goodbye, on both sides; bytes under way are lost. */
  cut(): void {
    if (this.ending.signal.aborted) return;
    this.ending.abort();
    for (const socket of [this.client, this.server]) {
      // Node.js loses the handle of a socket that is reset while its end is under way, and spins over it for ever.
      if (socket?.writableEnded) socket.destroy();
      else socket?.resetAndDestroy();
    }
    this.rules.closed(this);
  }

  /** Carries nothing from now on, neither bytes nor an end, and stays open on both sides until it is cut. */
  strand(): void {
    this.isStranded = true;
  }

  private async open(): Promise<void> {
    // A frozen server takes connections, and its system bytes; nothing of it is seen.
    await this.orEnd(this.rules.thawed());
    if (this.ending.signal.aborted) return;
    const { client } = this;
    const server = connect({ host: '127.0.0.1', port: this.rules.target, allowHalfOpen: true, noDelay: true });
    server.on('error', () => undefined);
    this.server = server;
    this.pump(client, server, (chunk) => (this.rules.request(this, chunk) ? chunk : undefined));
    this.pump(server, client, (chunk) => this.rules.reply(chunk));
  }

  /** `pass` says what goes on; undefined cuts the link. */
  private pump(from: Socket, to: Socket, pass: (chunk: Buffer) => Buffer | undefined): void {
    let turn: Promise<void> = Promise.resolve();
    let backlog = 0;
    const afterAllBefore = (step: () => void | Promise<void>): void => {
      const due = systemClock.monotonic() + this.rules.latency();
      turn = turn.then(async () => {
        const early = due - systemClock.monotonic();
        if (early > 0) await sleep(systemClock, early, this.ending.signal);
        await this.orEnd(this.rules.thawed());
        if (!this.ending.signal.aborted && !this.isStranded) await step();
      });
    };
    from.on('data', (chunk: Buffer) => {
      if (this.isStranded) return;
      if ((backlog += chunk.length) > backlogBytes) from.pause();
      afterAllBefore(async () => {
        const passed = pass(chunk);
        if (passed === undefined) return this.cut();
        // One write after the other: with a reset the system throws away what it has not sent.
        if (passed.length > 0) await this.orEnd(new Promise<void>((resolve) => to.write(passed, () => resolve())));
        if (from === this.server && this.rules.wasLast()) return;
        if ((backlog -= chunk.length) <= backlogBytes) from.resume();
      });
    });
    from.once('end', () => afterAllBefore(() => void to.end()));
    // Closed without an end: the other side is told in the same way, and a goodbye on both sides is one as well.
    from.once('close', (failed) => afterAllBefore(() => (failed || to.destroyed ? this.cut() : undefined)));
  }

  private async orEnd(wait: Promise<unknown>): Promise<void> {
    const { signal } = this.ending;
    if (signal.aborted) return;
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    signal.addEventListener('abort', end, { once: true });
    await Promise.race([wait, ended]);
    signal.removeEventListener('abort', end);
  }
}
