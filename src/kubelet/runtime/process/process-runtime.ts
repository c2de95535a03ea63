import { constants } from 'node:fs';
import { access, mkdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeDirectory } from '../../../base/directory';
import type { Clock, Timer } from '../../../base/clock';
import type { Logger } from '../../../base/logger';
import type { Container, LogLine, Volume } from '../../../api/pod';
import type { Admission, ContainerConfig, ContainerRecord, ContainerRuntime, RuntimeCapabilities, SandboxConfig, SandboxRecord } from '../runtime';
import { RuntimeError } from '../runtime';
import { ProcessContainer } from './container';
import { execLaunch } from './container-exec';
import type { StoredContainer } from './container-state';
import { lockDirectory } from '../directory-lock';
import type { Environment } from './environment';
import { Escapees } from './escapees';
import { claimDirectory, discard, namesIn, readIfThere, removeTree, writeAtomically, writeNew } from '../files';
import { planLaunch } from './launch';
import type { Layout } from './layout';
import { checkIdentity, checkName, containerFolder, containerFolderName, containerId, layoutOf, sandboxFolder } from './layout';
import type { LogLimits } from './log-stream';
import { defaultLogLimits } from './log-stream';
import { readBootId } from '../process-identity';
import { makeEmptyDirs } from './volumes';

export interface ProcessRuntimeOptions {
  /** Everything is kept here; made if it is not there. */
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 'host': only the image `host` may run, for nothing else is what would run. 'ignore': any, and the name means nothing. */
  readonly images: ImageRule;
  readonly nodeName: string;
  readonly logLimits?: LogLimits;
}

export type ImageRule = 'host' | 'ignore';

/** sandbox.json */
interface StoredSandbox extends Pick<SandboxRecord, 'podUid' | 'namespace' | 'podName'> {
  readonly formatVersion: 1;
  readonly volumes: readonly Volume[];
}

/** How often running containers and their logs are looked at; activity and ends of our own children are seen at once. */
const pollMs = 1000;
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function createProcessRuntime(options: ProcessRuntimeOptions): ContainerRuntime {
  return new ProcessRuntime(options);
}

/**
 * Containers as plain processes of this machine (docs/process-runtime.md): no images, no isolation, but restarts, logs,
 * exit codes and adoption as any runtime has them. All state is in the directory; this object holds a copy of it.
 */
class ProcessRuntime implements ContainerRuntime {
  readonly capabilities: RuntimeCapabilities = {
    name: 'process',
    version: '1',
    podNetwork: false,
    resourceLimits: false,
    survivesRestart: true,
  };
  private readonly clock: Clock;
  private readonly escapees = new Escapees();
  private readonly sandboxes = new Map<string, StoredSandbox>();
  private readonly containers = new Map<string, ProcessContainer>();
  private readonly listeners = new Set<(id: string) => void>();
  private layout: Layout;
  private bootId = '';
  private unlock: (() => Promise<void>) | undefined;
  private timer: Timer | undefined;
  private phase: 'new' | 'open' | 'closed' = 'new';

  constructor(private readonly options: ProcessRuntimeOptions) {
    this.clock = options.clock;
    this.layout = layoutOf(resolve(options.directory));
  }

  get folders(): readonly string[] {
    return [resolve(this.options.directory)];
  }

  async open(): Promise<void> {
    // openRuntime opens, to fail early; the kubelet opens, because it may get a runtime that nobody opened.
    if (this.phase === 'open') return;
    if (this.phase === 'closed') throw new RuntimeError('INVALID', 'a runtime that was closed is not opened again');
    await this.prepareDirectory();
    for (const name of await namesIn(this.layout.trash)) await removeTree(join(this.layout.trash, name));
    for (const podUid of await namesIn(this.layout.pods)) await this.loadPod(podUid);
    this.phase = 'open';
    // Whoever held the directory before may have died between an end and the sweep after it.
    this.sweepInBackground([...this.containers.values()].filter(leftProcesses).map((container) => container.id));
    this.schedulePoll();
  }

  async admit(container: Container): Promise<Admission> {
    if (this.options.images === 'ignore' || container.image === 'host') return { verdict: 'admitted' };
    return {
      verdict: 'refused',
      reason: 'ImageNotRunnable',
      message: `image ${container.image} cannot be run by node ${this.options.nodeName}, which runs plain processes: use image: host, or start with --process-images=ignore, or use a node with Docker`,
    };
  }

  async pull(image: string): Promise<never> {
    throw new RuntimeError('INVALID', `image ${image} is not pulled: this node runs plain processes`);
  }

  async ensureSandbox(sandbox: SandboxConfig): Promise<SandboxRecord> {
    this.checkOpen();
    const { podUid, namespace, podName, spec } = sandbox;
    const { volumes } = spec;
    checkName('pod uid', podUid);
    for (const volume of volumes) checkName('volume name', volume.name);
    const folder = sandboxFolder(this.layout, podUid);
    for (const path of [folder.work, folder.volumes, folder.containers]) await mkdir(path, { recursive: true, mode: 0o700 });
    await makeEmptyDirs(folder, volumes);
    const known = this.sandboxes.get(podUid);
    const stored: StoredSandbox = { formatVersion: 1, podUid, namespace, podName, volumes };
    if (!known || JSON.stringify(known) !== JSON.stringify(stored)) await writeAtomically(folder.record, JSON.stringify(stored));
    this.sandboxes.set(podUid, stored);
    return recordOf(stored);
  }

