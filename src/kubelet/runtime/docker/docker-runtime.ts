import { randomBytes } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { makeDirectory } from '../../../base/directory';
import type { Clock } from '../../../base/clock';
import type { Identity } from '../../../base/identity';
import type { Logger } from '../../../base/logger';
import type { Container, LogLine } from '../../../api/pod';
import { lockDirectory } from '../directory-lock';
import { claim, readIfThere, removeTree } from '../files';
import { readBootId } from '../process-identity';
import type { Admission, ContainerConfig, ContainerRecord, ContainerRuntime, RuntimeCapabilities, SandboxConfig, SandboxRecord } from '../runtime';
import { RuntimeError } from '../runtime';
import { Containers } from './containers';
import { Ends } from './ends';
import type { EngineInfo } from './engine';
import { Engine } from './engine';
import { followEvents } from './events';
import { eachInTurn } from './faults';
import { Images } from './images';
import type { Labels, Owner } from './labels';
import { labelNames, ownerLabels } from './labels';
import type { Layout } from './layout';
import { layoutOf, podFolder } from './layout';
import { podOfSandbox } from './names';
import { OomScores } from './oom-scores';
import { ensurePauseImage } from './pause-image';
import type { RegistryCredentials } from './registry-credentials';
import { preparedByMemory } from './sandbox-options';
import { Sandboxes } from './sandboxes';
import { StartMarks } from './start-marks';
import { makeEmptyDirs } from './volumes';

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

/** Everything of ours that the engine has at one moment. */
interface Look {
  readonly containers: readonly ContainerRecord[];
  readonly sandboxes: readonly SandboxRecord[];
}

