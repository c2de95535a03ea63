import { backoffDelay } from '../base/backoff';
import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import type { Identity } from '../base/identity';
import type { LogFields, Logger } from '../base/logger';

export interface RemovalsOptions {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
  /** Nothing is tried again once it aborts. */
  readonly signal: AbortSignal;
  /** One is over, or may be tried again. */
  readonly onEnd: () => void;
}

const retryBackoff = { initial: 500, max: 30_000, jitter: 0.3 };

/**
 * Removals of what is left of one pod. They go on beside the passes: what the runtime cannot remove (a mount that is busy) is tried
 * again, later and later, and nothing else waits for it.
 */
export class Removals {
  private readonly busy = new Set<string>();
  private readonly failures = new Map<string, number>();

  constructor(private readonly options: RemovalsOptions) {}

  /** Ids of what is being removed, or waits until it is tried again. */
  get underWay(): ReadonlySet<string> {
    return this.busy;
  }

  /** It was tried, so far in vain. */
  hasFailed(id: string): boolean {
    return this.failures.has(id);
  }

  /** Resolves when this try is over, whatever came of it. `what`: for the log. */
  async begin(id: string, what: LogFields, remove: () => Promise<void>): Promise<void> {
    this.busy.add(id);
    try {
      await remove();
      this.failures.delete(id);
      this.end(id);
    } catch (error) {
      void this.wait(id, what, error);
    }
  }

  private async wait(id: string, what: LogFields, error: unknown): Promise<void> {
    const { clock, identity, logger, signal } = this.options;
    if (signal.aborted) return;
    const failures = (this.failures.get(id) ?? 0) + 1;
    this.failures.set(id, failures);
    const delay = backoffDelay(retryBackoff, failures, identity.random());
    logger.warn('what is left of a pod cannot be removed; trying again', { ...what, error, failures, inMilliseconds: Math.round(delay) });
    await sleep(clock, delay, signal);
    this.end(id);
  }

  private end(id: string): void {
    this.busy.delete(id);
    this.options.onEnd();
  }
}
