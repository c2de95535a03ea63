import type { Clock, Timer } from '../../base/clock';
import type { EventRing, Position } from './event-ring';

export type Woken = 'more' | 'timeout' | 'aborted';

export interface RingWaiterOptions {
  readonly ring: EventRing;
  readonly clock: Clock;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
}

/**
 * Where one reader of the ring waits, again and again: it listens to the ring and to its signal once for its whole life,
 * and its timer outlives the waits, because thousands of readers wait after each change. Call `end` when it waits no more.
 */
export class RingWaiter {
  private wake: () => void = () => undefined;
  private timer: Timer | undefined;
  private readonly forget: () => void;

  constructor(private readonly options: RingWaiterOptions) {
    this.forget = options.ring.onAppend(() => this.wake());
    options.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  /** Waits until there is something at the position. The time must not be over earlier than that of the wait before it. */
  async wait(position: Position, milliseconds: number): Promise<Woken> {
    const { ring, clock, signal } = this.options;
    const due = clock.monotonic() + milliseconds;
    for (;;) {
      if (signal.aborted) return 'aborted';
      if (position < ring.end) return 'more';
      const left = due - clock.monotonic();
      if (left <= 0) return 'timeout';
      // Set for an earlier wait it may come too early; then it is set again.
      this.timer ??= clock.after(left, this.onTime);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  end(): void {
    this.forget();
    this.timer?.cancel();
    this.timer = undefined;
    this.options.signal.removeEventListener('abort', this.onAbort);
  }

  private readonly onAbort = (): void => this.wake();

  private readonly onTime = (): void => {
    this.timer = undefined;
    this.wake();
  };
}
