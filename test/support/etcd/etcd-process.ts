import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../../src/base/clock';
import { lastingPort } from '../lasting-port';
import { SupervisedProcess } from '../supervised-process';
import { etcdBinary } from './etcd-binary';
import { etcdArguments, etcdEnvironment, type EtcdOptions, type EtcdPorts } from './etcd-arguments';
import { EtcdGateway, isHealthy } from './etcd-gateway';

export { describeWithEtcd, describeWithEtcdctl, describeWithNewerEtcd, etcdBinary, newerEtcdBinary } from './etcd-binary';
export type { EtcdOptions, EtcdPorts, EtcdTls } from './etcd-arguments';

const logTailBytes = 4_000;

/** A real etcd in a process of its own, on loopback, with data of its own. Ends with whoever started it. */
export class EtcdProcess {
  private process: SupervisedProcess | undefined;
  private isStopped = false;

  private constructor(
    private readonly binary: string,
    private readonly options: EtcdOptions,
    readonly ports: EtcdPorts,
    /** Data and log. */
    readonly directory: string,
  ) {}

  /** Resolves when it is healthy. */
  static async start(options: EtcdOptions = {}): Promise<EtcdProcess> {
    for (let attempt = 1; ; attempt += 1) {
      const etcd = await EtcdProcess.prepare(options);
      try {
        await etcd.restart();
        return etcd;
      } catch (error) {
        await etcd.stop();
        // Between the choice of a port and its use somebody else may have come.
        if (options.ports || attempt === 5 || !String(error).includes('address already in use')) throw error;
      }
    }
  }

  /** Folder and ports, but nothing runs yet: for a cluster, whose members are healthy only together. */
  static async prepare(options: EtcdOptions): Promise<EtcdProcess> {
    const binary = options.binary ?? etcdBinary();
    if (binary === undefined) throw new Error('no etcd server here; ask etcdBinary() first, or describe with describeWithEtcd');
    const ports = options.ports ?? { client: await lastingPort(), peer: await lastingPort(), metrics: await lastingPort() };
    return new EtcdProcess(binary, options, ports, mkdtempSync(join(tmpdir(), 'podql-etcd-')));
  }

  /** For clients. With TLS by name, because Node.js does not like addresses for names of servers. */
  get url(): string {
    return `${this.options.tls ? 'https://localhost' : 'http://127.0.0.1'}:${this.ports.client}`;
  }

  /** Not with TLS: there make one with the certificates of your choice. */
  get gateway(): EtcdGateway {
    return new EtcdGateway(this.url);
  }

  /** GET /health and /metrics, without TLS whatever the clients need. */
  get metricsUrl(): string {
    return `http://127.0.0.1:${this.ports.metrics}`;
  }

  /** What it keeps; absent before its first start. */
  get dataFolder(): string {
    return join(this.directory, 'data');
  }

  get logFile(): string {
    return join(this.directory, 'etcd.log');
  }

  get isAlive(): boolean {
    return this.process?.isAlive ?? false;
  }

  get pid(): number | undefined {
    return this.isAlive ? this.process?.pid : undefined;
  }

  /** Runs it on its data and ports, killing it first where it is alive. Resolves when it is healthy. */
  async restart(): Promise<void> {
    await this.launch();
    await this.healthy();
  }

  /** As restart, without waiting for its health. */
  async launch(): Promise<void> {
    if (this.isStopped) throw new Error('this etcd was stopped and its data are removed');
    await this.kill();
    this.process = await SupervisedProcess.start({
      command: this.binary,
      args: etcdArguments(this.options, { ports: this.ports, data: this.dataFolder }),
      env: etcdEnvironment(),
      log: this.logFile,
      folder: this.directory,
    });
  }

  /** Waits until GET /health is true. Rejects with the end of its log if it dies before, or it takes too long. */
  async healthy(milliseconds = 30_000): Promise<void> {
    const end = systemClock.monotonic() + milliseconds;
    while (!(await isHealthy(this.metricsUrl))) {
      if (!this.isAlive) throw new Error(`etcd ended with ${await this.process?.ended} before it was healthy:\n${this.logTail()}`);
      if (systemClock.monotonic() > end) throw new Error(`etcd was not healthy within ${milliseconds} ms:\n${this.logTail()}`);
      // A timer of Node.js's own: the clock's would let a benchmark end that waits for nothing else.
      await wait(5);
    }
  }

  /** Resolves when it is dead. The data stay. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.process?.kill(signal);
  }

  /** It takes connections, and answers nothing, until resume. */
  async pause(): Promise<void> {
    await this.running().pause();
  }

  resume(): void {
    this.running().resume();
  }

  /** Ends it, paused or not, and removes its data. May be called again. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  logTail(): string {
    const buffer = Buffer.alloc(logTailBytes);
    const file = openSync(this.logFile, 'r');
    try {
      const length = readSync(file, buffer, 0, logTailBytes, Math.max(0, fstatSync(file).size - logTailBytes));
      return buffer.toString('utf8', 0, length);
    } finally {
      closeSync(file);
    }
  }

  private running(): SupervisedProcess {
    if (!this.process?.isAlive) throw new Error('this etcd does not run');
    return this.process;
  }
}
