import type { Clock } from '../../base/clock';
import { nextTurn, sleep } from '../../base/clock';
import type { BackoffPolicy } from '../../base/backoff';
import { backoffDelay } from '../../base/backoff';
import type { Identity } from '../../base/identity';
import type { Logger } from '../../base/logger';
import { StoreError } from '../../errors/store-error';
import type { BoundedStore } from '../bounded-store';
import type { Key, Revision, Store, StoredValue } from '../store/store';
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
const pageSize = 1_000;
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
        this.current = { name: 'waiting', because: code, loaded: this.loaded };
        const milliseconds = backoffDelay(backoff, this.failures, identity.random());
        logger.warn('the watch on the store was lost', { error, revision: target.revision, failures: this.failures, retryInMilliseconds: milliseconds });
        await sleep(clock, milliseconds, signal);
      }
    }
    this.current = { name: 'ended' };
  }

  private async load(): Promise<void> {
    const { calls, target, windowEvents } = this.options;
    const [head, oldest] = await Promise.all([calls.currentRevision(), calls.oldestRevision()]);
    const start = Math.max(1, oldest, head - windowEvents);
    const { items, revision } = await this.listAll(start);
    await target.load(items, revision);
    this.syncedAt = head;
    this.loaded = true;
    this.syncIfThere();
  }

  private async relist(): Promise<void> {
    const { items, revision } = await this.listAll(undefined);
    await this.options.target.replace(items, revision);
    this.mustRelist = false;
    // What was current at the first list may lie in the gap.
    this.syncedAt = Math.min(this.syncedAt, revision);
    this.syncIfThere();
    this.options.logger.info('listed the store again', { revision, objects: items.length });
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const { store, prefix, target } = this.options;
    let taken = 0;
    for await (const batch of store.watch(prefix, { after: target.revision, signal })) {
      target.apply(batch);
      // A watch that catches up hands out thousands of batches without waiting for anything.
      taken += 1;
      if (taken % batchesInATurn === 0) await nextTurn();
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

  /** All pages at one revision (S5). */
  private async listAll(at: Revision | undefined): Promise<{ items: StoredValue[]; revision: Revision }> {
    const { calls, prefix } = this.options;
    const items: StoredValue[] = [];
    let revision = at;
    for (;;) {
      const page = await calls.list(prefix, { limit: pageSize, revision, afterKey: items.at(-1)?.key });
      items.push(...page.items);
      revision = page.revision;
      if (!page.more) return { items, revision };
    }
  }
}
