import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../../src/base/clock';
import { ledger } from '../ledger';
import { SupervisedProcess } from '../supervised-process';
import { dockerdBinary, engineEnvironment, storageDriverFor, whyNoEngine } from './docker-binary';
import { EngineApi } from './engine-api';
import { endEngine, engineMark, isRunning } from './engine-remains';
import { importBusybox } from './image';
import { addBridge, newEngineName, type Bridge } from './link';

export interface DockerEngineOptions {
  /** Containers run on while the engine is away. */
  readonly liveRestore?: boolean;
  /** URL of a registry that is asked first for images of no registry of their own. */
  readonly registryMirror?: string;
  /** Default: the busybox image is imported when `start` makes an engine. */
  readonly busybox?: boolean;
  /** It and what it starts lack this capability, as an engine within a container does: "sys_resource". */
  readonly lacks?: string;
  /** Any other flags, after these. */
  readonly args?: readonly string[];
}

const logTailBytes = 4_000;

/**
 * A real Docker Engine in a process of its own, with data, socket, bridge and cgroup of its own; it changes no iptables, no
 * sysctl and nothing of another engine. This machine reaches its containers at their own addresses and at published ports;
 * they reach this machine and each other, and nothing further. Tests must `dispose` it; what they have not, the ledger does.
 */
export class DockerEngine {
  readonly api: EngineApi;
  private process: SupervisedProcess | undefined;
  private bridge: Bridge | undefined;
  private isDisposed = false;
  private flags: readonly string[] = [];

  private constructor(
    private readonly options: DockerEngineOptions,
    /** Also of its bridge and of the parent of its containers' cgroups. */
    readonly name: string,
    readonly folder: string,
  ) {
    this.api = new EngineApi(this.socketPath);
  }

  /** Resolves when it answers, and has the busybox image. */
  static async start(options: DockerEngineOptions = {}): Promise<DockerEngine> {
    const engine = DockerEngine.prepare(options);
    try {
      await engine.start();
      if (options.busybox ?? true) await importBusybox(engine.api);
      return engine;
    } catch (error) {
      await engine.dispose();
      throw error;
    }
  }

  /** Folder and bridge, but nothing runs yet, and there is no socket. */
  static prepare(options: DockerEngineOptions = {}): DockerEngine {
    const reason = whyNoEngine();
    if (reason !== undefined) throw new Error(`no Docker Engine can run here: ${reason}`);
    const name = newEngineName();
    // Sockets are made in it, and the path of a socket has 107 letters.
    const folder = join(tmpdir().length < 40 ? tmpdir() : '/tmp', name);
    const engine = new DockerEngine(options, name, folder);
    ledger.recordEngine({ name, folder });
    mkdirSync(folder, { mode: 0o711 });
    writeFileSync(join(folder, 'daemon.json'), '{}');
    engine.bridge = addBridge(name);
    engine.flags = engine.chooseFlags();
    return engine;
  }

  get socketPath(): string {
    return join(this.folder, 'docker.sock');
  }

  /** As clients take it from DOCKER_HOST. */
  get dockerHost(): string {
    return `unix://${this.socketPath}`;
  }

  /** 10.x.y.0/24: the addresses of its containers. */
  get subnet(): string {
    return this.bridge?.subnet ?? '';
  }

  /** At which containers reach this machine. */
  get gateway(): string {
    return this.bridge?.gateway ?? '';
  }

  get logFile(): string {
    return join(this.folder, 'dockerd.log');
  }

  get isAlive(): boolean {
    return this.process?.isAlive ?? false;
  }

  /** Of dockerd. */
  get pid(): number | undefined {
    return this.isAlive ? this.process?.pid : undefined;
  }

  /** Runs it on its data. Resolves when it answers. */
  async start(): Promise<void> {
    await this.launch();
    await this.ready();
  }

