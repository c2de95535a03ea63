import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock';

/** Waits for a state of which no event tells. Rejects with `what` when it does not come. */
export async function eventually(condition: () => boolean | Promise<boolean>, what = 'the state', milliseconds = 20_000): Promise<void> {
  const end = systemClock.monotonic() + milliseconds;
  while (!(await condition())) {
    if (systemClock.monotonic() > end) throw new Error(`${what} did not come within ${milliseconds} ms`);
    // A timer of Node.js's own: the clock's would let a program end that waits for nothing else.
    await pause(5);
  }
}
