import { bulkhead } from 'cockatiel';
import type { Clock } from '../../../base/clock';
import type { Logger } from '../../../base/logger';
import { RuntimeError } from '../runtime';
import type { ContainerSummary, CreateOptions, Engine } from './engine';
import { isStatus } from './faults';
import type { Owner } from './labels';
import { labelNames } from './labels';
import { holderOf } from './name-holder';
import { namesToTry } from './names';

/** A pause container that runs. */
export interface PauseContainer {
  readonly id: string;
  readonly ip: string | null;
}

export interface PauseContainersOptions {
  readonly engine: Engine;
  readonly owner: Owner;
  /** Makes their image where it is not there. */
  readonly makeImage: () => Promise<unknown>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** As many as an engine starts at a time: a container whose sandbox is ready waits behind no more of those of other pods. */
const mostStarts = 6;

/** Makes and removes pause containers, whoever has them. */
export class PauseContainers {
  private readonly starts = bulkhead(mostStarts, Infinity);
  private readonly discarding = new Set<string>();
  private imageMaking: Promise<unknown> | null = null;

  constructor(private readonly options: PauseContainersOptions) {}

  /** Create and start, under this name or the next that no stranger has; nothing is left when that fails. */
  async run(name: string, options: CreateOptions): Promise<PauseContainer> {
    const { engine } = this.options;
    const id = await this.underName(name, (free) => this.create(free, options));
    try {
      await this.starts.execute(() => engine.start(id));
    } catch (error) {
      await this.discard(id).catch(() => undefined);
      throw error;
    }
    const details = await engine.inspect(id);
    if (!details) throw new RuntimeError('NOT_FOUND', `the sandbox ${name} vanished while it was made`);
    return { id, ip: Object.values(details.NetworkSettings.Networks)[0]?.IPAddress || null };
  }

  /** Does it under this name, or the next that no stranger has. Ours that has it makes way; the caller knows that nobody has that one. */
  async underName<T>(name: string, work: (name: string) => Promise<T>): Promise<T> {
    const { engine, owner, clock } = this.options;
    for (const candidate of namesToTry(name)) {
      try {
        return await work(candidate);
      } catch (error) {
        if (!isStatus(error, 409)) throw error;
        const holder = await holderOf(engine, candidate, clock);
        // Left by a podql that died while it made it, or by a call that was given up.
        if (holder?.Config.Labels[labelNames.runtime] !== owner.runtimeId) continue;
        if (!(await this.leaveBehind(holder.Id))) continue;
        return work(candidate);
      }
    }
    throw new RuntimeError('INTERNAL', `all names like ${name} are taken by containers that are not podql's`);
  }

  /** Is it being removed from here? */
  isGoing(id: string): boolean {
    return this.discarding.has(id);
  }

  async discard(id: string): Promise<void> {
    this.discarding.add(id);
    try {
      await this.options.engine.remove(id, { force: true });
    } catch (error) {
      // Gone, or going.
      if (!isStatus(error, 404) && !isStatus(error, 409)) throw error;
    } finally {
      this.discarding.delete(id);
    }
  }

  /** Removes what no pod has or will have. Where that fails, a later list shows it again. */
  drop(id: string): void {
    if (this.isGoing(id)) return;
    this.discard(id).catch((error: unknown) => this.options.logger.debug('cannot remove a sandbox that no pod will have', { id, error }));
  }

  /** Makes way for another. False when the engine cannot remove it (a mount that is busy): it keeps its name, and goes with its pod. */
  async leaveBehind(id: string): Promise<boolean> {
    try {
      await this.discard(id);
      return true;
    } catch (error) {
      if (!isStatus(error, 500)) throw error;
      this.options.logger.warn('the engine cannot remove a sandbox that is lost; another is made beside it', { id, error });
      return false;
    }
  }

  private async create(name: string, options: CreateOptions): Promise<string> {
    const { engine } = this.options;
    try {
      return await engine.create(name, options);
    } catch (error) {
      if (!isStatus(error, 404) || !(error instanceof Error && /no such image/i.test(error.message))) throw error;
      await this.makeImage();
      return engine.create(name, options);
    }
  }

  /** It was there when the runtime was opened: `docker system prune -a` takes it while no pause container runs. */
  private makeImage(): Promise<unknown> {
    if (!this.imageMaking) {
      this.options.logger.warn('the image of sandboxes has gone from the engine; it is made again');
      this.imageMaking = this.options.makeImage().finally(() => (this.imageMaking = null));
    }
    return this.imageMaking;
  }
}

export function ipOf({ NetworkSettings: settings }: ContainerSummary): string | null {
  return Object.values(settings.Networks)[0]?.IPAddress || null;
}
