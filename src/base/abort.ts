import { setMaxListeners } from 'node:events';

/** A signal that aborts with any of its parents, or by itself. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  /** Aborts the signal and lets go of the parents. Idempotent. Call it when the work is done, whatever came of it. */
  end(): void;
}

/** Made once: an abort without a reason makes an exception each time, with a stack that nobody reads. */
const ended = new DOMException('the work has ended', 'AbortError');

/**
 * AbortSignal.any for work that is short beside its parents: a parent that lives long (a socket, a server) must not
 * collect something for each piece of work that ever ran under it.
 */
export function linkAbort(...parents: readonly AbortSignal[]): LinkedAbort {
  const controller = new AbortController();
  const end = (): void => {
    for (const parent of parents) parent.removeEventListener('abort', end);
    controller.abort(ended);
  };
  for (const parent of parents) {
    // Each lets go again, so many at the same time are no leak.
    setMaxListeners(Infinity, parent);
    parent.addEventListener('abort', end, { once: true });
  }
  if (parents.some((parent) => parent.aborted)) end();
  return { signal: controller.signal, end };
}

/** Resolves when the signal aborts, at once if it has. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Settles as the work does, or rejects as soon as the signal aborts; the work then goes on unheard. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new Error('given up'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
