import type { Kind, KindTypes } from '../../api/kinds';
import { kinds } from '../../api/kinds';
import type { ClusterNode } from '../../api/cluster-node';
import type { EventLog } from '../../api/event';
import type { Pod } from '../../api/pod';
import type { ReplicationController } from '../../api/replication-controller';
import type { ObjectChange } from '../../api/watch';
import type { Clock } from '../../base/clock';
import { nextTurn } from '../../base/clock';
import type { Logger } from '../../base/logger';
import type { Stored } from '../codec';
import { decodeObject } from '../codec';
import type { KeySpace, ParsedKey } from '../keys';
import type { Key, Revision, StoredValue, WatchBatch } from '../store/store';
import { EncodedSizes } from './encoded-sizes';
import type { CacheBatch, CacheEvent, RingCapacity } from './event-ring';
import { EventRing } from './event-ring';
import type { ControllerIndexer, EventIndexer, NodeIndexer, PodIndexer } from './kind-indexes';
import { controllerIndexer, eventIndexer, nodeIndexer, podIndexer } from './kind-indexes';
import { LeaseTable } from './lease-table';
import { recounted } from './replica-share';
import { RevisionWaiters } from './revision-waiters';
import { WatchCache } from './watch-cache';

export interface CacheSetOptions {
  readonly keys: KeySpace;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How much of the past is kept. */
  readonly window: RingCapacity;
}

/** What the feed fills. */
export interface FeedTarget {
  /** The caches hold everything up to this revision. */
  readonly revision: Revision;
  /** The first list: replaces nothing, tells nobody. Takes turns with everybody else. */
  load(items: readonly StoredValue[], revision: Revision): Promise<void>;
  /** A later list: only what differs is told, and history starts anew. Takes turns until it has decoded all. */
  replace(items: readonly StoredValue[], revision: Revision): Promise<void>;
  apply(batch: WatchBatch): void;
  markSynced(): void;
}

/**
 * The caches of all kinds, always at one revision: a revision is applied to all of them, then all listeners are told.
 * Beside them the ring of the last changes, from which any state of the window and any stream can be made.
 */
export class CacheSet implements FeedTarget {
  readonly ring: EventRing;
  readonly leases: LeaseTable;
  readonly caches: {
    readonly Pod: WatchCache<Pod, PodIndexer>;
    readonly ReplicationController: WatchCache<ReplicationController, ControllerIndexer>;
    readonly ClusterNode: WatchCache<ClusterNode, NodeIndexer>;
    readonly Event: WatchCache<EventLog, EventIndexer>;
  };
  private readonly waiters: RevisionWaiters;
  private readonly sizes = new EncodedSizes();
  private readonly keys: KeySpace;
  private readonly logger: Logger;
  private reachedRevision: Revision = 0;

  constructor(options: CacheSetOptions) {
    const { clock, logger } = options;
    this.keys = options.keys;
    this.logger = logger;
    this.ring = new EventRing(options.window);
    this.leases = new LeaseTable(logger);
    this.waiters = new RevisionWaiters(clock);
    this.caches = {
      Pod: new WatchCache('Pod', podIndexer(), logger),
      ReplicationController: new WatchCache('ReplicationController', controllerIndexer(), logger),
      ClusterNode: new WatchCache('ClusterNode', nodeIndexer(), logger),
      Event: new WatchCache('Event', eventIndexer(), logger),
    };
  }

  get revision(): Revision {
    return this.reachedRevision;
  }

  /** True once the caches have reached it; false when the time is over, or all waiting ends. */
  reached(revision: Revision, milliseconds: number): Promise<boolean> {
    return this.reachedRevision >= revision ? Promise.resolve(true) : this.waiters.wait(revision, milliseconds);
  }

  async load(items: readonly StoredValue[], revision: Revision): Promise<void> {
    for (let start = 0; start < items.length; start += itemsInATurn) {
      if (start > 0) await nextTurn();
      for (const item of items.slice(start, start + itemsInATurn)) this.takeIn(item.key, item, revision);
    }
    this.ring.startAfter(revision);
    this.moveTo(revision);
  }

  async replace(items: readonly StoredValue[], revision: Revision): Promise<void> {
    const ahead = await this.decodeAhead(items);
    const present = new Set(items.map((item) => item.key));
    const gone = this.knownKeys().filter((key) => !present.has(key));
    const told = [...gone.map((key) => this.takeIn(key, null, revision)), ...items.map((item) => this.takeIn(item.key, item, revision, ahead))];
    this.publish(told, { revision, gap: true });
  }

  apply(batch: WatchBatch): void {
    // Seen already, or progress that says nothing new.
    if (batch.revision <= this.reachedRevision) return;
    const told = batch.events.map((event) => this.takeIn(event.key, event.item, batch.revision));
    this.publish(told, { revision: batch.revision, gap: false });
  }

  markSynced(): void {
    for (const cache of Object.values(this.caches)) cache.markSynced();
    this.leases.markSynced();
  }

