import type { EventDraft, EventLog, InvolvedObject } from '../../api/event';
import { eventNamespace } from '../../api/event';
import type { Lister } from '../../api/watch';
import { backoffDelay } from '../../base/backoff';
import type { Clock, Timer } from '../../base/clock';
import { sleep, systemClock, timestamp } from '../../base/clock';
import type { Identity } from '../../base/identity';
import type { Logger } from '../../base/logger';
import { isStoreError } from '../../errors/store-error';
import type { BoundedStore } from '../bounded-store';
import { decodeObject, encodeObject, thisWrite } from '../codec';
import type { KeySpace } from '../keys';
import { canBeStored } from '../keys';
import { LeaseSlots } from './lease-slots';
import { SpamFilter } from './spam-filter';
import type { Occurrence } from './strategy';
import { merged, newLog, occurrenceOf, withOccurrences, wordsOf } from './strategy';
import { shortened } from './validation';

export interface EventRecorderOptions {
  readonly calls: BoundedStore;
  readonly keys: KeySpace;
  /** The logs as the cache has them. */
  readonly lister: Lister<EventLog>;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
}

/** What is told of one object within it is one write. */
const gatherMilliseconds = 1_000;
/** Where so many objects wait, much is happening, and what becomes of each takes longer: they wait so much longer. */
const crowd = 20;
const crowdedMilliseconds = 3_000;
/** Objects that wait to be written. */
const mostWaiting = 4_000;
/** Different events of one object that wait. */
const mostOfOne = 50;
const writesAtATime = 8;
/** Each lost round means that another write won. */
const mostRounds = 5;
/** While nothing can be written. */
const retryPolicy = { initial: 1_000, max: 60_000, jitter: 0.3 };
/** Between two lines in the log that say how much was left out. */
const complainEvery = 300_000;
/** Of the real time, when the server ends. */
const closeWait = 1_000;

interface Waiting {
  readonly involved: InvolvedObject;
  readonly occurrences: Map<string, Occurrence>;
}

/**
 * Writes events, as well as it can: `record` never waits and never fails, and what cannot be kept (too much of one kind, too much at
 * a time, a store that refuses) is left out and counted in the log. Nothing may depend on an event.
 */
export class EventRecorder {
  private readonly filter: SpamFilter;
  private readonly slots: LeaseSlots;
  /** By the uid of the object. */
  private waiting = new Map<string, Waiting>();
  private timer: Timer | undefined;
  private writing: Promise<void> | undefined;
  private failures = 0;
  private leftOut = 0;
  private complainedAt = -Infinity;
  private isClosed = false;

  constructor(private readonly options: EventRecorderOptions) {
    this.filter = new SpamFilter(options.clock);
    this.slots = new LeaseSlots(options.calls, options.clock);
  }

  record(draft: EventDraft): void {
    const { involved, source } = draft;
    if (this.isClosed || !canBeStored({ namespace: eventNamespace(involved), name: involved.uid })) return;
    if (this.isOldNews(draft)) return;
    if (!this.filter.admits(source, involved.uid)) return this.leaveOut(1, 'one source tells too much of one object');
    this.hold(involved, occurrenceOf({ ...draft, message: shortened(draft.message) }, timestamp(this.options.clock)));
    this.arm(gatherMilliseconds);
  }

  /** Writes what waits, and resolves when it is written or was given up; for tests, and for the end. */
  async flush(): Promise<void> {
    this.timer?.cancel();
    this.timer = undefined;
    await this.writing;
    await this.write();
  }

