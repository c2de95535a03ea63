import type { Clock, Timer } from '../../../base/clock';
import type { Identity } from '../../../base/identity';
import type { Logger } from '../../../base/logger';
import type { ContainerSummary, Engine } from './engine';
import { isStatus } from './faults';
import type { Owner } from './labels';
import { ownerLabels } from './labels';
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
  /** Being given to a pod now. */
  private readonly giving = new Set<string>();
  /** As that, or given since the last list was asked for: that list may show them as nobody's. */
  private given = new Set<string>();
  private wasListed = false;
  private timer: Timer | undefined;
  private filling: Promise<void> | null = null;
  private isClosed = false;

  constructor(private readonly options: PreparedSandboxesOptions) {}

  /** A list is about to be asked for. */
  beginLook(): void {
    this.fresh = new Set();
    this.given = new Set(this.giving);
  }

  /**
   * Takes over which of them that list shows as nobody's. Those that are not known here are removed: they ended with their engine, or
   * a call that was given up has left them (a start that happened later, a rename that never did).
   */
  takeOver(summaries: readonly ContainerSummary[]): void {
    const running = summaries.filter(({ State }) => State === 'running').map((summary) => ({ id: summary.Id, ip: ipOf(summary) }));
    const stillThere = (one: PauseContainer): boolean => this.fresh.has(one.id) || running.some(({ id }) => id === one.id);
    this.waiting = this.wasListed ? this.waiting.filter(stillThere) : running.slice(0, this.options.count);
    this.wasListed = true;
    for (const { Id: id } of summaries) if (!this.given.has(id) && !this.waiting.some((one) => one.id === id)) this.drop(id);
    this.fillSoon();
  }

  /**
   * One of them, under this name from now on, or the next that no stranger has. Another of ours that has it, by a rename that was given up
   * and happened later, makes way. Null when none waits, or those that did are gone.
   */
  async take(name: string): Promise<PauseContainer | null> {
    const { engine, pauses } = this.options;
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      const { id } = next;
      this.giving.add(id);
      this.given.add(id);
      try {
        await pauses.underName(name, (free) => engine.rename(id, free));
        return next;
      } catch (error) {
        // Gone; another may be there. Whether it was renamed by a call that was given up, the next list says by its name.
        if (!isStatus(error, 404)) throw error;
      } finally {
        this.giving.delete(id);
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

  /** Makes no more; those that wait are left to whoever looks next. */
  abandon(): void {
    this.isClosed = true;
    this.timer?.cancel();
  }

  /** Ends those that wait: they are nobody's. */
  async close(): Promise<void> {
    this.abandon();
    await this.filling;
    const waiting = this.waiting.splice(0);
    await Promise.allSettled(waiting.map(({ id }) => this.options.pauses.discard(id)));
  }

  /** No pod will have it. Unless it is just being made. */
  private drop(id: string): void {
    if (this.filling || this.fresh.has(id)) return;
    this.options.pauses.drop(id);
  }

  private async fill(): Promise<void> {
    const { owner, pauses, pauseImage, count, isBusy, identity, logger } = this.options;
    try {
      while (!this.isClosed && !isBusy() && this.waiting.length < count) {
        const mark = identity.uid().slice(0, 8);
        const options = sandboxOptions(plainSpec, { image: pauseImage(), labels: ownerLabels(owner, 'prepared'), hostname: `pod-${mark}`, volumes: [], dns: null });
        const one = await pauses.run(`podql_prepared_${mark}`, options);
        this.fresh.add(one.id);
        this.waiting.push(one);
      }
    } catch (error) {
      logger.debug('cannot prepare a sandbox', { error });
    }
  }
}