  /** Whoever waits for a revision stops waiting. */
  close(): void {
    this.waiters.close();
  }

  private publish(told: readonly TakenIn[], options: { revision: Revision; gap: boolean }): void {
    const { revision, gap } = options;
    const events = told.flatMap((part) => part.events);
    const bytes = told.reduce((sum, part) => sum + part.endedBytes, 0);
    const batch: CacheBatch = { revision, events, gap, bytes, recounted: gap ? [] : recounted(events, this.caches.ReplicationController.lister) };
    this.moveTo(revision);
    if (events.length > 0 || gap) this.ring.append(batch);
    for (const part of told) {
      for (const event of part.events) this.tell(event);
      if (part.lease !== null) this.leases.tell(part.lease);
    }
  }

  private moveTo(revision: Revision): void {
    this.reachedRevision = revision;
    this.waiters.reached(revision);
  }

  /** Caches change at one moment, so that all that can be done before it is done before it. */
  private async decodeAhead(items: readonly StoredValue[]): Promise<Decoded> {
    const decoded: Decoded = new WeakMap();
    for (let start = 0; start < items.length; start += itemsInATurn) {
      if (start > 0) await nextTurn();
      for (const item of items.slice(start, start + itemsInATurn)) {
        const parsed = this.keys.parse(item.key);
        try {
          if (parsed?.holds === 'object') decoded.set(item, decodeObject(parsed.kind, item));
        } catch {
          // Said when it is taken in.
        }
      }
    }
    return decoded;
  }

  private takeIn(key: Key, item: StoredValue | null, revision: Revision, ahead?: Decoded): TakenIn {
    const parsed = this.keys.parse(key);
    if (!parsed) return nothing;
    if (parsed.holds === 'lease') {
      const changed = this.leases.put(parsed.nodeName, item?.lease ?? null);
      return { ...nothing, lease: changed ? parsed.nodeName : null };
    }
    const events = this.takeInObject(parsed.kind, parsed, { item, ahead }, revision);
    if (events.length === 0) return nothing;
    return { events, endedBytes: this.sizes.replace(key, item?.value.byteLength ?? null), lease: null };
  }

  private takeInObject(kind: Kind, parsed: ParsedKey & { holds: 'object' }, stored: Incoming, revision: Revision): CacheEvent[] {
    switch (kind) {
      case 'Pod':
        return this.changesOf(this.caches.Pod, parsed, stored, revision).map((change) => ({ kind, change }));
      case 'ReplicationController':
        return this.changesOf(this.caches.ReplicationController, parsed, stored, revision).map((change) => ({ kind, change }));
      case 'ClusterNode':
        return this.changesOf(this.caches.ClusterNode, parsed, stored, revision).map((change) => ({ kind, change }));
      case 'Event':
        return this.changesOf(this.caches.Event, parsed, stored, revision).map((change) => ({ kind, change }));
    }
  }

  private changesOf<T extends KindTypes[Kind]>(
    cache: WatchCache<T>,
    { namespace, name }: ParsedKey & { holds: 'object' },
    { item, ahead }: Incoming,
    revision: Revision,
  ): ObjectChange<T>[] {
    if (!item) return cache.remove(namespace, name, revision);
    try {
      // Decoded under the kind of its key, which is this cache's.
      const known = ahead?.get(item) as Stored<T> | undefined;
      return cache.put(known ?? decodeObject<T>(cache.kind, item), revision);
    } catch (error) {
      cache.markDamaged(namespace, name);
      this.logger.error('a stored object cannot be read', { error, key: item.key, revision: item.modRevision });
      return [];
    }
  }

  private tell(event: CacheEvent): void {
    switch (event.kind) {
      case 'Pod':
        return this.caches.Pod.tell(event.change);
      case 'ReplicationController':
        return this.caches.ReplicationController.tell(event.change);
      case 'ClusterNode':
        return this.caches.ClusterNode.tell(event.change);
      case 'Event':
        return this.caches.Event.tell(event.change);
    }
  }

  private knownKeys(): Key[] {
    const objects = Object.values(kinds).flatMap(({ kind }) => this.caches[kind].lister.list().map((object) => this.keys.ofObject(kind, object)));
    return [...objects, ...this.leases.names().map((name) => this.keys.ofLease(name))];
  }
}

/** So many are decoded in less than 10 ms. */
const itemsInATurn = 100;

type Decoded = WeakMap<StoredValue, Stored<KindTypes[Kind]>>;

interface Incoming {
  readonly item: StoredValue | null;
  readonly ahead: Decoded | undefined;
}

interface TakenIn {
  readonly events: readonly CacheEvent[];
  /** Encoded size of the state that ended. */
  readonly endedBytes: number;
  /** The node whose lease appeared or disappeared. */
  readonly lease: string | null;
}
const nothing: TakenIn = { events: [], endedBytes: 0, lease: null };
