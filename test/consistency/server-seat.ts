import { sleep, systemClock } from '../../src/base/clock';
import { lastingPort } from '../support/lasting-port';
import { PodqlProcess } from '../support/podql-process';
import { TcpProxy } from '../support/tcp-proxy';

/** One of the servers: the process that is there now, and its own connections to each member of the store. */
export class ServerSeat {
  private process: PodqlProcess | undefined;
  private readonly earlier: string[] = [];

  private constructor(
    readonly index: number,
    readonly port: number,
    readonly doors: readonly TcpProxy[],
  ) {}

  static async open(index: number, memberPorts: readonly number[]): Promise<ServerSeat> {
    const doors = await Promise.all(memberPorts.map((port) => TcpProxy.start(port)));
    const seat = new ServerSeat(index, await lastingPort(), doors);
    await seat.start();
    return seat;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Everything that its processes printed. */
  get text(): string {
    return [...this.earlier, this.process?.text ?? ''].join('\n');
  }

  /** Resolves when it is ready for requests. */
  async start(): Promise<void> {
    const store = `etcd://${this.doors.map(({ port }) => `127.0.0.1:${port}`).join(',')}/podql`;
    const args = ['--store', store, '--runtime', 'none', '--node-name', `server-${this.index}`, '--log-format', 'json'];
    this.process = await PodqlProcess.start({ port: this.port, args }).catch((error: Error) => {
      this.earlier.push(error.message);
      throw error;
    });
  }

  async kill(): Promise<void> {
    this.earlier.push(this.process?.text ?? '');
    await this.process?.kill9();
    await this.process?.remove();
    this.process = undefined;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.process?.child.kill(signal);
  }

  async healthy(): Promise<void> {
    const end = systemClock.monotonic() + 60_000;
    for (;;) {
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
      if (answer?.status === 200) return;
      if (systemClock.monotonic() > end) throw new Error(`server ${this.index} did not recover:\n${this.text.slice(-4_000)}`);
      await sleep(systemClock, 50);
    }
  }

  async close(): Promise<void> {
    this.signal('SIGCONT');
    await this.kill();
    for (const door of this.doors) door.stop();
  }
}
