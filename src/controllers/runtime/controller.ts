import type { BackoffPolicy } from '../../base/backoff';
import type { Clock } from '../../base/clock';
import type { Identity } from '../../base/identity';
import type { Logger } from '../../base/logger';
import { isApiError } from '../../errors/api-error';
import type { Controller, Reconciler } from './reconciler';
import type { WorkQueue } from './work-queue';
import { createWorkQueue } from './work-queue';

/** The part of the queue that the sources of keys may use. */
export type KeySink = Pick<WorkQueue, 'add' | 'addAfter'>;

export interface ControllerOptions {
  readonly reconciler: Reconciler;
  /** How many keys are worked at a time; 1 unless told otherwise. */
  readonly workers?: number;
  /** Resolves when there is something to reconcile against; rejects when the signal aborts. */
  readonly ready: (signal: AbortSignal) => Promise<void>;
  /** Subscribes to whatever may mean work, and adds its keys. Returns what unsubscribes. */
  readonly watch: (keys: KeySink) => () => void;
  readonly backoff?: BackoffPolicy;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
}

/** Milliseconds, per key. */
export const reconcileBackoff: BackoffPolicy = { initial: 5, max: 60_000, jitter: 0.5 };

/** A loop around one reconciler. Each run starts with an empty queue, so it may be run again after it ended. */
export function createController(options: ControllerOptions): Controller {
  const { reconciler } = options;
  return {
    name: reconciler.name,
    async run(signal) {
      try {
        await options.ready(signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      if (signal.aborted) return;
      const queue = createWorkQueue({
        clock: options.clock,
        random: () => options.identity.random(),
        backoff: options.backoff ?? reconcileBackoff,
      });
      const worker = new Worker(options, queue, signal);
      const drain = (): void => void queue.drain();
      signal.addEventListener('abort', drain, { once: true });
      let unwatch = (): void => undefined;
      try {
        unwatch = options.watch(queue);
        await Promise.all(Array.from({ length: options.workers ?? 1 }, () => worker.run()));
      } finally {
        signal.removeEventListener('abort', drain);
        unwatch();
        await queue.drain();
      }
    },
  };
}

class Worker {
  private readonly logger: Logger;
  /** Per failing key what was last logged, so that a failure that lasts is one line and not one per try. */
  private readonly reported = new Map<string, string>();

  constructor(
    private readonly options: ControllerOptions,
    private readonly queue: WorkQueue,
    private readonly signal: AbortSignal,
  ) {
    this.logger = options.logger.child({ controller: options.reconciler.name });
  }

  async run(): Promise<void> {
    for (let key = await this.queue.get(); key !== undefined; key = await this.queue.get()) {
      await this.work(key);
    }
  }

  private async work(key: string): Promise<void> {
    try {
      const { againAfterMilliseconds } = await this.options.reconciler.reconcile(key, this.signal);
      this.queue.forget(key);
      if (this.reported.delete(key)) this.logger.info('reconciled again', { key });
      if (againAfterMilliseconds !== undefined) this.queue.addAfter(key, againAfterMilliseconds);
    } catch (error) {
      // Work that a shutdown interrupted is no failure.
      if (!this.signal.aborted) this.fail(key, error);
    } finally {
      this.queue.done(key);
    }
  }

  private fail(key: string, error: unknown): void {
    this.queue.addRateLimited(key);
    // Messages name the object at hand, which may be another with each try.
    const sort = isApiError(error) ? error.code : String(error);
    const fields = { key, failures: this.queue.failures(key), error };
    if (this.reported.get(key) === sort) {
      this.logger.debug('could not be reconciled, as before', fields);
    } else {
      this.reported.set(key, sort);
      this.logger.warn('could not be reconciled; tried again after back-off', fields);
    }
  }
}
