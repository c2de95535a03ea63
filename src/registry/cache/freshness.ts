import type { BoundedStore } from '../bounded-store';
import type { Revision } from '../store/store';
import type { CacheSet } from './cache-set';

/** How long a read waits for the caches before it asks the store itself, in milliseconds. */
export const freshnessWait = 2_000;

/**
 * "Not older than now": asks the store how far it is and waits until the caches are there. Questions that come while one
 * is under way share the next one: the answer to the present one may be older than a write they must see.
 */
export class Freshness {
  private underWay: Promise<Revision> | null = null;
  private next: Promise<Revision> | null = null;

  constructor(
    private readonly calls: BoundedStore,
    private readonly set: CacheSet,
  ) {}

  /** True when the caches hold all that was acknowledged before this call; false when the wait was over first. StoreError when the store does not answer. */
  async wait(milliseconds = freshnessWait): Promise<boolean> {
    return this.set.reached(await this.currentRevision(), milliseconds);
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
    const asked = this.calls.currentRevision().finally(() => {
      if (this.underWay === asked) this.underWay = null;
    });
    this.underWay = asked;
    return asked;
  }
}
