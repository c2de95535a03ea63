export interface SlowStartResult {
  readonly called: number;
  readonly succeeded: number;
  /** The first error of the batch that failed. */
  readonly error: { readonly cause: unknown } | null;
}

/**
 * Calls `act` `count` times, in batches of 1, 2, 4, 8 …, each batch at once, and stops after the first batch in which a
 * call failed: when every call would fail, one is made instead of hundreds. Also stops before the next batch when the
 * signal aborts. Never rejects.
 */
export async function slowStart(
  count: number,
  act: () => Promise<unknown>,
  signal?: AbortSignal,
): Promise<SlowStartResult> {
  let called = 0;
  let succeeded = 0;
  for (let size = 1; called < count && !signal?.aborted; size *= 2) {
    const batch = Math.min(size, count - called);
    called += batch;
    const results = await Promise.allSettled(Array.from({ length: batch }, () => act()));
    const failed = results.filter((result) => result.status === 'rejected');
    succeeded += batch - failed.length;
    if (failed[0]) return { called, succeeded, error: { cause: failed[0].reason } };
  }
  return { called, succeeded, error: null };
}
