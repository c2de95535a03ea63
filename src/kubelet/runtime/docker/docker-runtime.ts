import { resolve } from 'node:path';
import type { Clock } from '../../../base/clock';
import type { Identity } from '../../../base/identity';
import type { Logger } from '../../../base/logger';
import type { Container, LogLine } from '../../../api/pod';
import type { Admission, ContainerConfig, ContainerRecord, ContainerRuntime, RuntimeCapabilities, SandboxConfig, SandboxRecord } from '../runtime';
import { RuntimeError } from '../runtime';
import type { EngineInfo } from './engine';
import { Engine } from './engine';
import { followEvents } from './events';
import type { Owner } from './labels';
import { ourLabels } from './labels';
import type { Parts } from './parts';
import { buildParts } from './parts';
import { ensurePauseImage } from './pause-image';
import type { RegistryCredentials } from './registry-credentials';
import { RuntimeFolder } from './runtime-folder';

export interface DockerRuntimeOptions {
  /** unix:///PATH or tcp://HOST:PORT; null: as Docker's own tools find it (DOCKER_HOST). */
  readonly host: string | null;
  /** What must survive us is below it; its id is what makes containers ours. */
  readonly directory: string;
  readonly nodeName: string;
  /** Null: as many as the engine's memory has room for. */
  readonly preparedSandboxes: number | null;
  readonly credentials: RegistryCredentials;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
}

/** Docker 20.10. */
const oldestApi = [1, 41] as const;

export function createDockerRuntime(options: DockerRuntimeOptions): ContainerRuntime {
  return new DockerRuntime(options);
}

/** Whether an engine answers there now. */
export async function isEngineThere(host: string | null, clock: Clock): Promise<boolean> {
  const engine = new Engine({ host, clock });
  try {
    await engine.ping();
    return true;
  } catch {
    return false;
  } finally {
    engine.close();
  }
}

/** Containers of a Docker Engine (docs/docker-runtime.md, ADR 15). The engine holds all state; this object holds a copy. */
class DockerRuntime implements ContainerRuntime {
  private readonly engine: Engine;
  private readonly listeners = new Set<(id: string) => void>();
  private readonly closing = new AbortController();
  private readonly folder: RuntimeFolder;
  private engineInfo: EngineInfo | null = null;
  private parts: Parts | null = null;
  private events: Promise<void> = Promise.resolve();

  constructor(private readonly options: DockerRuntimeOptions) {
    this.engine = new Engine({ host: options.host, clock: options.clock });
    this.folder = new RuntimeFolder(options.directory);
  }

  get capabilities(): RuntimeCapabilities {
    return { name: 'docker', version: this.engineInfo?.version ?? '', podNetwork: true, resourceLimits: true, survivesRestart: true };
  }

  /** The engine's own too, if it is here: one behind a socket of this machine is. */
  get folders(): readonly string[] {
    const own = resolve(this.options.directory);
    return this.engineInfo && this.engine.address.startsWith('unix:') ? [own, this.engineInfo.dataRoot] : [own];
  }

  async open(): Promise<void> {
    if (this.closing.signal.aborted) throw new RuntimeError('INVALID', 'a runtime that was closed is not opened again');
    if (this.parts) return;
    const info = await this.engine.info();
    checkVersion(info, this.engine.address);
    await this.folder.take();
    const pauseImage = await ensurePauseImage(this.engine, info.architecture);
    this.engineInfo = info;
    const owner: Owner = { runtimeId: await this.folder.id(), nodeName: this.options.nodeName };
    const parts = buildParts({ ...this.options, engine: this.engine, info, owner, folder: this.folder.layout, pauseImage: () => pauseImage });
    try {
      await parts.marks.open();
      await parts.surroundings.takeOver(await parts.looks.look());
      if (this.closing.signal.aborted) throw new RuntimeError('UNAVAILABLE', 'this runtime was closed');
    } catch (error) {
      parts.sandboxes.abandon();
      throw error;
    }
    this.parts = parts;
    this.events = this.follow(parts, owner);
  }

  async admit(container: Container, { pulled }: { readonly pulled: boolean }): Promise<Admission> {
    return this.opened.images.admit(container, pulled);
  }

  async pull(image: string, signal: AbortSignal): Promise<string | null> {
    return this.opened.images.pull(image, signal);
  }

  async ensureSandbox(config: SandboxConfig): Promise<SandboxRecord> {
    return this.opened.surroundings.ensure(config);
  }

  async stopSandbox(podUid: string): Promise<void> {
    await this.opened.sandboxes.stop(podUid);
  }

  async removeSandbox(podUid: string): Promise<void> {
    await this.opened.surroundings.remove(podUid);
  }

  async listSandboxes(): Promise<readonly SandboxRecord[]> {
    const { looks, surroundings } = this.opened;
    const look = await looks.look();
    return [...look.sandboxes, ...surroundings.listLeft(look)];
  }

  async create(config: ContainerConfig): Promise<ContainerRecord> {
    return this.opened.containers.create(config);
  }

  async start(id: string): Promise<void> {
    try {
      await this.opened.containers.start(id);
    } finally {
      this.changed(id);
    }
  }

  async stop(id: string, graceSeconds: number): Promise<void> {
    await this.opened.containers.stop(id, graceSeconds);
  }

  async remove(id: string): Promise<void> {
    await this.opened.containers.remove(id);
  }

  async list(): Promise<readonly ContainerRecord[]> {
    return (await this.opened.looks.look()).containers;
  }

  async inspect(id: string): Promise<ContainerRecord | null> {
    return this.opened.containers.inspect(id);
  }

  async logs(id: string, { tailLines }: { readonly tailLines: number }): Promise<readonly LogLine[]> {
    return this.opened.containers.logs(id, tailLines);
  }

  async exec(id: string, command: readonly string[], timeoutSeconds: number): Promise<number> {
    return this.opened.containers.exec(id, command, timeoutSeconds);
  }

  onChange(listener: (id: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    this.listeners.clear();
    await this.parts?.sandboxes.close();
    this.parts = null;
    this.engine.close();
    await this.events;
    await this.folder.release();
  }

  private get opened(): Parts {
    if (this.parts) return this.parts;
    throw new RuntimeError('UNAVAILABLE', this.closing.signal.aborted ? 'this runtime was closed' : `the Docker Engine at ${this.engine.address} was not reached yet`);
  }

  /** Whoever listens hears of what the engine tells; after it was away, of everything that is another now. */
  private follow({ containers, sandboxes, looks }: Parts, owner: Owner): Promise<void> {
    const onEvent = (id: string, action: string): void => {
      if (containers.isNews(id, action) || sandboxes.isNews(id, action)) this.changed(id);
    };
    const onGap = (): void => void looks.changedMeanwhile().then((ids) => ids.forEach((id) => this.changed(id)));
    return followEvents({ ...this.options, engine: this.engine, labels: ourLabels(owner), onEvent, onGap }, this.closing.signal);
  }

  private changed(id: string): void {
    for (const listener of this.listeners) listener(id);
  }
}

function checkVersion({ version, apiVersion }: EngineInfo, address: string): void {
  const [major = 0, minor = 0] = apiVersion.split('.').map(Number);
  if (major > oldestApi[0] || (major === oldestApi[0] && minor >= oldestApi[1])) return;
  throw new RuntimeError('UNAVAILABLE', `the Docker Engine at ${address} is ${version} (API ${apiVersion}): podql needs API ${oldestApi.join('.')} or newer, Docker 20.10`);
}
