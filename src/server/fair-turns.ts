import type { Clock } from '../base/clock';
import { nextTurn } from '../base/clock';

/** Milliseconds that events may take before everything else gets its turn. */
export const longestTurn = 5;

/**
 * Keeps streams of events from holding up everybody else. They go from event to event by promises, and Node.js runs all
 * promises that are ready before it looks at its sockets and timers again: a snapshot of many thousand objects, taken as
 * fast as it is given, would let no request be heard until its end. All streams of a server share one of these.
 */
export class FairTurns {
  private began = 0;
  private turn: Promise<void> | null = null;

  constructor(private readonly clock: Clock) {}

  /** Whether this turn of the event loop has taken long enough. The first who asks in a turn begins it. */
  get isOver(): boolean {
    if (this.turn) return this.clock.monotonic() - this.began >= longestTurn;
    this.began = this.clock.monotonic();
    this.turn = nextTurn().then(() => {
      this.turn = null;
    });
    return false;
  }

  /** Resolves when sockets and timers have been looked at. */
  next(): Promise<void> {
    return this.turn ?? Promise.resolve();
  }
}
