import type { Kind, KindTypes } from '../api/kinds';
import type { Lister } from '../api/watch';
import type { Clock } from '../base/clock';
import type { Logger } from '../base/logger';
import type { BoundedStore } from './bounded-store';
import { CacheSet } from './cache/cache-set';
import type { Freshness } from './cache/freshness';
import { freshnessWait } from './cache/freshness';
import { pinAt, pinPresent } from './cache/pinned-view';
import type { KeySpace } from './keys';
import { listAll } from './list-all';
import type { Revision } from './store/store';
import type { Snapshot } from './types';

export interface SnapshotsOptions {
  readonly set: CacheSet;
  readonly freshness: Freshness;
  readonly calls: BoundedStore;
  readonly keys: KeySpace;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Each state that can still be read, as a snapshot of all kinds: from memory where the window reaches, else from the store.
 * Rejects with StoreErrors: COMPACTED when history that old is gone, FUTURE when it has not happened.
 */
export class Snapshots {
  /** Loads from the store under way: all who want the same revision at that moment share one. */
  private readonly loading = new Map<Revision, Promise<Snapshot>>();

  constructor(private readonly options: SnapshotsOptions) {}

  /** The present: everything that was acknowledged before the call is in it. */
  async fresh(): Promise<Snapshot> {
    const { freshness, set, calls } = this.options;
    return (await freshness.wait()) ? pinPresent(set) : this.stored(await calls.currentRevision());
  }

  async at(revision: Revision): Promise<Snapshot> {
    const { set, calls } = this.options;
    // Ahead of these caches, but not of the store: another server gave this version out.
    if (revision > set.revision && revision <= (await calls.currentRevision())) await set.reached(revision, freshnessWait);
    return pinAt(set, revision) ?? this.stored(revision);
  }

  private stored(revision: Revision): Promise<Snapshot> {
    const underWay = this.loading.get(revision);
    if (underWay) return underWay;
    const loading = this.load(revision).finally(() => this.loading.delete(revision));
    this.loading.set(revision, loading);
    return loading;
  }

  /** Caches of its own, which nothing feeds. */
  private async load(at: Revision): Promise<Snapshot> {
    const { calls, keys, clock, logger } = this.options;
    const { items, revision } = await listAll(calls, keys.prefix, at);
    const past = new CacheSet({ keys, clock, logger, window: { events: 0, bytes: 0 } });
    await past.load(items, revision);
    return pinPresent(past);
  }
}

export function listerOf<K extends Kind>(snapshot: Snapshot, kind: K): Lister<KindTypes[K]> {
  const listers: { readonly [P in Kind]: Lister<KindTypes[P]> } = {
    Pod: snapshot.pods,
    ReplicationController: snapshot.replicationControllers,
    ClusterNode: snapshot.clusterNodes,
    Event: snapshot.events,
  };
  return listers[kind];
}
