import type { Clock } from '../../../base/clock';
import type { Logger } from '../../../base/logger';
import type { LogLine } from '../../../api/pod';
import { effectiveSecurity } from '../../../api/security';
import type { ContainerConfig, ContainerRecord } from '../runtime';
import { RuntimeError } from '../runtime';
import { containerOptions } from './container-options';
import { ContainerStarts } from './container-starts';
import { asksImage, userOf } from './container-user';
import type { Ends } from './ends';
import type { ContainerSummary, CreateOptions, Engine } from './engine';
import { EngineError, isStatus, startFault } from './faults';
import type { Images } from './images';
import type { Owner } from './labels';
import { containerLabels, identityOf, labelNames } from './labels';
import type { Layout } from './layout';
import { logLines } from './logs';
import { KnownContainers } from './known-containers';
import { holderOf } from './name-holder';
import { containerName, namesToTry } from './names';
import type { OomScores } from './oom-scores';
import { engineResources } from './resources';
import type { Sandboxes } from './sandboxes';
import type { StartMarks } from './start-marks';
import { mountsOf } from './volumes';

export interface ContainersOptions {
  readonly engine: Engine;
  readonly owner: Owner;
  readonly layout: () => Layout;
  readonly sandboxes: Sandboxes;
  readonly images: Images;
  readonly ends: Ends;
  readonly marks: StartMarks;
  readonly oomScores: OomScores;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the machine, in bytes. */
  readonly memoryCapacity: () => number;
}

/** The containers of pods. */
export class Containers {
  private readonly known: KnownContainers;
  private readonly starts: ContainerStarts;
  private readonly removing = new Set<string>();

  constructor(private readonly options: ContainersOptions) {
    this.known = new KnownContainers(options);
    this.starts = new ContainerStarts(options, this.known);
  }

  get ids(): ReadonlySet<string> {
    return this.known.ids;
  }

  /** Does such an event say anything that is not known here? Not what is being done from here: that is looked at when it is done. */
  isNews(id: string, action: string): boolean {
    if (!this.known.has(id)) return false;
    if (action === 'destroy') return !this.removing.has(id);
    if (action === 'start') return !this.starts.isUnderWay(id) && this.recordOf(id)?.phase !== 'running';
    if (action === 'oom') this.known.ranOutOfMemory(id);
    this.suspect(id);
    return true;
  }

  recordOf(id: string): ContainerRecord | null {
    return this.known.recordOf(id);
  }

  /** A list is about to be asked for. */
  beginLook(): void {
    this.known.beginLook();
  }

  /** Takes over what that list says, and asks for what is not told there. */
  takeOver(summaries: readonly ContainerSummary[]): Promise<readonly ContainerRecord[]> {
    return this.known.takeOver(summaries);
  }

  async create(config: ContainerConfig): Promise<ContainerRecord> {
    const { options } = this;
    const { identity, container, namespace, podName, notes } = config;
    const sandbox = options.sandboxes.readyOf(identity.podUid);
    if (!sandbox) throw new RuntimeError('NOT_FOUND', `pod ${identity.podUid} has no sandbox: ensure it first`);
    const user = await this.userOf(config);
    const createdAt = options.clock.now();
    const resources = engineResources(config.spec, container, options.memoryCapacity());
    const mounts = await mountsOf(options.layout(), options.owner.runtimeId, config);
    const end = await options.ends.prepare(identity);
    const engineOptions = containerOptions(config, {
      labels: containerLabels(options.owner, config, { sandboxId: sandbox.id, createdAt }),
      sandboxId: sandbox.id,
      user,
      mounts: [...mounts, { Type: 'bind', Source: end, Target: container.terminationMessagePath, ReadOnly: false }],
      resources: { ...resources, OomScoreAdj: await options.oomScores.allowed(resources.OomScoreAdj) },
    });
    const id = await this.createNamed(config, sandbox.id, engineOptions);
    const { image } = container;
    const record: ContainerRecord = { id, identity, sandboxId: sandbox.id, namespace, podName, image, notes, phase: 'created', containerID: null, imageID: null, createdAt, startedAt: null, exit: null };
    this.known.add(record);
    return record;
  }

