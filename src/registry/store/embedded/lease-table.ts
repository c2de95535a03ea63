import type { Clock, Timer } from '../../../base/clock';
import { leaseGone } from '../refusals';
import type { Key, LeaseId } from '../store';
import type { Entry } from './mvcc';
import type { LogLease } from './revision-log';

interface Lease {
  readonly id: LeaseId;
  readonly ttlSeconds: number;
  readonly keys: Set<Key>;
  deadline: number;
  /** It has run out and its owner was told. */
  reported: boolean;
}

/**
 * S15. Who lives how long, and which keys hang on it. Deadlines are in memory only: keeping a lease alive costs no
 * write, and a restart gives every lease its full time again.
 */
export class LeaseTable {
  private readonly leases = new Map<LeaseId, Lease>();
  private timer: Timer | undefined;
  private timerDue = 0;

  constructor(
    private readonly clock: Clock,
    /** Told once of each lease that has run out. The owner removes them, or calls retryExpired later. */
    private readonly onExpired: (ids: readonly LeaseId[]) => void,
    /** Leases ever granted; ids are never used twice. */
    public count: number,
  ) {}

  /** Past its deadline a lease is gone, even if its keys are still on their way out. */
  isAlive(id: LeaseId): boolean {
    const lease = this.leases.get(id);
    return lease !== undefined && lease.deadline > this.clock.monotonic();
  }

  has(id: LeaseId): boolean {
    return this.leases.has(id);
  }

  alive(id: LeaseId): { readonly ttlSeconds: number; readonly remainingSeconds: number } {
    const lease = this.leases.get(id);
    const remaining = lease ? lease.deadline - this.clock.monotonic() : 0;
    if (!lease || remaining <= 0) throw leaseGone(id);
    return { ttlSeconds: lease.ttlSeconds, remainingSeconds: remaining / 1000 };
  }

  add({ id, ttlSeconds }: LogLease): void {
    this.leases.set(id, { id, ttlSeconds, keys: new Set(), reported: false, deadline: this.deadlineOf(ttlSeconds) });
    this.arm();
  }

  renew(id: LeaseId): { readonly ttlSeconds: number } {
    const { ttlSeconds } = this.alive(id);
    const lease = this.leases.get(id);
    if (lease) lease.deadline = this.deadlineOf(ttlSeconds);
    return { ttlSeconds };
  }

  remove(id: LeaseId): void {
    this.leases.delete(id);
  }

  /** In byte order, so that the events of the removal are. */
  keysOf(id: LeaseId): readonly Key[] {
    return [...(this.leases.get(id)?.keys ?? [])].sort();
  }

  /** Follows a change of a key from one lease, or none, to another, or none. */
  move(before: Entry | undefined, after: Entry): void {
    if (before?.lease) this.leases.get(before.lease)?.keys.delete(before.key);
    if (after.lease && !after.deleted) this.leases.get(after.lease)?.keys.add(after.key);
  }

  all(): LogLease[] {
    return [...this.leases.values()].map(({ id, ttlSeconds }) => ({ id, ttlSeconds }));
  }

  /** Removals have failed: what is past its deadline and still here is reported again. */
  retryExpired(): void {
    for (const lease of this.leases.values()) lease.reported = false;
    this.arm();
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  /** One timer for all, at the nearest deadline. One that fires too early, because of a renewal, only arms the next. */
  private arm(): void {
    let nearest = Infinity;
    for (const { deadline, reported } of this.leases.values()) if (!reported) nearest = Math.min(nearest, deadline);
    if (nearest === Infinity || (this.timer && this.timerDue <= nearest)) return;
    this.stop();
    this.timerDue = nearest;
    this.timer = this.clock.after(nearest - this.clock.monotonic(), () => {
      this.timer = undefined;
      const expired = this.takeExpired();
      if (expired.length > 0) this.onExpired(expired);
      this.arm();
    });
  }

  /** The earlier deadline first, of equal ones the older lease. */
  private takeExpired(): readonly LeaseId[] {
    const gone = [...this.leases.values()].filter(({ id, reported }) => !reported && !this.isAlive(id));
    for (const lease of gone) lease.reported = true;
    return gone.sort((a, b) => a.deadline - b.deadline || Number(a.id) - Number(b.id)).map(({ id }) => id);
  }

  private deadlineOf(ttlSeconds: number): number {
    return this.clock.monotonic() + ttlSeconds * 1000;
  }
}