  async stopSandbox(): Promise<void> {
    this.checkOpen();
  }

  async removeSandbox(podUid: string): Promise<void> {
    this.checkOpen();
    if (!this.sandboxes.has(podUid)) return;
    const mine = [...this.containers.values()].filter((container) => container.stored.identity.podUid === podUid);
    for (const container of mine) await this.retire(container);
    await discard(sandboxFolder(this.layout, podUid).root, this.layout.trash);
    for (const container of mine) this.forget(container);
    this.sandboxes.delete(podUid);
  }

  async listSandboxes(): Promise<readonly SandboxRecord[]> {
    this.checkOpen();
    return [...this.sandboxes.values()].map(recordOf);
  }

  async create(config: ContainerConfig): Promise<ContainerRecord> {
    this.checkOpen();
    checkIdentity(config.identity);
    const id = containerId(config.identity);
    const { identity, namespace, podName, container, extraEnv, notes } = config;
    if (!this.sandboxes.has(identity.podUid)) throw new RuntimeError('NOT_FOUND', `pod ${identity.podUid} has no sandbox: ensure it first`);
    const stored: StoredContainer = { formatVersion: 1, identity, namespace, podName, container, extraEnv, notes, createdAt: this.clock.now() };
    const parent = sandboxFolder(this.layout, identity.podUid).containers;
    let mine: boolean;
    try {
      mine = await claimDirectory(join(parent, containerFolderName(identity)), (fresh) => writeNew(containerFolder(fresh).record, JSON.stringify(stored)));
    } catch (error) {
      throw new RuntimeError('INTERNAL', `container ${id} could not be created: ${String(error)}`, error);
    }
    if (!mine) throw new RuntimeError('ALREADY_EXISTS', `container ${id} exists`);
    const made = this.remember(stored);
    this.changed(id);
    return made.record();
  }

  async start(id: string): Promise<void> {
    const container = this.find(id);
    if (!container) throw new RuntimeError('NOT_FOUND', `no container ${id}`);
    await container.start(async () => {
      if (this.hasUnsweptPredecessor(container)) await this.escapees.sweep();
      return planLaunch(this.launchOptions(container));
    });
  }

  async stop(id: string, graceSeconds: number): Promise<void> {
    const container = this.find(id);
    if (!container) return;
    await container.stop(graceSeconds);
    if (leftProcesses(container)) await this.escapees.sweep([id]);
  }

  async remove(id: string): Promise<void> {
    const container = this.find(id);
    if (!container) return;
    await this.retire(container);
    await discard(container.folder.root, this.layout.trash);
    this.forget(container);
    this.changed(id);
  }

  async list(): Promise<readonly ContainerRecord[]> {
    this.checkOpen();
    const containers = [...this.containers.values()];
    await Promise.all(containers.map((container) => container.refresh()));
    return containers.map((container) => container.record());
  }

  async inspect(id: string): Promise<ContainerRecord | null> {
    const container = this.find(id);
    if (!container) return null;
    await container.refresh();
    return container.record();
  }

  async logs(id: string, options: { tailLines: number }): Promise<readonly LogLine[]> {
    const container = this.find(id);
    return container ? container.logs.tail(options.tailLines, container.stored.identity.attempt) : [];
  }

  async exec(id: string, command: readonly string[], timeoutSeconds: number): Promise<number> {
    const container = this.find(id);
    if (!container) throw new RuntimeError('NOT_FOUND', `no container ${id}`);
    if ((await container.refresh()).phase !== 'running') throw new RuntimeError('INVALID', `container ${id} is not running`);
    const planned = await planLaunch({ ...this.launchOptions(container), command });
    if ('fault' in planned) return planned.fault.exitCode;
    return execLaunch(planned.launch, { clock: this.clock, timeoutSeconds });
  }

  onChange(listener: (id: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.phase === 'closed') return;
    this.phase = 'closed';
    this.timer?.cancel();
    this.listeners.clear();
    for (const container of this.containers.values()) container.close();
    await this.escapees.close();
    await this.unlock?.();
  }

  private async prepareDirectory(): Promise<void> {
    if (process.platform !== 'linux') throw new RuntimeError('UNAVAILABLE', 'the process runtime needs Linux: it recognises processes by procfs');
    try {
      await access('/bin/sh', constants.X_OK);
      await makeDirectory(this.layout.root, 0o700);
      // A container remembers its directory: one spelling for all time.
      this.layout = layoutOf(await realpath(this.layout.root));
      for (const path of [this.layout.trash, this.layout.pods]) await mkdir(path, { recursive: true, mode: 0o700 });
      this.bootId = await readBootId();
      this.unlock = await lockDirectory(this.layout.lock, this.bootId);
    } catch (error) {
      if (error instanceof RuntimeError) throw error;
      throw new RuntimeError('UNAVAILABLE', `the process runtime cannot work in ${this.layout.root}: ${String(error)}`, error);
    }
  }