  start(id: string): Promise<void> {
    return this.starts.start(id);
  }

  async stop(id: string, graceSeconds: number): Promise<void> {
    try {
      await this.options.engine.stop(id, graceSeconds);
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
    }
    this.suspect(id);
  }

  async remove(id: string): Promise<void> {
    const record = this.recordOf(id) ?? (await this.inspect(id));
    if (!record) return;
    this.removing.add(id);
    try {
      await this.options.marks.forget(id, record.identity);
      await this.options.engine.remove(id, { force: false });
    } catch (error) {
      if (isStatus(error, 409) && !isRemoval(error)) throw new RuntimeError('INVALID', `container ${id} still runs: stop it first`, error);
      if (!isStatus(error, 404) && !isStatus(error, 409)) throw error;
    } finally {
      this.removing.delete(id);
    }
    this.known.forget(id);
    await this.options.ends.forget(record.identity);
  }

  inspect(id: string): Promise<ContainerRecord | null> {
    return this.known.inspect(id);
  }

  async logs(id: string, tailLines: number): Promise<readonly LogLine[]> {
    const record = this.recordOf(id) ?? (await this.inspect(id));
    if (!record || tailLines <= 0) return [];
    try {
      return logLines(await this.options.engine.logs(id, tailLines), record.identity.attempt);
    } catch (error) {
      if (isStatus(error, 404) || isGoing(error)) return [];
      throw error;
    }
  }

  async exec(id: string, command: readonly string[], timeoutSeconds: number): Promise<number> {
    try {
      return await this.options.engine.exec(id, command, timeoutSeconds * 1000);
    } catch (error) {
      if (isStatus(error, 404)) throw new RuntimeError('NOT_FOUND', `no container ${id}`, error);
      if (isStatus(error, 400)) return startFault(error instanceof Error ? error.message : '').exitCode;
      throw error;
    }
  }

  /** What is known of it may be out of date. */
  suspect(id: string): void {
    this.known.suspect(id);
  }

  private async createNamed(config: ContainerConfig, sandboxId: string, engineOptions: CreateOptions): Promise<string> {
    const { engine, owner, sandboxes, clock } = this.options;
    const { identity, container } = config;
    for (const name of namesToTry(containerName(config))) {
      try {
        return await engine.create(name, engineOptions);
      } catch (error) {
        if (isStatus(error, 404)) {
          if (error instanceof Error && /no such image/i.test(error.message)) throw this.imageGone(container.image, error);
          sandboxes.lost(identity.podUid, sandboxId);
          throw error;
        }
        if (!isStatus(error, 409)) throw error;
        const holder = await holderOf(engine, name, clock);
        const labels = holder?.Config.Labels ?? {};
        const isOurs = labels[labelNames.runtime] === owner.runtimeId && identityOf(labels)?.attempt === identity.attempt;
        if (isOurs) throw new RuntimeError('ALREADY_EXISTS', `container ${identity.containerName} of pod ${identity.podUid} exists, attempt ${identity.attempt}`, error);
      }
    }
    throw new RuntimeError('INTERNAL', `all names like ${containerName(config)} are taken by containers that are not podql's`);
  }

  /** Who asks next whether it may be run hears that it has to be pulled, or may not be. */
  private imageGone(image: string, cause?: unknown): RuntimeError {
    this.options.images.forget(image);
    return new RuntimeError('NOT_FOUND', `image ${image} has gone from the engine`, cause);
  }

  /** Its user, where the engine is not to take the image's. */
  private async userOf({ spec, container }: ContainerConfig): Promise<string | null> {
    const security = effectiveSecurity(spec, container);
    const image = asksImage(security) ? await this.options.engine.inspectImage(container.image) : null;
    if (asksImage(security) && !image) throw this.imageGone(container.image);
    return userOf(security, container, image?.Config.User ?? '');
  }
}

/** What an engine says of a container that is being removed, with whatever status its version has for that. */
function isGoing(error: unknown): boolean {
  return error instanceof EngineError && /dead or marked for removal/.test(error.message);
}

function isRemoval(error: unknown): boolean {
  return error instanceof Error && /removal of container .* is already in progress/.test(error.message);
}
