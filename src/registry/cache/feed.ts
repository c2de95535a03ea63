import { linkAbort } from '../../base/abort';
import type { Clock } from '../../base/clock';
import { nextTurn, sleep } from '../../base/clock';
import type { BackoffPolicy } from '../../base/backoff';
import { backoffDelay } from '../../base/backoff';
import type { Identity } from '../../base/identity';
import type { Logger } from '../../base/logger';
import { StoreError } from '../../errors/store-error';
import type { BoundedStore } from '../bounded-store';
import { listAll } from '../list-all';
import type { Key, Revision, Store } from '../store/store';
import type { FeedTarget } from './cache-set';

export interface FeedOptions {
  /** For the watch; all other calls go through `calls`. */
  readonly store: Pick<Store, 'watch'>;
  readonly calls: BoundedStore;
  readonly prefix: Key;
  readonly target: FeedTarget;
  readonly windowEvents: number;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
}

/** loading: nothing can be read yet; following: all is well; waiting: cut off, and trying again. */
export type FeedPhase =
  | { readonly name: 'loading' }
  | { readonly name: 'following' }
  | { readonly name: 'waiting'; readonly because: string; readonly loaded: boolean }
  | { readonly name: 'ended' };

const backoff: BackoffPolicy = { initial: 100, max: 10_000, jitter: 0.5 };
const batchesInATurn = 100;

/**
 * The one reader of the store's history: a list, then a watch over the whole prefix, so that all caches move together.
 * The first list is as of the start of the window that is still to be had, and the watch goes on from there: that fills
 * the ring with the history before this process. Never gives up (I8): a lost watch is taken up where it was; if history
 * is gone there, or the store is not the one it was, all is listed again.
 */
export class Feed {
  private current: FeedPhase = { name: 'loading' };
  private failures = 0;
  private loaded = false;
  private mustRelist = false;
  /** Synced once the target is here: what was current when the first list began. */
  private syncedAt: Revision = 0;
  private synced = false;
  private interrupt = new AbortController();

  constructor(private readonly options: FeedOptions) {}

  get phase(): FeedPhase {
    return this.current;
  }

  get isSynced(): boolean {
    return this.synced;
  }

  /** Resolves when the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, identity, logger, target } = this.options;
    while (!signal.aborted) {
      try {
        if (!this.loaded) await this.load();
        else if (this.mustRelist || (await this.storeWentBack())) await this.relist();
        await this.follow(signal);
        if (!signal.aborted) throw new StoreError('UNAVAILABLE', 'the watch ended');
      } catch (error) {
        if (signal.aborted) break;
        const code = error instanceof StoreError ? error.code : 'UNKNOWN';
        if (code === 'COMPACTED' || code === 'FUTURE') this.mustRelist = true;
        this.failures += 1;
        const isNews = this.current.name !== 'waiting' || this.current.because !== code;
        this.current = { name: 'waiting', because: code, loaded: this.loaded };
        const milliseconds = backoffDelay(backoff, this.failures, identity.random());
        logger[isNews ? 'warn' : 'debug']('the watch on the store was lost', { error, revision: target.revision, failures: this.failures, retryInMilliseconds: milliseconds });
        const awake = linkAbort(signal, this.interrupt.signal);
        await sleep(clock, milliseconds, awake.signal);
        awake.end();
      }
    }
    this.current = { name: 'ended' };
  }

  /** Somebody else found the store well: a wait is over. */
  hurry(): void {
    this.interrupt.abort();
    this.interrupt = new AbortController();
  }

  private async load(): Promise<void> {
    const { calls, prefix, target, windowEvents } = this.options;
    const [head, oldest] = await Promise.all([calls.currentRevision(), calls.oldestRevision()]);
    const start = Math.max(1, oldest, head - windowEvents);
    const { items, revision } = await listAll(calls, prefix, start);
    await target.load(items, revision);
    this.syncedAt = head;
    this.loaded = true;
    this.syncIfThere();
  }

  private async relist(): Promise<void> {
    const { calls, prefix, target, logger } = this.options;
    const { items, revision } = await listAll(calls, prefix);
    await target.replace(items, revision);
    this.mustRelist = false;
    // What was current at the first list may lie in the gap.
    this.syncedAt = Math.min(this.syncedAt, revision);
    this.syncIfThere();
    logger.info('listed the store again', { revision, objects: items.length });
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const { store, prefix, target, logger } = this.options;
    let taken = 0;
    for await (const batch of store.watch(prefix, { after: target.revision, signal })) {
      target.apply(batch);
      // A watch that catches up hands out thousands of batches without waiting for anything.
      taken += 1;
      if (taken % batchesInATurn === 0) await nextTurn();
      if (this.failures > 0) logger.info('the watch on the store is there again', { revision: target.revision, failures: this.failures });
      this.failures = 0;
      this.current = { name: 'following' };
      this.syncIfThere();
    }
  }

  private syncIfThere(): void {
    if (this.synced || this.options.target.revision < this.syncedAt) return;
    this.synced = true;
    this.options.target.markSynced();
  }

  /** A store that was put back to an earlier state would let us wait in silence for revisions that have another meaning now. */
  private async storeWentBack(): Promise<boolean> {
    return (await this.options.calls.currentRevision()) < this.options.target.revision;
  }
}
