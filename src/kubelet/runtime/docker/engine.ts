import type { Readable } from 'node:stream';
import { bulkhead } from 'cockatiel';
import type Docker from 'dockerode';
import type { Clock } from '../../../base/clock';
import { DeadlineExceeded, withDeadline } from '../../../base/deadline';
import { RuntimeError } from '../runtime';
import { Connections } from './connections';
import { EngineError, engineError, isExecCutOff, isStatus } from './faults';
import type { Labels } from './labels';
import { endInContainer } from './leftover';
import { progressEnds } from './progress';

export type ContainerSummary = Docker.ContainerInfo;
export type ContainerDetails = Docker.ContainerInspectInfo;
export type ImageDetails = Docker.ImageInspectInfo;
export type CreateOptions = Docker.ContainerCreateOptions;
export type EngineInfo = { readonly version: string; readonly apiVersion: string; readonly architecture: string; readonly memoryBytes: number; readonly dataRoot: string };

export interface EngineOptions {
  /** unix:///PATH or tcp://HOST:PORT. Null: DOCKER_HOST with its companions, else where Docker usually is. */
  readonly host: string | null;
  readonly clock: Clock;
}

/** Milliseconds: what a call may take, whatever the engine does. `work`: it has to start, stop or remove something. */
const limits = { ping: 3_000, look: 10_000, work: 60_000, import: 60_000 };
/** Starts are serial inside an engine, of pauses as of others: more at a time only make each of them slower. */
const mostStarts = 6;
/** Letters kept of what a command of an exec wrote. */
const mostWords = 1_000;

/**
 * The Docker Engine's API: each call has a deadline of its own, since an engine that dies while it answers leaves dockerode
 * waiting for ever, and every error is a RuntimeError. A call that was given up may still happen: look before repeating.
 */
export class Engine {
  private readonly connections: Connections;
  private readonly starts = bulkhead(mostStarts, Infinity);
  private isClosed = false;

  constructor(private readonly options: EngineOptions) {
    this.connections = new Connections(options.host);
  }

  get address(): string {
    return this.connections.address;
  }

  async ping(): Promise<void> {
    await this.call('ping', limits.ping, (abortSignal) => this.get('/_ping', abortSignal));
  }

  async info(): Promise<EngineInfo> {
    const [version, info] = await Promise.all([
      this.look('version', (abortSignal) => this.get<Docker.DockerVersion>('/version', abortSignal)),
      this.look('info', (abortSignal) => this.get<{ readonly MemTotal: number; readonly DockerRootDir: string }>('/info', abortSignal)),
    ]);
    return { version: version.Version, apiVersion: version.ApiVersion, architecture: version.Arch, memoryBytes: info.MemTotal, dataRoot: info.DockerRootDir };
  }

  /** `inName`: only those in whose name it stands. */
  list(labels: Labels, inName?: string): Promise<readonly ContainerSummary[]> {
    const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    return this.look('list containers', (abortSignal) => this.connections.looks.listContainers({ all: true, filters: { label, ...(inName === undefined ? {} : { name: [inName] }) }, abortSignal }));
  }

  /** Null when there is none. */
  inspect(id: string): Promise<ContainerDetails | null> {
    return orNull(this.look('inspect a container', (abortSignal) => this.connections.looks.getContainer(id).inspect({ abortSignal })));
  }

  /** Its id. A name that is taken is refused with status 409. */
  async create(name: string, options: CreateOptions): Promise<string> {
    // Unless told apart, dockerode sends all of it in the address too: the environment would stand in the logs of engine and proxies.
    const parts: CreateOptions & { readonly _query: object; readonly _body: CreateOptions } = { _query: { name }, _body: options };
    const { id } = await this.work('create a container', (abortSignal) => this.connections.works.createContainer({ ...parts, abortSignal }));
    return id;
  }

  /** Resolves also when it runs already. First come, first served; its deadline begins with its turn. */
  async start(id: string): Promise<void> {
    const start = (): Promise<unknown> => this.work('start a container', (abortSignal) => this.connections.waits.getContainer(id).start({ abortSignal }));
    await unlessStatus(304, this.starts.execute(start));
  }

  /** Resolves when it has ended, also long ago. */
  async stop(id: string, graceSeconds: number): Promise<void> {
    const t = Math.ceil(graceSeconds);
    const stopped = this.call('stop a container', limits.work + t * 1000, (abortSignal) => this.connections.waits.getContainer(id).stop({ t, abortSignal }));
    await unlessStatus(304, stopped);
  }

  /** With its anonymous volumes. Without `force` what runs is refused with status 409. */
  async remove(id: string, options: { readonly force: boolean }): Promise<void> {
    await this.work('remove a container', (abortSignal) => this.connections.works.getContainer(id).remove({ v: true, force: options.force, abortSignal }));
  }

  async rename(id: string, name: string): Promise<void> {
    await this.work('rename a container', (abortSignal) => this.connections.works.getContainer(id).rename({ name, abortSignal }));
  }

  /** The last lines of both streams, in the engine's frames, each with its time. */
  logs(id: string, tail: number): Promise<Buffer> {
    return this.look('read logs', (abortSignal) => this.connections.looks.getContainer(id).logs({ stdout: true, stderr: true, timestamps: true, tail, follow: false, abortSignal }));
  }

