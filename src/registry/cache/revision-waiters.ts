import type { Clock } from '../../base/clock';
import type { Revision } from '../store/store';

interface Waiter {
  readonly revision: Revision;
  readonly settle: (reached: boolean) => void;
}

/** Those who wait until a revision is reached, each for its own time. */
export class RevisionWaiters {
  private readonly waiters = new Set<Waiter>();
  private closed = false;

  constructor(private readonly clock: Clock) {}

  wait(revision: Revision, milliseconds: number): Promise<boolean> {
    if (this.closed || milliseconds <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (reached: boolean): void => {
        timer.cancel();
        this.waiters.delete(waiter);
        resolve(reached);
      };
      const waiter: Waiter = { revision, settle };
      const timer = this.clock.after(milliseconds, () => settle(false));
      this.waiters.add(waiter);
    });
  }

  reached(revision: Revision): void {
    for (const waiter of this.waiters) if (waiter.revision <= revision) waiter.settle(true);
  }

  close(): void {
    this.closed = true;
    for (const waiter of this.waiters) waiter.settle(false);
  }
}
