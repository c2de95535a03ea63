/**
 * Brings one object nearer to what is wanted. Reads everything it needs itself; idempotent; a pass with nothing to do
 * writes nothing. Returns nothing, or when to look again. A thrown error means: again after back-off.
 */
export interface Reconciler {
  readonly name: string;
  reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult>;
}

export interface ReconcileResult {
  readonly againAfterMilliseconds?: number;
}

export const done: ReconcileResult = {};

/** A loop that server.ts starts and stops. */
export interface Controller {
  readonly name: string;
  /** Resolves when the signal has aborted and all workers have finished. */
  run(signal: AbortSignal): Promise<void>;
}
