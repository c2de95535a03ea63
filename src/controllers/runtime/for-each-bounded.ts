export interface BoundedOptions {
  /** How many run at a time. */
  readonly width: number;
  /** Once aborted, no further item is begun. */
  readonly signal: AbortSignal;
}

/**
 * Runs `act` for every item, a few at a time. An item that fails does not keep the others from being tried; rejects with
 * the first error once all have ended.
 */
export async function forEachBounded<T>(items: readonly T[], options: BoundedOptions, act: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  let failed: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    while (next < items.length && !options.signal.aborted) {
      const item = items[next] as T;
      next += 1;
      try {
        await act(item);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.width, items.length) }, lane));
  if (failed) throw failed.error;
}
