import type { Clock } from './clock';

/** Thrown by withDeadline; the seam that called translates it into its own error. */
export class DeadlineExceeded extends Error {
  constructor(readonly what: string, readonly milliseconds: number) {
    super(`${what} did not finish within ${milliseconds} ms`);
    this.name = 'DeadlineExceeded';
  }
}

/**
 * Nothing waits for ever: settles as `work` does, or rejects with DeadlineExceeded.
 * The work itself goes on; whoever passes it in should give it the signal that ends it.
 */
export function withDeadline<T>(
  clock: Clock,
  work: Promise<T>,
  options: { what: string; milliseconds: number },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(options.milliseconds, () =>
      reject(new DeadlineExceeded(options.what, options.milliseconds)),
    );
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