  /** As start, without waiting for its answer. */
  async launch(): Promise<void> {
    if (this.isDisposed) throw new Error('this engine is disposed');
    if (this.isAlive) throw new Error('this engine runs already');
    // Of one that was killed: neither names anybody any more.
    for (const stale of ['docker.pid', 'docker.sock']) rmSync(join(this.folder, stale), { force: true });
    await forgetContainerd(join(this.folder, 'exec/containerd/containerd.pid'));
    const dockerd = dockerdBinary()!;
    const { lacks } = this.options;
    const [command = dockerd, ...args] = [...(lacks === undefined ? [] : ['setpriv', '--bounding-set', `-${lacks}`]), dockerd, ...this.flags];
    this.process = await SupervisedProcess.start({
      command,
      args,
      env: { ...engineEnvironment(dockerd, this.folder), [engineMark]: this.name },
      log: this.logFile,
      // Not the engine's, in which containers may still run: the next run looks after them.
      folder: join(this.folder, 'unused'),
    });
  }

  /** Waits until GET /_ping is answered. Rejects with the end of its log if it dies before, or it takes too long. */
  async ready(milliseconds = 30_000): Promise<void> {
    const end = systemClock.monotonic() + milliseconds;
    while (!(await this.api.ping())) {
      if (!this.isAlive) throw new Error(`dockerd ended with ${await this.process?.ended} before it answered:\n${this.logTail()}`);
      if (systemClock.monotonic() > end) throw new Error(`dockerd did not answer within ${milliseconds} ms:\n${this.logTail()}`);
      await wait(5);
    }
  }

  /** SIGTERM: without live-restore it stops its containers first. Resolves when it is dead; its data stay. */
  async stop(): Promise<void> {
    await this.process?.kill('SIGTERM');
  }

  /** Its containers run on, as after a crash. Resolves when it is dead. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.process?.kill(signal);
  }

  /** While it is dead and none of its containers runs: it knows none of them afterwards, and has no image but busybox. */
  async startEmpty(): Promise<void> {
    rmSync(join(this.folder, 'data'), { recursive: true, force: true });
    await this.start();
    await importBusybox(this.api);
  }

  /** Kills it where it is alive, and starts it. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** It takes connections, and answers nothing, until resume. Its containers run on. */
  async pause(): Promise<void> {
    await this.running().pause();
  }

  resume(): void {
    this.running().resume();
  }

  /** Ends it, whatever state it is in, its helpers and containers, and removes all that they made. May be called again. */
  async dispose(): Promise<void> {
    this.isDisposed = true;
    await this.kill();
    await endEngine({ name: this.name, folder: this.folder });
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

  private chooseFlags(): string[] {
    const { folder, name, options } = this;
    const flags: Record<string, string | boolean> = {
      // Not this machine's own configuration.
      'config-file': join(folder, 'daemon.json'),
      'data-root': join(folder, 'data'),
      'exec-root': join(folder, 'exec'),
      pidfile: join(folder, 'docker.pid'),
      host: this.dockerHost,
      group: 'root',
      'storage-driver': storageDriverFor(folder),
      bridge: name,
      iptables: false,
      ip6tables: false,
      'ip-masq': false,
      'ip-forward': false,
      'cgroup-parent': `/${name}`,
      'exec-opt': 'native.cgroupdriver=cgroupfs',
      'live-restore': options.liveRestore ?? false,
      ...(options.registryMirror === undefined ? {} : { 'registry-mirror': options.registryMirror }),
    };
    return [...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`), ...(options.args ?? [])];
  }

  private running(): SupervisedProcess {
    if (!this.process?.isAlive) throw new Error('this engine does not run');
    return this.process;
  }
}

/**
 * A containerd dies with its dockerd, a moment later. A new dockerd takes one for alive that only waits to be reaped, which
 * may be as long as its patience. One that really lives on is left to it.
 */
async function forgetContainerd(pidFile: string): Promise<void> {
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
  const end = systemClock.monotonic() + 2_000;
  while (pid > 0 && isRunning(pid)) {
    if (systemClock.monotonic() > end) return;
    await wait(5);
  }
  rmSync(pidFile, { force: true });
}
