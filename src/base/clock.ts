/**
 * Time as a dependency (D10). Everything that waits or stamps takes a Clock, so that a whole cluster can run in a
 * test on a fake one. This file is the only place where the global timers and Date.now may be used.
 */
export interface Timer {
  /** Idempotent. After it returns the callback will not run. */
  cancel(): void;
}

export interface Clock {
  /** Wall time in milliseconds since 1970, for stamps that people read. May jump. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. For durations and deadlines. */
  monotonic(): number;
  /** Calls back once, not earlier than `milliseconds` from now. A pending timer does not keep the process alive. */
  after(milliseconds: number, callback: () => void): Timer;
}

/** Node's largest timer; a longer wait is cut into pieces of this. */
const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(milliseconds, callback) {
    const due = performance.now() + milliseconds;
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const left = due - performance.now();
      handle =
        left > longestTimer ? setTimeout(arm, longestTimer) : setTimeout(callback, Math.max(0, Math.ceil(left)));
      handle.unref();
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves after the wait, or as soon as the signal aborts. Never rejects: the caller looks at the signal. */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(milliseconds, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Resolves once Node.js has looked at its sockets and timers again. No time need pass, so no clock is asked. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** RFC 3339 in UTC with milliseconds, as the DateTime scalar prints it. */
export function timestamp(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
