import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import type { Identity } from '../base/identity';
import { backoffDelay } from '../base/backoff';
import type { Logger } from '../base/logger';
import { linkAbort } from '../base/abort';
import { isStoreError } from '../errors/store-error';
import type { BoundedStore } from './bounded-store';
import type { Key, LeaseId, StoredValue } from './store/store';

/** Outside the prefix of objects: an election wakes no cache. */
export const leaderKey: Key = '/leader';

export interface LeadershipOptions {
  readonly calls: BoundedStore;
  readonly key: Key;
  /** Of this process, for people: who leads. */
  readonly name: string;
  /** The world's time: the lease runs in another program. */
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
  readonly timing?: Partial<LeadershipTiming>;
}

/** Milliseconds, but the lease's seconds. */
export interface LeadershipTiming {
  readonly leaseSeconds: number;
  /** Between two renewals. */
  readonly renewEvery: number;
  /** The leader stops so long before its lease can have ended. */
  readonly margin: number;
  /** Between two looks at who leads. */
  readonly lookEvery: number;
}

/** Kubernetes' figures are 15, 10 and 2 seconds. A write of a leader that steps down is over (storeDeadline) before another leads. */
export const defaultTiming: LeadershipTiming = { leaseSeconds: 15, renewEvery: 3_000, margin: 6_000, lookEvery: 1_000 };

const failureBackoff = { initial: 200, max: 3_000, jitter: 0.5 };
/** Milliseconds after a renewal that failed. */
const renewalRetry = 200;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * One of all servers on a store leads: it holds a key that is bound to a lease, created where none was. It steps down by
 * its own clock, counted from before the last renewal that succeeded was sent; it never waits to be told that its lease
 * is gone (D7). So two may lead only if clocks run at different speeds, and then compare-and-swap still keeps objects whole.
 */
export class Leadership {
  private readonly timing: LeadershipTiming;
  private leading = false;
  private leader: string | null = null;

  constructor(private readonly options: LeadershipOptions) {
    this.timing = { ...defaultTiming, ...options.timing };
  }

  get isLeading(): boolean {
    return this.leading;
  }

  /** As last seen: the name of the process that leads. */
  get leaderName(): string | null {
    return this.leading ? this.options.name : this.leader;
  }

  /**
   * Until the signal aborts: waits to be elected, runs `lead`, whose signal aborts when it must stop, and once more. `lead`
   * must end promptly. Rejects only with what `lead` rejects with.
   */
  async run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { clock, logger, identity } = this.options;
    let failures = 0;
    while (!signal.aborted) {
      // Only what the election throws is ours to bear; what `lead` throws ends it all.
      const elected = await this.elect().then((term) => ({ term }), (error: unknown) => ({ error }));
      if ('error' in elected) {
        const { error } = elected;
        if (!isStoreError(error)) throw error;
        failures += 1;
        if (failures === 1) logger.warn('cannot take part in the election of a leader; trying again', { error });
        await sleep(clock, backoffDelay(failureBackoff, failures, identity.random()), signal);
        continue;
      }
      failures = 0;
      const { term } = elected;
      if (!term) await sleep(clock, this.timing.lookEvery, signal);
      // An answer that was long under way may come when its time is nearly over.
      else if (signal.aborted || clock.monotonic() >= term.until) await this.giveUp(term.lease);
      else await this.serve(term, signal, lead);
    }
  }

  /** Null: another leads. */
  private async elect(): Promise<Term | null> {
    const { calls, key, name, clock, identity } = this.options;
    const { item } = await calls.get(key);
    if (item) {
      this.leader = leaderIn(item);
      return null;
    }
    const asked = clock.monotonic();
    const { id } = await calls.grantLease(this.timing.leaseSeconds);
    const mark = JSON.stringify({ name, term: identity.uid() });
    try {
      await calls.create(key, encoder.encode(mark), { lease: id });
      return { lease: id, until: this.untilFrom(asked) };
    } catch (error) {
      // The answer may be lost though we were elected: then the key has our mark.
      const found = isStoreError(error) && error.outcome === 'unknown' ? (await calls.get(key)).item : null;
      if (found && decoder.decode(found.value) === mark) return { lease: id, until: this.untilFrom(asked) };
      await this.giveUp(id);
      if (isStoreError(error, 'EXISTS')) return null;
      throw error;
    }
  }

  private async serve(term: Term, signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { logger, name } = this.options;
    const link = linkAbort(signal);
    this.leading = true;
    logger.info('this server leads: controllers, scheduler and compaction run here', { name });
    const renewing = this.renew(term, link.signal).finally(() => {
      this.leading = false;
      link.end();
    });
    try {
      await lead(link.signal);
    } finally {
      link.end();
      await renewing;
      await this.giveUp(term.lease);
      logger.info('this server leads no longer', { name });
    }
  }

  /** Resolves when this server must stop to lead. */
  private async renew(term: Term, signal: AbortSignal): Promise<void> {
    const { calls, clock, logger } = this.options;
    let { until } = term;
    let wait = this.timing.renewEvery;
    for (;;) {
      await sleep(clock, Math.min(wait, Math.max(0, until - clock.monotonic())), signal);
      if (signal.aborted || clock.monotonic() >= until) return;
      const asked = clock.monotonic();
      const over = linkAbort(signal);
      // A renewal that hangs must not keep a leader in office.
      const timeIsUp = sleep(clock, until - asked, over.signal).then(() => 'time is up' as const);
      const renewed = calls.keepLeaseAlive(term.lease).then(
        () => 'renewed' as const,
        (error: unknown) => {
          // Once for a row of them.
          logger[wait === renewalRetry ? 'debug' : 'warn']('the lease of the leader could not be renewed', { error, leadsForMilliseconds: Math.round(until - clock.monotonic()) });
          return isStoreError(error, 'LEASE_GONE') ? ('gone' as const) : ('failed' as const);
        },
      );
      const outcome = await Promise.race([renewed, timeIsUp]);
      over.end();
      if (outcome === 'gone' || outcome === 'time is up') return;
      if (outcome === 'renewed') until = this.untilFrom(asked);
      wait = outcome === 'renewed' ? this.timing.renewEvery : renewalRetry;
    }
  }

  /** Whoever is next need not wait for the lease to run out. */
  private giveUp(lease: LeaseId): Promise<void> {
    return this.options.calls.revokeLease(lease).catch(() => undefined);
  }

  /** Counted from before the question: the lease began later. */
  private untilFrom(asked: number): number {
    return asked + this.timing.leaseSeconds * 1000 - this.timing.margin;
  }
}

interface Term {
  readonly lease: LeaseId;
  /** Monotonic milliseconds. */
  readonly until: number;
}

function leaderIn(item: StoredValue): string | null {
  try {
    const { name } = JSON.parse(decoder.decode(item.value)) as { name?: unknown };
    return typeof name === 'string' ? name : null;
  } catch {
    return null;
  }
}
