import type { Clock, Timer } from '../../../base/clock';
import { grantedSeconds } from '../limits';
import { leaseGone } from '../refusals';
import type { LeaseId, Leases } from '../store';

interface Lease {
  readonly ttlSeconds: number;
  readonly number: number;
  deadline: number;
  timer: Timer;
}

/** S15: each lease has its own timer; what is past its deadline is gone, whether or not its timer has fired yet. */
export class MemoryLeases implements Leases {
  private readonly leases = new Map<LeaseId, Lease>();
  private granted = 0;

  constructor(
    private readonly clock: Clock,
    /** Removes the keys of a lease, in one revision. */
    private readonly removeKeys: (id: LeaseId) => void,
    private readonly checkOpen: () => void,
  ) {}

  isAlive(id: LeaseId): boolean {
    const lease = this.leases.get(id);
    return lease !== undefined && lease.deadline > this.clock.monotonic();
  }

  async grant(ttlSeconds: number): Promise<{ id: LeaseId; ttlSeconds: number }> {
    this.checkOpen();
    const seconds = grantedSeconds(ttlSeconds);
    this.granted += 1;
    const id = String(this.granted);
    const timer = this.arm(seconds);
    this.leases.set(id, { ttlSeconds: seconds, number: this.granted, deadline: this.clock.monotonic() + seconds * 1000, timer });
    return { id, ttlSeconds: seconds };
  }

  async keepAlive(id: LeaseId): Promise<{ ttlSeconds: number }> {
    const lease = this.alive(id);
    lease.timer.cancel();
    lease.timer = this.arm(lease.ttlSeconds);
    lease.deadline = this.clock.monotonic() + lease.ttlSeconds * 1000;
    return { ttlSeconds: lease.ttlSeconds };
  }

  async timeToLive(id: LeaseId): Promise<{ grantedSeconds: number; remainingSeconds: number }> {
    const lease = this.alive(id);
    return { grantedSeconds: lease.ttlSeconds, remainingSeconds: (lease.deadline - this.clock.monotonic()) / 1000 };
  }

  async revoke(id: LeaseId): Promise<void> {
    this.alive(id);
    this.remove(id);
  }

  stop(): void {
    for (const lease of this.leases.values()) lease.timer.cancel();
  }

  private alive(id: LeaseId): Lease {
    this.checkOpen();
    const lease = this.leases.get(id);
    if (!lease || !this.isAlive(id)) throw leaseGone(id);
    return lease;
  }

  private arm(seconds: number): Timer {
    return this.clock.after(seconds * 1000, () => this.expire());
  }

  /** All that ran out, the earlier deadline first, of equal ones the older lease. */
  private expire(): void {
    const gone = [...this.leases].filter(([id]) => !this.isAlive(id));
    gone.sort(([, a], [, b]) => a.deadline - b.deadline || a.number - b.number);
    for (const [id] of gone) this.remove(id);
  }

  private remove(id: LeaseId): void {
    this.leases.get(id)?.timer.cancel();
    this.leases.delete(id);
    this.removeKeys(id);
  }
}
