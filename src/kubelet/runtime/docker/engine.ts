import type { Readable } from 'node:stream';
import { bulkhead } from 'cockatiel';
import type Docker from 'dockerode';
import type { Clock } from '../../../base/clock';
import { EngineCalls, limits } from './engine-calls';
import { execInContainer } from './exec';
import { engineError, isStatus } from './faults';
import type { Labels } from './labels';
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

/** Starts are serial inside an engine, of pauses as of others: more at a time only make each of them slower. */
const mostStarts = 6;

/** The Docker Engine's API, verb by verb (EngineCalls: deadlines and errors of all of them). */
export class Engine {
  private readonly calls: EngineCalls;
  private readonly starts = bulkhead(mostStarts, Infinity);

  constructor(private readonly options: EngineOptions) {
    this.calls = new EngineCalls(options.host, options.clock);
  }

  get address(): string {
    return this.calls.address;
  }

  async ping(): Promise<void> {
    await this.calls.call('ping', limits.ping, (abortSignal) => this.calls.get('/_ping', abortSignal));
  }

  async info(): Promise<EngineInfo> {
    const [version, info] = await Promise.all([
      this.calls.look('version', (abortSignal) => this.calls.get<Docker.DockerVersion>('/version', abortSignal)),
      this.calls.look('info', (abortSignal) => this.calls.get<{ readonly MemTotal: number; readonly DockerRootDir: string }>('/info', abortSignal)),
    ]);
    return { version: version.Version, apiVersion: version.ApiVersion, architecture: version.Arch, memoryBytes: info.MemTotal, dataRoot: info.DockerRootDir };
  }

  /** `inName`: only those in whose name it stands. */
  list(labels: Labels, inName?: string): Promise<readonly ContainerSummary[]> {
    const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    return this.calls.look('list containers', (abortSignal) => this.calls.connections.looks.listContainers({ all: true, filters: { label, ...(inName === undefined ? {} : { name: [inName] }) }, abortSignal }));
  }

  /** Null when there is none. */
  inspect(id: string): Promise<ContainerDetails | null> {
    return orNull(this.calls.look('inspect a container', (abortSignal) => this.calls.connections.looks.getContainer(id).inspect({ abortSignal })));
  }

  /** Its id. A name that is taken is refused with status 409. */
  async create(name: string, options: CreateOptions): Promise<string> {
    // Unless told apart, dockerode sends all of it in the address too: the environment would stand in the logs of engine and proxies.
    const parts: CreateOptions & { readonly _query: object; readonly _body: CreateOptions } = { _query: { name }, _body: options };
    const { id } = await this.calls.work('create a container', (abortSignal) => this.calls.connections.works.createContainer({ ...parts, abortSignal }));
    return id;
  }

  /** Resolves also when it runs already. First come, first served; its deadline begins with its turn. */
  async start(id: string): Promise<void> {
    const start = (): Promise<unknown> => this.calls.work('start a container', (abortSignal) => this.calls.connections.waits.getContainer(id).start({ abortSignal }));
    await unlessStatus(304, this.starts.execute(start));
  }

  /** Resolves when it has ended, also long ago. */
  async stop(id: string, graceSeconds: number): Promise<void> {
    const t = Math.ceil(graceSeconds);
    const stopped = this.calls.call('stop a container', limits.work + t * 1000, (abortSignal) => this.calls.connections.waits.getContainer(id).stop({ t, abortSignal }));
    await unlessStatus(304, stopped);
  }

  /** With its anonymous volumes. Without `force` what runs is refused with status 409. */
  async remove(id: string, options: { readonly force: boolean }): Promise<void> {
    await this.calls.work('remove a container', (abortSignal) => this.calls.connections.works.getContainer(id).remove({ v: true, force: options.force, abortSignal }));
  }

  async rename(id: string, name: string): Promise<void> {
    await this.calls.work('rename a container', (abortSignal) => this.calls.connections.works.getContainer(id).rename({ name, abortSignal }));
  }

  /** The last lines of both streams, in the engine's frames, each with its time. */
  logs(id: string, tail: number): Promise<Buffer> {
    return this.calls.look('read logs', (abortSignal) => this.calls.connections.looks.getContainer(id).logs({ stdout: true, stderr: true, timestamps: true, tail, follow: false, abortSignal }));
  }

  /** Runs a command in a running container until it ends; its output is dropped. Ends it and rejects with TIMEOUT when it takes longer. */
  exec(id: string, command: readonly string[], milliseconds: number): Promise<number> {
    return execInContainer(this.calls, this.options.clock, { id, command, milliseconds });
  }

  /** Null when it is not there. */
  inspectImage(name: string): Promise<ImageDetails | null> {
    return orNull(this.calls.look('inspect an image', (abortSignal) => this.calls.get<ImageDetails>(`/images/${name}/json`, abortSignal)));
  }

  async importImage(archive: Readable, name: string, changes: readonly string[]): Promise<void> {
    const [repo, tag] = name.split(':');
    await this.calls.call('import an image', limits.import, async (abortSignal) => {
      const progress = await this.calls.connections.waits.importImage(archive, { repo, tag, changes, abortSignal });
      await progressEnds(progress, { address: this.address, onLine: () => undefined });
    });
  }

  /** Resolves when the image is here; one without a tag is `latest`, by dockerode. `onProgress` is called whenever the engine says something. */
  async pull(image: string, options: { readonly auth: object | null; readonly signal: AbortSignal; readonly onProgress: () => void }): Promise<void> {
    const { auth, signal, onProgress } = options;
    try {
      const progress = await this.calls.connections.waits.pull(image, { abortSignal: signal, ...(auth ? { authconfig: auth } : {}) });
      signal.addEventListener('abort', () => destroy(progress), { once: true });
      await progressEnds(progress, { address: this.address, onLine: onProgress });
    } catch (error) {
      throw engineError(error, this.address);
    }
  }

  async createVolume(name: string, options: { readonly driverOptions: Record<string, string>; readonly labels: Labels }): Promise<void> {
    await this.calls.work('create a volume', (abortSignal) => this.calls.connections.works.createVolume({ Name: name, Driver: 'local', DriverOpts: options.driverOptions, Labels: { ...options.labels }, abortSignal }));
  }

  async volumeNames(labels: Labels): Promise<readonly string[]> {
    const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const { Volumes } = await this.calls.look('list volumes', (abortSignal) => this.calls.connections.looks.listVolumes({ filters: { label }, abortSignal }));
    return Volumes.map(({ Name }) => Name);
  }

  async removeVolume(name: string): Promise<void> {
    await unlessStatus(404, this.calls.work('remove a volume', (abortSignal) => this.calls.connections.works.getVolume(name).remove({ abortSignal })));
  }

  /** The stream of events of containers with these labels, from now on. It breaks when the engine goes. */
  async events(labels: Labels): Promise<Readable> {
    const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const event = ['start', 'die', 'oom', 'destroy'];
    const stream = await this.calls.look('listen to events', (abortSignal) => this.calls.connections.waits.getEvents({ filters: { type: ['container'], event, label }, abortSignal }));
    return stream as Readable;
  }

  /** Breaks what is under way. */
  close(): void {
    this.calls.close();
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

function destroy(stream: NodeJS.ReadableStream): void {
  if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy();
}
