/**
 * An async generator that can be left at any time. A bare one answers `return()` only after what it awaits has settled;
 * this one aborts the signal it was made with first, so that leaving a for-await loop, or a lost client, ends it at once.
 * It ends as well when one of the outer signals aborts. (AbortSignal.any would do, but Node 20 lets its results pile up on a
 * long-lived signal.)
 */
export function abortable<T>(outer: readonly AbortSignal[], make: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>): AsyncIterableIterator<T> {
  const inner = new AbortController();
  const abort = (): void => inner.abort();
  for (const signal of outer) {
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  }
  const generator = make(inner.signal);
  const leave = (): void => {
    for (const signal of outer) signal.removeEventListener('abort', abort);
    abort();
  };
  const finished: IteratorReturnResult<undefined> = { done: true, value: undefined };
  return {
    async next() {
      if (inner.signal.aborted) return finished;
      try {
        const result = await generator.next();
        if (result.done) leave();
        return result.done || inner.signal.aborted ? finished : result;
      } catch (error) {
        leave();
        throw error;
      }
    },
    async return() {
      leave();
      // Not waited for: it settles when what the generator awaits has noticed the signal.
      generator.return().catch(() => undefined);
      return finished;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
