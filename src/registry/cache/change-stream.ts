import type { Kind, KindTypes } from '../../api/kinds';
import type { ApiObject } from '../../api/meta';
import type { ObjectChange } from '../../api/watch';
import type { Clock } from '../../base/clock';
import { ApiError } from '../../errors/api-error';
import type { Revision } from '../store/store';
import type { ChangeStreamOptions, StreamedChange } from '../types';
import { parseResourceVersion, printResourceVersion } from '../versions';
import { abortable } from './abortable';
import type { CacheSet } from './cache-set';
import type { CacheBatch, Position } from './event-ring';
import { RingWaiter } from './ring-waiter';

/** A stream that had nothing to say for so long says how far it is; milliseconds. The contract promises 30 s. */
export const bookmarkInterval = 25_000;

/**
 * The version of RESYNC: that of an empty store, because the subscriber forgets all. One that is cut off right after it
 * and resumes from there gets all of history, or another RESYNC; with a later version it would miss the snapshot.
 */
const knowingNothing: Revision = 1;

export interface StreamSource<T extends ApiObject> {
  readonly set: CacheSet;
  readonly clock: Clock;
  readonly present: () => readonly T[];
  /** What one batch means to this kind of stream, before the subscriber's selector. */
  readonly changesIn: (batch: CacheBatch) => readonly ObjectChange<T>[];
  /** Resolves when the caches hold what was acknowledged before; throws ApiError. */
  readonly fresh: () => Promise<void>;
  /** Ends all streams. */
  readonly closing: AbortSignal;
}

/**
 * One subscriber's stream (contract.graphql, type Subscription; docs/watch-protocol.md). It is pulled: what the subscriber
 * has not asked for yet is a position in the ring that all share, not a queue of its own. A subscriber whose position has
 * left the ring ends with TOO_MANY_REQUESTS, and nobody else notices. Ends without error when its signal aborts.
 */
export function changeStream<T extends ApiObject>(source: StreamSource<T>, options: ChangeStreamOptions<T>): AsyncIterableIterator<StreamedChange<T>> {
  return abortable([options.signal, source.closing], (signal) => new Stream(source, options, signal).run());
}

/** Changes of the objects of one kind themselves. */
export function ownChanges<K extends Kind>(kind: K): (batch: CacheBatch) => readonly ObjectChange<KindTypes[K]>[] {
  const isOfKind = (event: CacheBatch['events'][number]): event is Extract<CacheBatch['events'][number], { kind: K }> => event.kind === kind;
  // An event of kind K carries a change of a KindTypes[K]; the compiler does not follow Extract over a type parameter.
  return (batch) => batch.events.filter(isOfKind).map((event) => event.change as unknown as ObjectChange<KindTypes[K]>);
}

/** Changes of controllers, and MODIFIED for those whose counts a pod's change may have moved. */
export function controllerChanges(batch: CacheBatch): readonly ObjectChange<KindTypes['ReplicationController']>[] {
  const counted = batch.recounted.map((object) => ({ type: 'MODIFIED' as const, object, previous: object, revision: batch.revision }));
  return [...ownChanges('ReplicationController')(batch), ...counted];
}

class Stream<T extends ApiObject> {
  private readonly set: CacheSet;
  private readonly matches: (object: T) => boolean;
  /** The next batch to read, and the revision up to which the subscriber knows everything. */
  private position: Position = 0;
  private revision: Revision = 0;
  private lastSaid: number;

  constructor(
    private readonly source: StreamSource<T>,
    private readonly options: ChangeStreamOptions<T>,
    private readonly signal: AbortSignal,
  ) {
    this.set = source.set;
    this.matches = options.matches;
    this.lastSaid = source.clock.monotonic();
  }

  async *run(): AsyncGenerator<StreamedChange<T>, void, undefined> {
    const since = this.options.since == null ? null : parseResourceVersion(this.options.since, 'since');
    await this.source.fresh();
    if (since === null) yield* this.snapshot();
    else if (!this.resume(since)) yield* this.resync();
    const waiter = new RingWaiter({ ring: this.set.ring, clock: this.source.clock, signal: this.signal });
    try {
      while (!this.signal.aborted) {
        const batch = this.set.ring.at(this.position);
        // Not yield*: a generator within a generator costs each subscriber several turns of the microtask queue per change.
        if (batch && !batch.gap) for (const change of this.replay(batch)) yield change;
        else if (batch || this.set.ring.hasGapAfter(this.position)) yield* this.resync();
        else if (this.position < this.set.ring.end) throw this.tooSlow();
        else if (await this.isQuiet(waiter)) yield this.say('BOOKMARK', null, this.revision);
      }
    } finally {
      waiter.end();
    }
  }

