import { eventLife, longestEventLife } from '../../api/event';
import type { Clock } from '../../base/clock';
import type { BoundedStore } from '../bounded-store';
import type { LeaseId } from '../store/store';

/** All logs written within it share a lease, so that a thousand events need no thousand leases. */
const slotMilliseconds = longestEventLife - eventLife;
/** All keys of a lease go in one revision: not too many of them. */
const mostKeys = 500;

interface Slot {
  readonly lease: Promise<LeaseId>;
  readonly endsAt: number;
  keys: number;
}

/** Leases that end the life of what is bound to them: an hour after the end of the slot in which it was written last. */
export class LeaseSlots {
  private slot: Slot | undefined;

  constructor(
    private readonly calls: Pick<BoundedStore, 'grantLease'>,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  /** For one write. Rejects with StoreError. */
  current(): Promise<LeaseId> {
    const now = this.clock.monotonic();
    if (!this.slot || this.slot.endsAt <= now || this.slot.keys >= mostKeys) {
      const lease = this.calls.grantLease(longestEventLife / 1000).then(({ id }) => id);
      const slot: Slot = { lease, endsAt: now + slotMilliseconds, keys: 0 };
      this.slot = slot;
      lease.catch(() => this.drop(slot));
    }
    this.slot.keys += 1;
    return this.slot.lease;
  }

  /** The store does not know it any more. */
  forget(): void {
    this.slot = undefined;
  }

  private drop(slot: Slot): void {
    if (this.slot === slot) this.slot = undefined;
  }
}
