import type { Clock } from '../../../src/base/clock';
import { sleep, systemClock } from '../../../src/base/clock';
import { FakeClock } from '../../support/fake-clock';

/** The suite's time. A test lets it pass, or waits for an event while it passes, and measures; it never bets on a race. */
export interface SuiteTime {
  readonly clock: Clock;
  readonly progressInterval: number;
  /** Short enough to wait for, long enough to be kept alive on a loaded machine. */
  readonly leaseSeconds: number;
  /** Milliseconds by which something that is due may be late. */
  readonly tolerance: number;
  pass(milliseconds: number): Promise<void>;
  /** Waits for an event that is due in so many milliseconds, and lets that time pass. */
  until<T>(event: Promise<T>, due: number): Promise<T>;
  /** Timers that the store has set; null where that cannot be told. */
  pendingTimers(): number | null;
}

export function fakeTime(): SuiteTime {
  const clock = new FakeClock();
  return {
    clock,
    progressInterval: 10_000,
    leaseSeconds: 5,
    tolerance: 0,
    pass: (milliseconds) => clock.advance(milliseconds),
    async until(event, due) {
      let isThere = false;
      const done = event.finally(() => (isThere = true));
      done.catch(() => undefined);
      const end = clock.monotonic() + due;
      // Step by step, so that what is due earlier happens then; and no further than due: the rest may wait for a disk.
      while (!isThere && clock.monotonic() < end) await clock.advance(Math.min(clock.untilNext ?? due, end - clock.monotonic()));
      return done;
    },
    pendingTimers: () => clock.pendingTimers,
  };
}

export function realTime(): SuiteTime {
  return {
    clock: systemClock,
    progressInterval: 300,
    leaseSeconds: 2,
    // etcd looks for leases that ran out twice a second, and a test machine may be busy.
    tolerance: Infinity,
    pass: (milliseconds) => sleep(systemClock, milliseconds),
    until: (event) => event,
    pendingTimers: () => null,
  };
}
