import type { Clock } from '../../base/clock';
import { sleep, timestamp } from '../../base/clock';
import { DeadlineExceeded, withDeadline } from '../../base/deadline';
import type { Logger } from '../../base/logger';
import { StoreError } from '../../errors/store-error';
import type { BoundedStore } from '../bounded-store';
import type { Revision } from '../store/store';
import type { CacheSet } from './cache-set';

/** How long a read waits for the store's answer, and then for the caches, in milliseconds. */
export const freshnessWait = 2_000;
/** While the store is away: between two questions whether it is back. */
const probeEvery = 250;

export interface FreshnessOptions {
  readonly calls: BoundedStore;
  readonly set: CacheSet;
  /** Whether the caches ever held the store's state. */
  readonly isLoaded: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly closing: AbortSignal;
  /** The store was away, and answers again. */
  readonly onBack?: () => void;
}

/** Reads that could not be compared with the store, because it was away. */
export interface Staleness {
  /** How many, ever: whoever sees it grow between two looks may have read something old. */
  readonly reads: number;
  /** RFC 3339; when the store was found to be away. Null: it answers. */
  readonly since: string | null;
}

/**
 * "Not older than now": asks the store how far it is and waits until the caches are there. Questions that come while one
 * is under way share the next one: the answer to the present one may be older than a write they must see.
 *
 * When the store cannot be asked, memory is served as it is and counted as stale, at once and until the store is back: who
 * operates a cluster wants to see it most when something is broken.
 */
export class Freshness {
  private underWay: Promise<Revision> | null = null;
  private next: Promise<Revision> | null = null;
  private away: { readonly since: string } | null = null;
  private staleReads = 0;

  constructor(private readonly options: FreshnessOptions) {}

  /** The store does not answer: what memory lacks may be there all the same. */
  get isStale(): boolean {
    return this.away !== null;
  }

  get staleness(): Staleness {
    return { reads: this.staleReads, since: this.away?.since ?? null };
  }

  /**
   * True when the caches may be read: they hold all that was acknowledged before this call, or the store is away and the
   * read counts as stale. False when the caches lag. StoreError when there is nothing to serve.
   */
  async wait(milliseconds = freshnessWait): Promise<boolean> {
    if (this.away) return this.countStale();
    try {
      return await this.waitStrictly(milliseconds);
    } catch (error) {
      if (!this.options.isLoaded() || !meansAway(error)) throw error;
      this.leave(error);
      return this.countStale();
    }
  }

  /** The same for who cannot live with stale: a stream's start joins what was seen before. StoreError while the store is away. */
  async waitStrictly(milliseconds = freshnessWait): Promise<boolean> {
    const { set, clock } = this.options;
    try {
      const revision = await withDeadline(clock, this.currentRevision(), { what: 'asking the store for its revision', milliseconds: freshnessWait });
      return await set.reached(revision, milliseconds);
    } catch (error) {
      throw error instanceof DeadlineExceeded ? new StoreError('TIMEOUT', error.message, { cause: error }) : error;
    }
  }

  currentRevision(): Promise<Revision> {
    if (!this.underWay) return this.ask();
    this.next ??= this.underWay.then(
      () => this.ask(),
      () => this.ask(),
    );
    return this.next;
  }

  private ask(): Promise<Revision> {
    this.next = null;
    const asked = this.options.calls.currentRevision().finally(() => {
      if (this.underWay === asked) this.underWay = null;
    });
    this.underWay = asked;
    return asked;
  }

  private countStale(): true {
    this.staleReads += 1;
    return true;
  }

  private leave(error: unknown): void {
    if (this.away) return;
    const { clock, logger } = this.options;
    this.away = { since: timestamp(clock) };
    logger.warn('the store does not answer; reads are served from memory and marked as stale', { error });
    void this.probe();
  }

  private async probe(): Promise<void> {
    const { calls, clock, logger, closing, onBack } = this.options;
    while (!closing.aborted) {
      await sleep(clock, probeEvery, closing);
      try {
        await calls.currentRevision();
        this.away = null;
        logger.info('the store answers again');
        onBack?.();
        return;
      } catch (error) {
        if (!meansAway(error)) logger.debug('the store answers with an error', { error });
      }
    }
  }
}

function meansAway(error: unknown): boolean {
  return error instanceof StoreError && !['CLOSED', 'CORRUPT'].includes(error.code);
}