/** Containers of a Docker Engine (docs/docker-runtime.md, ADR 15). The engine holds all state; this object holds a copy. */
class DockerRuntime implements ContainerRuntime {
  private readonly engine: Engine;
  private readonly listeners = new Set<(id: string) => void>();
  private readonly closing = new AbortController();
  private layout: Layout;
  private engineInfo: EngineInfo | null = null;
  private pauseImage = '';
  private owner: Owner | null = null;
  private parts: { readonly sandboxes: Sandboxes; readonly containers: Containers; readonly images: Images; readonly marks: StartMarks } | null = null;
  private unlock: (() => Promise<void>) | undefined;
  private events: Promise<void> = Promise.resolve();
  private nextLook: Promise<Look> | null = null;
  private lastLook: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: DockerRuntimeOptions) {
    this.engine = new Engine({ host: options.host, clock: options.clock });
    this.layout = layoutOf(resolve(options.directory));
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
    await this.takeFolder();
    this.pauseImage = await ensurePauseImage(this.engine, info.architecture);
    this.engineInfo = info;
    const owner: Owner = { runtimeId: await this.runtimeId(), nodeName: this.options.nodeName };
    this.owner = owner;
    this.parts = this.build(owner);
    try {
      await this.parts.marks.open();
      await this.look();
    } catch (error) {
      this.parts = null;
      throw error;
    }
    this.events = followEvents(
      { engine: this.engine, labels: this.ours, clock: this.options.clock, logger: this.options.logger, onEvent: (id, action) => this.onEvent(id, action), onGap: () => void this.afterGap() },
      this.closing.signal,
    );
  }

  async admit(container: Container, { pulled }: { readonly pulled: boolean }): Promise<Admission> {
    return this.opened.images.admit(container, pulled);
  }

  async pull(image: string, signal: AbortSignal): Promise<string | null> {
    return this.opened.images.pull(image, signal);
  }

  async ensureSandbox(config: SandboxConfig): Promise<SandboxRecord> {
    const { sandboxes } = this.opened;
    await makeEmptyDirs(this.layout, config.podUid, config.spec);
    if (sandboxes.isLost(config.podUid)) await this.endMembers(config.podUid);
    return sandboxes.ensure(config);
  }

  async stopSandbox(podUid: string): Promise<void> {
    await this.opened.sandboxes.stop(podUid);
  }

  async removeSandbox(podUid: string): Promise<void> {
    const { sandboxes, containers, marks } = this.opened;
    const summaries = await this.engine.list(this.ours, podUid);
    const members = summaries.filter(({ Labels: labels }) => labels[labelNames.role] === 'container' && labels[labelNames.podUid] === podUid);
    const running = members.find(({ State }) => State === 'running');
    if (running) throw new RuntimeError('INVALID', `container ${running.Id} still runs: stop it before the sandbox is removed`);
    const own = summaries.filter(({ Labels: labels, Names: names }) => labels[labelNames.role] !== 'container' && (labels[labelNames.podUid] ?? podOfSandbox(names[0] ?? '')?.podUid) === podUid);
    const volumes = await this.engine.volumeNames({ ...ownerLabels(this.ownerOrThrow, 'sandbox'), [labelNames.podUid]: podUid });
    await eachInTurn([
      ...members.map(({ Id }) => () => containers.remove(Id)),
      () => sandboxes.remove(podUid, own.map(({ Id }) => Id)),
      ...volumes.map((name) => () => this.engine.removeVolume(name)),
      () => removeTree(podFolder(this.layout, podUid)),
    ]);
    marks.forgetPod(podUid);
  }

  async listSandboxes(): Promise<readonly SandboxRecord[]> {
    return (await this.look()).sandboxes;
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
    return (await this.look()).containers;
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
    await this.unlock?.();
  }

  private get opened(): NonNullable<DockerRuntime['parts']> {
    if (this.parts) return this.parts;
    throw new RuntimeError('UNAVAILABLE', this.closing.signal.aborted ? 'this runtime was closed' : `the Docker Engine at ${this.engine.address} was not reached yet`);
  }

  private get ownerOrThrow(): Owner {
    if (!this.owner) throw new RuntimeError('UNAVAILABLE', 'this runtime is not open');
    return this.owner;
  }

  private get ours(): Labels {
    return { [labelNames.runtime]: this.ownerOrThrow.runtimeId };
  }

  private build(owner: Owner): NonNullable<DockerRuntime['parts']> {
    const { engine } = this;
    const { clock, identity, logger, credentials, preparedSandboxes } = this.options;
    const pauseImage = (): string => this.pauseImage;
    const layout = (): Layout => this.layout;
    const images = new Images({ engine, clock, credentials });
    const sandboxes = new Sandboxes({ engine, owner, pauseImage, prepared: preparedSandboxes ?? preparedByMemory(this.engineInfo?.memoryBytes ?? 0), clock, identity, logger });
    const oomScores = new OomScores({ engine, pauseImage, labels: ownerLabels(owner, 'prepared'), logger });
    const ends = new Ends(engine, layout);
    const marks = new StartMarks(layout);
    const containers = new Containers({ engine, owner, layout, sandboxes, images, ends, marks, oomScores, clock, memoryCapacity: () => this.engineInfo?.memoryBytes ?? 0 });
    return { sandboxes, containers, images, marks };
  }

  /** One look at a time; who asks before it begins shares it. */
  private look(): Promise<Look> {
    this.nextLook ??= this.lastLook.then(() => {
      const look = this.lookNow();
      this.nextLook = null;
      this.lastLook = look.catch(() => undefined);
      return look;
    });
    return this.nextLook;
  }

  private async lookNow(): Promise<Look> {
    const { sandboxes, containers } = this.opened;
    containers.beginLook();
    sandboxes.beginLook();
    const summaries = await this.engine.list(this.ours);
    const isContainer = (summary: (typeof summaries)[number]): boolean => summary.Labels[labelNames.role] === 'container';
    sandboxes.takeOver(summaries.filter((summary) => !isContainer(summary)));
    const records = await containers.takeOver(summaries.filter(isContainer));
    return { containers: records, sandboxes: sandboxes.list() };
  }

  /** What still runs in a lost sandbox has no network any more. */
  private async endMembers(podUid: string): Promise<void> {
    const running = await this.engine.list({ ...this.ours, [labelNames.role]: 'container', [labelNames.podUid]: podUid });
    await Promise.all(running.filter(({ State }) => State === 'running').map(({ Id }) => this.opened.containers.stop(Id, 0)));
  }

  private onEvent(id: string, action: string): void {
    const { containers, sandboxes } = this.opened;
    if (containers.isNews(id, action) || sandboxes.isNews(id, action)) this.changed(id);
  }

  /** The engine was away: whoever listens hears of everything that is another now. */
  private async afterGap(): Promise<void> {
    const { containers, sandboxes } = this.opened;
    const before = new Map([...containers.ids].map((id) => [id, containers.recordOf(id)]));
    const sandboxesBefore = sandboxes.list();
    try {
      await this.look();
    } catch (error) {
      this.options.logger.debug('cannot look at the engine after it was away', { error });
      return;
    }
    for (const id of new Set([...before.keys(), ...containers.ids])) if (before.get(id) !== containers.recordOf(id)) this.changed(id);
    for (const { id, ready } of sandboxesBefore) if (!sandboxes.list().some((record) => record.id === id && record.ready === ready)) this.changed(id);
  }

  private changed(id: string): void {
    for (const listener of this.listeners) listener(id);
  }

  private async takeFolder(): Promise<void> {
    if (this.unlock) return;
    try {
      await makeDirectory(this.layout.root, 0o711);
      this.layout = layoutOf(resolve(await realpath(this.layout.root), '..'));
      await mkdir(this.layout.pods, { recursive: true, mode: 0o711 });
      this.unlock = await lockDirectory(this.layout.lock, await readBootId());
    } catch (error) {
      if (error instanceof RuntimeError) throw error;
      throw new RuntimeError('UNAVAILABLE', `the docker runtime cannot work in ${this.layout.root}: ${String(error)}`, error);
    }
  }

  /** Made once for each folder: two clusters on one engine never touch each other's containers, whatever their nodes are called. */
  private async runtimeId(): Promise<string> {
    await claim(this.layout.id, randomBytes(8).toString('hex'));
    return (await readIfThere(this.layout.id))?.trim() ?? '';
  }
}

function checkVersion({ version, apiVersion }: EngineInfo, address: string): void {
  const [major = 0, minor = 0] = apiVersion.split('.').map(Number);
  if (major > oldestApi[0] || (major === oldestApi[0] && minor >= oldestApi[1])) return;
  throw new RuntimeError('UNAVAILABLE', `the Docker Engine at ${address} is ${version} (API ${apiVersion}): podql needs API ${oldestApi.join('.')} or newer, Docker 20.10`);
}
