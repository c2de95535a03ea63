import type { Clock, Timer } from '../../src/base/clock';

interface Pending {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

export interface FakeClockOptions {
  /** Wall time at the start, in milliseconds since 1970. */
  readonly now?: number;
}

/**
 * A clock that stands still until a test moves it.
 *
 * `advance(ms)` goes to each due timer in turn (by due time, then by the order in which they were set), also to those
 * that are set on the way, and lets everything that a timer set off run until it waits again (promise callbacks and one
 * turn of the event loop) before it goes on. Work that waits for a disk or a socket is not waited for: wait for its result.
 */
export class FakeClock implements Clock {
  private elapsed = 0;
  private wallStart: number;
  private created = 0;
  private readonly pending = new Set<Pending>();

  constructor(options: FakeClockOptions = {}) {
    this.wallStart = options.now ?? Date.UTC(2030, 0, 1);
  }

  now(): number {
    return this.wallStart + this.elapsed;
  }

  monotonic(): number {
    return this.elapsed;
  }

  after(milliseconds: number, callback: () => void): Timer {
    this.created += 1;
    const timer: Pending = { due: this.elapsed + Math.max(0, milliseconds), order: this.created, callback };
    this.pending.add(timer);
    return { cancel: () => void this.pending.delete(timer) };
  }

  /** Timers that are set and have not fired. */
  get pendingTimers(): number {
    return this.pending.size;
  }

  /** Milliseconds until the next timer is due; undefined when none is set. */
  get untilNext(): number | undefined {
    const next = this.next();
    return next && next.due - this.elapsed;
  }

  async advance(milliseconds: number): Promise<void> {
    const target = this.elapsed + milliseconds;
    await settle();
    for (let timer = this.next(); timer && timer.due <= target; timer = this.next()) {
      this.elapsed = Math.max(this.elapsed, timer.due);
      this.pending.delete(timer);
      timer.callback();
      await settle();
    }
    this.elapsed = Math.max(this.elapsed, target);
  }

  /** The wall clock jumps, as a machine's does; timers and monotonic time do not notice. */
  jumpWallTime(milliseconds: number): void {
    this.wallStart += milliseconds;
  }

  private next(): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of this.pending) {
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) first = timer;
    }
    return first;
  }
}

/** Runs all promise callbacks, and those that they set off, and one turn of the event loop. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets a fake clock's time pass until the work is done, in steps that leave a disk or another program time to answer. */
export async function slowly<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => (isDone = true));
  done.catch(() => undefined);
  while (!isDone) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await clock.advance(100);
  }
  return done;
}