  /** Takes no more; waits a moment for the last writes. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    const isIdle = this.waiting.size === 0 && this.writing === undefined;
    if (!isIdle) await Promise.race([this.flush(), sleep(systemClock, closeWait)]);
    this.timer?.cancel();
  }

  private isOldNews({ quietSeconds = 0, involved, ...draft }: EventDraft): boolean {
    if (quietSeconds === 0) return false;
    const words = wordsOf({ ...draft, message: shortened(draft.message) });
    if (this.waiting.get(involved.uid)?.occurrences.has(words)) return true;
    const log = this.options.lister.get(eventNamespace(involved), involved.uid);
    const known = log?.status.entries.find((entry) => wordsOf(entry) === words);
    // What lies ahead, because the clock was set back or another server's is ahead, was not told a moment ago.
    return known !== undefined && Math.abs(this.options.clock.now() - Date.parse(known.lastSeenAt)) < quietSeconds * 1000;
  }

  private hold(involved: InvolvedObject, occurrence: Occurrence): void {
    const waiting = this.waiting.get(involved.uid) ?? { involved, occurrences: new Map<string, Occurrence>() };
    const words = wordsOf(occurrence);
    const known = waiting.occurrences.get(words);
    const isTooMany = known ? false : waiting.occurrences.size >= mostOfOne || (waiting.occurrences.size === 0 && this.waiting.size >= mostWaiting);
    if (isTooMany) return this.leaveOut(1, 'too many wait to be written');
    waiting.occurrences.set(words, known ? merged(known, occurrence) : occurrence);
    this.waiting.set(involved.uid, waiting);
  }

  private arm(milliseconds: number): void {
    if (this.timer || this.writing) return;
    const { clock } = this.options;
    const write = (): void => {
      this.timer = undefined;
      void this.write();
    };
    this.timer = clock.after(milliseconds, () => {
      if (this.waiting.size < crowd) write();
      else this.timer = clock.after(crowdedMilliseconds, write);
    });
  }

  private write(): Promise<void> {
    this.writing ??= this.writeWaiting().finally(() => {
      this.writing = undefined;
      const { identity } = this.options;
      if (this.waiting.size > 0 && !this.isClosed) this.arm(this.failures > 0 ? backoffDelay(retryPolicy, this.failures, identity.random()) : gatherMilliseconds);
    });
    return this.writing;
  }

  private async writeWaiting(): Promise<void> {
    const queue = [...this.waiting.values()];
    this.waiting = new Map();
    let failed = false;
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next; next = queue.shift()) failed = !(await this.writeOne(next)) || failed;
    };
    await Promise.all(Array.from({ length: writesAtATime }, worker));
    this.failures = failed ? this.failures + 1 : 0;
  }

  /** False: the store refuses writes for now, and it waits again. */
  private async writeOne({ involved, occurrences }: Waiting): Promise<boolean> {
    try {
      await this.put(involved, [...occurrences.values()]);
      return true;
    } catch (error) {
      const isRefused = isStoreError(error) && error.outcome === 'notApplied' && error.code !== 'CLOSED';
      if (isRefused && !this.isClosed) for (const occurrence of occurrences.values()) this.hold(involved, occurrence);
      // Not known whether they are written: to write them again might count them twice.
      else this.leaveOut(occurrences.size, 'they could not be written', error);
      return !isRefused;
    }
  }

  /** Compare-and-swap against what the cache has, which is seldom behind: one write and no read. */
  private async put(involved: InvolvedObject, occurrences: readonly Occurrence[]): Promise<void> {
    const { calls, keys, lister, clock, identity } = this.options;
    const ref = { namespace: eventNamespace(involved), name: involved.uid };
    const key = keys.ofObject('Event', ref);
    let current = lister.get(ref.namespace, ref.name) ?? null;
    for (let round = 0; round < mostRounds; round += 1) {
      const base = current ?? newLog(involved, { uid: identity.uid(), now: timestamp(clock) });
      const log = withOccurrences(base, occurrences, clock.now());
      if (log === base) return;
      const value = encodeObject(log, thisWrite);
      const lease = await this.slots.current();
      try {
        await (current ? calls.update(key, value, Number(current.resourceVersion), { lease }) : calls.create(key, value, { lease }));
        return;
      } catch (error) {
        if (isStoreError(error, 'LEASE_GONE')) this.slots.forget();
        else if (isStoreError(error, 'NOT_FOUND')) current = null;
        else if ((isStoreError(error, 'CONFLICT') || isStoreError(error, 'EXISTS')) && error.current) current = decodeObject<EventLog>('Event', error.current).object;
        else throw error;
      }
    }
    this.leaveOut(occurrences.length, 'others kept changing the same log');
  }

  private leaveOut(events: number, because: string, error?: unknown): void {
    const now = this.options.clock.monotonic();
    this.leftOut += events;
    if (now - this.complainedAt < complainEvery) return;
    this.options.logger.warn('events were left out', { because, events: this.leftOut, error });
    this.complainedAt = now;
    this.leftOut = 0;
  }
}
