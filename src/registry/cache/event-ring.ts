import type { Kind, KindTypes } from '../../api/kinds';
import type { ApiObject } from '../../api/meta';
import type { ReplicationController } from '../../api/replication-controller';
import type { ObjectChange } from '../../api/watch';
import type { Revision } from '../store/store';

/** One change of one object, with its kind. */
export type CacheEvent<K extends Kind = Kind> = { [P in K]: { readonly kind: P; readonly change: ObjectChange<KindTypes[P]> } }[K];

/** What happened at one revision; never empty. */
export interface CacheBatch {
  readonly revision: Revision;
  readonly events: readonly CacheEvent[];
  /** Controllers that did not change themselves, but whose counts may (replica-share.ts). */
  readonly recounted: readonly ReplicationController[];
  /** The differences found by a relist: what happened in between is not known, and revisions start anew. */
  readonly gap: boolean;
  /** Encoded size of the states that ended with this batch. What began with it is in the caches, or ended with a later batch. */
  readonly bytes: number;
}

/** How much a ring keeps. Whichever is reached first. */
export interface RingCapacity {
  readonly events: number;
  /** Encoded size of the states that only the ring keeps alive. */
  readonly bytes: number;
}

export function stateBefore<T extends ApiObject>(change: ObjectChange<T>): T | null {
  return change.type === 'DELETED' ? change.object : change.previous;
}

export function stateAfter<T extends ApiObject>(change: ObjectChange<T>): T | null {
  return change.type === 'DELETED' ? null : change.object;
}

export type Position = number;

/**
 * The last changes of all kinds, in order. Who reads them keeps a position: a slow reader costs nothing, and learns that
 * it was too slow when its position is gone. Positions only grow, also where revisions do not (a store that was reset).
 */
export class EventRing {
  private batches: (CacheBatch | undefined)[] = [];
  /** How many of `batches`, from its start, are dropped already: empty places. */
  private dropped = 0;
  private firstPosition: Position = 0;
  private eventCount = 0;
  private byteCount = 0;
  /** Batches from here on follow one another without a gap. */
  private continuousFrom: Position = 0;
  /** Every change after this revision is in the ring. */
  private completeAfter: Revision = 0;
  /** By uid: the objects whose deletion is in the ring. */
  private readonly deleted = new Map<string, CacheEvent>();
  private readonly listeners = new Set<() => void>();

  constructor(private readonly capacity: RingCapacity) {}

  get end(): Position {
    return this.firstPosition + this.batches.length - this.dropped;
  }

  get size(): number {
    return this.eventCount;
  }

  /** What memory would have back if the ring were emptied, as encoded. */
  get bytes(): number {
    return this.byteCount;
  }

  /** An empty ring: what follows comes after this revision. */
  startAfter(revision: Revision): void {
    this.completeAfter = revision;
  }

  append(batch: CacheBatch): void {
    this.batches.push(batch);
    this.eventCount += batch.events.length;
    this.byteCount += batch.bytes;
    for (const event of batch.events) if (event.change.type === 'DELETED') this.deleted.set(event.change.object.uid, event);
    if (batch.gap) {
      this.continuousFrom = this.end;
      this.completeAfter = batch.revision;
    }
    while (this.eventCount > this.capacity.events || this.byteCount > this.capacity.bytes) this.dropOldest();
    for (const listener of this.listeners) listener();
  }

  /** The deletion of the object that had this uid; undefined when there was none, or it is forgotten. */
  deletionOf(uid: string): CacheEvent | undefined {
    return this.deleted.get(uid);
  }

  /** Undefined: not there yet, when position is `end`; else gone. */
  at(position: Position): CacheBatch | undefined {
    return position < this.firstPosition ? undefined : this.batches[this.dropped + position - this.firstPosition];
  }

  /** Where to read on after this revision; null when not everything that followed it is here. */
  positionAfter(revision: Revision): Position | null {
    if (revision < this.completeAfter) return null;
    let low = Math.max(this.continuousFrom, this.firstPosition);
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const batch = this.at(middle);
      if (batch && batch.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A reader at this position missed something it cannot be told exactly. */
  hasGapAfter(position: Position): boolean {
    return position < this.continuousFrom;
  }

  /** Calls back after each append; returns the end of that. */
  onAppend(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private dropOldest(): void {
    const oldest = this.batches[this.dropped];
    if (!oldest) return;
    this.eventCount -= oldest.events.length;
    this.byteCount -= oldest.bytes;
    for (const event of oldest.events) if (this.deleted.get(event.change.object.uid) === event) this.deleted.delete(event.change.object.uid);
    if (this.firstPosition >= this.continuousFrom) this.completeAfter = oldest.revision;
    this.firstPosition += 1;
    this.batches[this.dropped] = undefined;
    this.dropped += 1;
    // Cutting the array at each drop would copy it each time; this way a batch is moved once, on average.
    if (this.dropped * 2 > this.batches.length) {
      this.batches = this.batches.slice(this.dropped);
      this.dropped = 0;
    }
  }
}
