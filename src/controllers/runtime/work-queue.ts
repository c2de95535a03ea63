import type { BackoffPolicy } from '../../base/backoff';
import { backoffDelay } from '../../base/backoff';
import type { Clock, Timer } from '../../base/clock';

/**
 * Keys that wait for a worker. The suite is test/conformance/work-queue.ts; its tests bear these numbers.
 *
 * Q1 First come, first served.
 * Q2 A key is held once: it either waits for a worker or for its time, never twice, however often it is added.
 * Q3 A key is never worked by two workers at a time.
 * Q4 A key that is added while in work is worked again after `done`.
 * Q5 `addAfter` holds a key back for at least that long. The earlier of two times wins; `add` ends the waiting; a key
 *    that waits for a worker already is not held back: its coming pass decides when to look again.
 * Q6 `addRateLimited` counts a failure and holds the key back by the back-off for that count; `forget` starts over.
 * Q7 `drain` forgets what waits, takes nothing more, lets each waiting `get` resolve undefined, and resolves when all
 *    keys in work are done.
 *
 * Memory is bounded by the number of distinct keys: a key's failure count goes with `forget`.
 */
export interface WorkQueue {
  /** Keys that wait for a worker now; those held back are not counted. */
  readonly length: number;
  add(key: string): void;
  /** Not earlier than `milliseconds` from now; at once when that is not positive. */
  addAfter(key: string, milliseconds: number): void;
  addRateLimited(key: string): void;
  /** Failures in a row since the last `forget`. */
  failures(key: string): number;
  forget(key: string): void;
  /** The next key, as soon as there is one; undefined when the queue drains. The caller owes a `done`. */
  get(): Promise<string | undefined>;
  /** Throws when the key is not in work: two workers would believe that they own it. */
  done(key: string): void;
  drain(): Promise<void>;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1), for jitter. */
  readonly random: () => number;
  readonly backoff: BackoffPolicy;
}

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  return new KeyQueue(options);
}

class KeyQueue implements WorkQueue {
  /** A Set keeps the order of insertion: it is the line and the check for duplicates in one. */
  private readonly waiting = new Set<string>();
  private readonly heldBack = new Map<string, { readonly due: number; readonly timer: Timer }>();
  private readonly inWork = new Set<string>();
  private readonly addedInWork = new Set<string>();
  private readonly failed = new Map<string, number>();
  private readonly workers: ((key: string | undefined) => void)[] = [];
  private drained: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(private readonly options: WorkQueueOptions) {}

  get length(): number {
    return this.waiting.size;
  }

  add(key: string): void {
    if (this.drained) return;
    this.stopHoldingBack(key);
    if (this.inWork.has(key)) {
      this.addedInWork.add(key);
      return;
    }
    const worker = this.workers.shift();
    if (worker) {
      this.inWork.add(key);
      worker(key);
    } else {
      this.waiting.add(key);
    }
  }

  addAfter(key: string, milliseconds: number): void {
    if (this.drained || this.waiting.has(key) || this.addedInWork.has(key)) return;
    if (milliseconds <= 0) {
      this.add(key);
      return;
    }
    const { clock } = this.options;
    const due = clock.monotonic() + milliseconds;
    const held = this.heldBack.get(key);
    if (held && held.due <= due) return;
    held?.timer.cancel();
    this.heldBack.set(key, { due, timer: clock.after(milliseconds, () => this.add(key)) });
  }

  addRateLimited(key: string): void {
    const failures = this.failures(key) + 1;
    this.failed.set(key, failures);
    this.addAfter(key, backoffDelay(this.options.backoff, failures, this.options.random()));
  }

  failures(key: string): number {
    return this.failed.get(key) ?? 0;
  }

  forget(key: string): void {
    this.failed.delete(key);
  }

  get(): Promise<string | undefined> {
    if (this.drained) return Promise.resolve(undefined);
    for (const key of this.waiting) {
      this.waiting.delete(key);
      this.inWork.add(key);
      return Promise.resolve(key);
    }
    return new Promise((resolve) => this.workers.push(resolve));
  }

  done(key: string): void {
    if (!this.inWork.delete(key)) throw new Error(`${key} is not in work`);
    if (this.addedInWork.delete(key)) this.add(key);
    if (this.drained && this.inWork.size === 0) this.drained.resolve();
  }

  drain(): Promise<void> {
    if (this.drained) return this.drained.promise;
    let resolve = (): void => undefined;
    const promise = new Promise<void>((settle) => (resolve = settle));
    this.drained = { promise, resolve };
    this.waiting.clear();
    this.addedInWork.clear();
    this.failed.clear();
    for (const { timer } of this.heldBack.values()) timer.cancel();
    this.heldBack.clear();
    for (const worker of this.workers.splice(0)) worker(undefined);
    if (this.inWork.size === 0) resolve();
    return promise;
  }

  private stopHoldingBack(key: string): void {
    this.heldBack.get(key)?.timer.cancel();
    this.heldBack.delete(key);
  }
}