  private async loadPod(podUid: string): Promise<void> {
    const folder = sandboxFolder(this.layout, podUid);
    const sandbox = parseSandbox(await readIfThere(folder.record));
    if (!sandbox) {
      // Written last when a sandbox is made, so nothing was ever created in this one.
      await discard(folder.root, this.layout.trash);
      return;
    }
    this.sandboxes.set(podUid, sandbox);
    for (const name of await namesIn(folder.containers)) {
      const root = join(folder.containers, name);
      const stored = name.endsWith('.new') ? null : parseContainer(await readIfThere(containerFolder(root).record));
      if (stored) {
        await this.remember(stored).refresh();
        continue;
      }
      if (!name.endsWith('.new')) {
        this.options.logger.error('the record of a container cannot be read; the container is removed', { directory: root });
        await this.escapees.sweep([`${podUid}_${name.replace(/\.(\d+)$/, '_$1')}`]);
      }
      await discard(root, this.layout.trash);
    }
  }

  private remember(stored: StoredContainer): ProcessContainer {
    const parent = sandboxFolder(this.layout, stored.identity.podUid).containers;
    const container = new ProcessContainer({
      folder: containerFolder(join(parent, containerFolderName(stored.identity))),
      stored,
      clock: this.clock,
      bootId: this.bootId,
      logLimits: this.options.logLimits ?? defaultLogLimits,
      onChange: (changed) => {
        if (this.phase === 'open' && leftProcesses(changed)) this.sweepInBackground([changed.id]);
        this.changed(changed.id);
      },
    });
    this.containers.set(container.id, container);
    return container;
  }

  private forget(container: ProcessContainer): void {
    container.close();
    this.containers.delete(container.id);
  }

  private async retire(container: ProcessContainer): Promise<void> {
    if (!(await container.retire())) throw new RuntimeError('INVALID', `container ${container.id} still runs: stop it first`);
    if (this.escapees.isPending(container.id)) await this.escapees.sweep();
  }

  /** Nobody waits for it but the next start or removal. */
  private sweepInBackground(ids: readonly string[]): void {
    this.escapees.sweep(ids).catch((error: unknown) => this.options.logger.warn('processes of ended containers could not be looked for', { error }));
  }

  /** Does an earlier attempt perhaps still hold what this one needs (a port, a lock file)? */
  private hasUnsweptPredecessor(container: ProcessContainer): boolean {
    const { podUid, containerName } = container.stored.identity;
    return [...this.containers.values()].some(
      (other) => other.stored.identity.podUid === podUid && other.stored.identity.containerName === containerName && this.escapees.isPending(other.id),
    );
  }

  private launchOptions(container: ProcessContainer) {
    const { identity } = container.stored;
    const defaults: Environment = {
      PATH: process.env.PATH ?? defaultPath,
      HOME: homedir(),
      PODQL_NODE_NAME: this.options.nodeName,
    };
    return {
      id: container.id,
      config: container.stored,
      sandbox: sandboxFolder(this.layout, identity.podUid),
      volumes: this.sandboxes.get(identity.podUid)?.volumes ?? [],
      defaults,
    };
  }

  private find(id: string): ProcessContainer | undefined {
    this.checkOpen();
    return this.containers.get(id);
  }

  private checkOpen(): void {
    if (this.phase !== 'open') throw new RuntimeError('UNAVAILABLE', 'this runtime is not open');
  }

  private changed(id: string): void {
    for (const listener of this.listeners) listener(id);
  }

  private schedulePoll(): void {
    this.timer = this.clock.after(pollMs, () => {
      void this.poll().finally(() => {
        if (this.phase === 'open') this.schedulePoll();
      });
    });
  }

  private async poll(): Promise<void> {
    for (const container of this.containers.values()) {
      try {
        await container.look();
      } catch (error) {
        this.options.logger.warn('a container could not be looked at', { container: container.id, error });
      }
    }
  }
}

/** Ended here, so that whatever of it still runs is ours to kill. */
function leftProcesses({ state }: ProcessContainer): boolean {
  return state.phase === 'exited' && state.startedAt !== null && !state.moved;
}

function recordOf({ podUid, namespace, podName }: StoredSandbox): SandboxRecord {
  // Nothing to lose: without a network of its own a pod's surroundings are its folder.
  return { id: podUid, podUid, namespace, podName, ready: true, ip: null, perishable: false };
}

function parseSandbox(text: string | null): StoredSandbox | null {
  return parse(text, (value): value is StoredSandbox => 'podUid' in value && 'volumes' in value);
}

function parseContainer(text: string | null): StoredContainer | null {
  return parse(text, (value): value is StoredContainer => 'identity' in value && 'container' in value && 'createdAt' in value);
}

function parse<T extends object>(text: string | null, isWhole: (value: object) => value is T): T | null {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return typeof value === 'object' && value !== null && isWhole(value) ? value : null;
  } catch {
    return null;
  }
}
