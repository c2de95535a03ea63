import type { Clock, Timer } from '../../../base/clock';
import type { Identity } from '../../../base/identity';
import type { Logger } from '../../../base/logger';
import type { ContainerSummary, Engine } from './engine';
import { isStatus } from './faults';
import type { Owner } from './labels';
import { ownerLabels } from './labels';
import { namesToTry } from './names';
import type { PauseContainer, PauseContainers } from './pause-containers';
import { ipOf } from './pause-containers';
import { plainSpec, sandboxOptions } from './sandbox-options';

export interface PreparedSandboxesOptions {
  readonly engine: Engine;
  readonly owner: Owner;
  readonly pauses: PauseContainers;
  readonly pauseImage: () => string;
  /** How many are kept ready for pods that are not there yet. 0: a sandbox is made when its pod comes. */
  readonly count: number;
  /** Are sandboxes being made for pods that are there? They come first. */
  readonly isBusy: () => boolean;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
}

/** Nothing is prepared while pods are being started: they come first. Milliseconds. */
const quietTime = 300;

/** Pause containers that wait for a pod. */
export class PreparedSandboxes {
  private waiting: PauseContainer[] = [];
  /** Made since the last list was asked for: that list does not know them. */
  private fresh = new Set<string>();
  private wasListed = false;
  private timer: Timer | undefined;
  private filling: Promise<void> | null = null;
  private isClosed = false;

  constructor(private readonly options: PreparedSandboxesOptions) {}

  /** A list is about to be asked for. */
  beginLook(): void {
    this.fresh = new Set();
  }

  /** Takes over which of them that list shows as nobody's. */
  takeOver(summaries: readonly ContainerSummary[]): void {
    const running = summaries.filter(({ State }) => State === 'running').map((summary) => ({ id: summary.Id, ip: ipOf(summary) }));
    for (const { Id: id, State } of summaries) if (State !== 'running') this.dropEnded(id);
    // Later lists may show one as nobody's that has just been given to a pod.
    const stillThere = (one: PauseContainer): boolean => this.fresh.has(one.id) || running.some(({ id }) => id === one.id);
    this.waiting = this.wasListed ? this.waiting.filter(stillThere) : running;
    this.wasListed = true;
    this.fillSoon();
  }

  /** One of them, under this name from now on, or the next that no stranger has. Null when none waits, or those that did are gone. */
  async take(name: string): Promise<PauseContainer | null> {
    const names = [...namesToTry(name)];
    let next = this.waiting.shift();
    while (next && names[0] !== undefined) {
      try {
        await this.options.engine.rename(next.id, names[0]);
        return next;
      } catch (error) {
        if (isStatus(error, 409)) names.shift();
        else if (isStatus(error, 404)) next = this.waiting.shift();
        else throw error;
      }
    }
    return null;
  }

  /** Makes what lacks as soon as it is quiet. */
  fillSoon(): void {
    this.timer?.cancel();
    if (this.isClosed || this.waiting.length >= this.options.count) return;
    this.timer = this.options.clock.after(quietTime, () => {
      this.filling ??= this.fill().finally(() => (this.filling = null));
    });
  }

  /** Ends those that wait: they are nobody's. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.timer?.cancel();
    await this.filling;
    const waiting = this.waiting.splice(0);
    await Promise.allSettled(waiting.map(({ id }) => this.options.pauses.discard(id)));
  }

  /** It ended with its engine, or was not finished: no pod will have it. Unless it is just being made. */
  private dropEnded(id: string): void {
    if (this.filling || this.fresh.has(id)) return;
    this.options.pauses.discard(id).catch((error: unknown) => this.options.logger.debug('cannot remove a sandbox that ended', { error }));
  }

  private async fill(): Promise<void> {
    const { owner, pauses, pauseImage, count, isBusy, identity, logger } = this.options;
    try {
      while (!this.isClosed && !isBusy() && this.waiting.length < count) {
        const mark = identity.uid().slice(0, 8);
        const options = sandboxOptions(plainSpec, { image: pauseImage(), labels: ownerLabels(owner, 'prepared'), hostname: `pod-${mark}`, volumes: [] });
        const one = await pauses.run(`podql_prepared_${mark}`, options);
        this.fresh.add(one.id);
        this.waiting.push(one);
      }
    } catch (error) {
      logger.debug('cannot prepare a sandbox', { error });
    }
  }
}