  /** False when the exact changes after this version are not to be had: history is gone, or the version belongs to another store's future. */
  private resume(since: Revision): boolean {
    const position = since > this.set.revision ? null : this.set.ring.positionAfter(since);
    if (position === null) return false;
    this.position = position;
    this.revision = since;
    return true;
  }

  private async *resync(): AsyncGenerator<StreamedChange<T>, void, undefined> {
    yield this.say('RESYNC', null, knowingNothing);
    yield* this.snapshot();
  }

  /**
   * Everything that matches now, the oldest change first, each with its own version: whoever is cut off in the middle
   * resumes after the last version seen and misses nothing. Holding the list pins it; objects are never copied.
   */
  private async *snapshot(): AsyncGenerator<StreamedChange<T>, void, undefined> {
    this.position = this.set.ring.end;
    this.revision = this.set.revision;
    const present = this.source.present().filter(this.matches);
    const ordered = present.map((object) => ({ object, revision: Number(object.resourceVersion) })).sort((a, b) => a.revision - b.revision);
    for (const [index, { object, revision }] of ordered.entries()) {
      // As in a batch: to resume must not skip its brothers. (Several events may have changed in one write.)
      const complete = ordered[index + 1]?.revision !== revision;
      yield this.say('ADDED', object, complete ? revision : revision - 1);
      if (this.signal.aborted) return;
    }
    yield this.say('BOOKMARK', null, this.revision);
  }

  private *replay(batch: CacheBatch): Generator<StreamedChange<T>, void, undefined> {
    if (this.bookmarkDueIn() <= 0) yield this.say('BOOKMARK', null, this.revision);
    const changes = this.source.changesIn(batch).flatMap((change) => this.asSeen(change));
    for (const [index, { type, object }] of changes.entries()) {
      // Only the last one of a revision says that the revision is complete: to resume must not skip its brothers.
      const complete = index === changes.length - 1;
      yield this.say(type, object, complete ? batch.revision : batch.revision - 1);
    }
    this.position += 1;
    this.revision = batch.revision;
  }

  /** The change through the subscriber's selector. */
  private asSeen({ type, object, previous }: ObjectChange<T>): { type: StreamedChange<T>['type']; object: T }[] {
    const before = type !== 'ADDED' && previous !== null && this.matches(previous);
    const after = type !== 'DELETED' && this.matches(object);
    if (before && after) return [{ type: 'MODIFIED', object }];
    if (after) return [{ type: 'ADDED', object }];
    return before ? [{ type: 'DELETED', object }] : [];
  }

  /** Waits for what comes next. True when nothing came for so long that the subscriber should hear how far the stream is. */
  private async isQuiet(waiter: RingWaiter): Promise<boolean> {
    // Nothing waits at our position: so everything up to the caches' revision was said.
    this.revision = this.set.revision;
    if ((await waiter.wait(this.position, this.bookmarkDueIn())) !== 'timeout') return false;
    if (this.position === this.set.ring.end) this.revision = this.set.revision;
    return true;
  }

  private bookmarkDueIn(): number {
    return this.lastSaid + bookmarkInterval - this.source.clock.monotonic();
  }

  private say(type: StreamedChange<T>['type'], object: T | null, revision: Revision): StreamedChange<T> {
    this.lastSaid = this.source.clock.monotonic();
    return { type, object, resourceVersion: printResourceVersion(revision) };
  }

  private tooSlow(): ApiError {
    const version = printResourceVersion(this.revision);
    return new ApiError('TOO_MANY_REQUESTS', `this subscriber reads too slowly; reconnect with since: "${version}"`, {
      retryAfterSeconds: 1,
      details: { operation: 'watch', currentResourceVersion: printResourceVersion(this.set.revision) },
    });
  }
}