  /** Runs a command in a running container until it ends; its output is dropped. Ends it and rejects with TIMEOUT when it takes longer. */
  async exec(id: string, command: readonly string[], milliseconds: number): Promise<number> {
    const exec = await this.look('make an exec', (abortSignal) => this.connections.looks.getContainer(id).exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true, abortSignal }));
    const stream = await this.look('start an exec', (abortSignal) => this.connections.waits.getExec(exec.id).start({ hijack: true, abortSignal }));
    let said: string;
    try {
      said = await withDeadline(this.options.clock, lastWords(stream), { what: 'exec', milliseconds });
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw engineError(error, this.address);
      await this.endExec(exec);
      throw new RuntimeError('TIMEOUT', `${command.join(' ')} did not end within ${milliseconds / 1000} s`);
    } finally {
      stream.destroy();
    }
    const { ExitCode } = await this.look('inspect an exec', (abortSignal) => exec.inspect({ abortSignal }));
    if (ExitCode === null) throw new RuntimeError('INTERNAL', 'the engine does not know how the command ended');
    if (isExecCutOff(ExitCode, said)) throw new EngineError('UNAVAILABLE', `the engine went while it ran a command: ${said.trim()}`, null, undefined);
    return ExitCode;
  }

  /** Null when it is not there. */
  inspectImage(name: string): Promise<ImageDetails | null> {
    return orNull(this.look('inspect an image', (abortSignal) => this.get<ImageDetails>(`/images/${name}/json`, abortSignal)));
  }

  async importImage(archive: Readable, name: string, changes: readonly string[]): Promise<void> {
    const [repo, tag] = name.split(':');
    await this.call('import an image', limits.import, async (abortSignal) => {
      const progress = await this.connections.waits.importImage(archive, { repo, tag, changes, abortSignal });
      await progressEnds(progress, { address: this.address, onLine: () => undefined });
    });
  }

  /** Resolves when the image is here; one without a tag is `latest`, by dockerode. `onProgress` is called whenever the engine says something. */
  async pull(image: string, options: { readonly auth: object | null; readonly signal: AbortSignal; readonly onProgress: () => void }): Promise<void> {
    const { auth, signal, onProgress } = options;
    try {
      const progress = await this.connections.waits.pull(image, { abortSignal: signal, ...(auth ? { authconfig: auth } : {}) });
      signal.addEventListener('abort', () => destroy(progress), { once: true });
      await progressEnds(progress, { address: this.address, onLine: onProgress });
    } catch (error) {
      throw engineError(error, this.address);
    }
  }

  async createVolume(name: string, options: { readonly driverOptions: Record<string, string>; readonly labels: Labels }): Promise<void> {
    await this.work('create a volume', (abortSignal) => this.connections.works.createVolume({ Name: name, Driver: 'local', DriverOpts: options.driverOptions, Labels: { ...options.labels }, abortSignal }));
  }

  async volumeNames(labels: Labels): Promise<readonly string[]> {
    const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const { Volumes } = await this.look('list volumes', (abortSignal) => this.connections.looks.listVolumes({ filters: { label }, abortSignal }));
    return Volumes.map(({ Name }) => Name);
  }

  async removeVolume(name: string): Promise<void> {
    await unlessStatus(404, this.work('remove a volume', (abortSignal) => this.connections.works.getVolume(name).remove({ abortSignal })));
  }

  /** The stream of events of containers with these labels, from now on. It breaks when the engine goes. */
  async events(labels: Labels): Promise<Readable> {
    const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const event = ['start', 'die', 'oom', 'destroy'];
    const stream = await this.look('listen to events', (abortSignal) => this.connections.waits.getEvents({ filters: { type: ['container'], event, label }, abortSignal }));
    return stream as Readable;
  }

  /** Breaks what is under way. */
  close(): void {
    this.isClosed = true;
    this.connections.close();
  }

  /** The engine has no call for it: without this each exec probe that takes too long would leave a process in the container. */
  private async endExec(exec: Docker.Exec): Promise<void> {
    const { Running, Pid, ContainerID } = await this.look('inspect an exec', (abortSignal) => exec.inspect({ abortSignal }));
    if (Running) await endInContainer(Pid, ContainerID);
  }

  /** What dockerode's own methods, or their types, have no signal for. */
  private get<T>(path: string, abortSignal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      // The one cast: an answer is what the engine's documentation says.
      this.connections.looks.modem.dial({ path, method: 'GET', abortSignal, statusCodes: { 200: true } }, (error, answer) => (error ? reject(error) : resolve(answer as T)));
    });
  }

  private look<T>(what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.call(what, limits.look, work);
  }

  private work<T>(what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.call(what, limits.work, work);
  }

  private async call<T>(what: string, milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.isClosed) throw new RuntimeError('UNAVAILABLE', 'this runtime was closed');
    const given = new AbortController();
    try {
      return await this.within(what, milliseconds, work(given.signal));
    } catch (error) {
      given.abort();
      throw error;
    }
  }

  private async within<T>(what: string, milliseconds: number, work: Promise<T>): Promise<T> {
    try {
      return await withDeadline(this.options.clock, work, { what, milliseconds });
    } catch (error) {
      if (error instanceof DeadlineExceeded) throw new EngineError('TIMEOUT', `the engine did not ${what} within ${milliseconds / 1000} s; it may still do it`, null, error);
      throw engineError(error, this.address);
    }
  }
}

async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (isStatus(error, 404)) return null;
    throw error;
  }
}

async function unlessStatus(status: number, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isStatus(error, status)) throw error;
  }
}

/** The end of what a command wrote, once it has ended: what the engine itself has to say of it stands there too. */
function lastWords(stream: NodeJS.ReadWriteStream): Promise<string> {
  let words = '';
  return new Promise((resolve, reject) => {
    const end = (): void => resolve(words);
    stream.on('end', end).on('close', end).on('error', reject);
    stream.on('data', (chunk: Buffer) => (words = `${words}${chunk.toString('latin1')}`.slice(-mostWords)));
  });
}

function destroy(stream: NodeJS.ReadableStream): void {
  if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy();
}
