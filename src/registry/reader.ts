import type { Kind, KindInfo, KindTypes } from '../api/kinds';
import type { ObjectRef } from '../api/meta';
import type { Logger } from '../base/logger';
import { ApiError, isApiError } from '../errors/api-error';
import type { Subject } from '../errors/interpret';
import { interpretStoreError } from '../errors/interpret';
import { isStoreError } from '../errors/store-error';
import type { BoundedStore } from './bounded-store';
import type { Freshness } from './cache/freshness';
import type { WatchCache } from './cache/watch-cache';
import { UndecodableValue, decodeObject } from './codec';
import type { KeySpace } from './keys';
import { canBeStored, compareRefs } from './keys';
import type { Cursor } from './list-cursors';
import { ListCursors } from './list-cursors';
import { notFound, subjectOf, unreadable } from './object-errors';
import { pageOf } from './pages';
import type { Snapshots } from './snapshots';
import { listerOf } from './snapshots';
import type { Revision } from './store/store';
import type { ListOptions, ObjectPage, Snapshot } from './types';
import { parseResourceVersion } from './versions';

export interface ReaderOptions<K extends Kind> {
  readonly info: KindInfo & { readonly kind: K };
  readonly cache: WatchCache<KindTypes[K]>;
  readonly snapshots: Snapshots;
  readonly freshness: Freshness;
  readonly calls: BoundedStore;
  readonly keys: KeySpace;
  readonly logger: Logger;
}

/**
 * Reads of one kind: an object from memory, once that has reached the store's current revision, and from the store when memory
 * lags; a list as a page of a snapshot.
 */
export class Reader<K extends Kind> {
  constructor(private readonly options: ReaderOptions<K>) {}

  async get(ref: ObjectRef): Promise<KindTypes[K]> {
    const { cache, freshness, logger, keys, info } = this.options;
    const subject = subjectOf(info, 'get', ref);
    if (!canBeStored(ref)) throw notFound(subject);
    try {
      const namespace = info.namespaced ? ref.namespace : null;
      if ((await freshness.wait()) && !cache.isDamaged(namespace, ref.name)) {
        const object = cache.lister.get(namespace, ref.name);
        if (object) return object;
        // While the store is away it cannot be said that something is not there: asking it says what is wrong.
        if (!freshness.isStale) throw notFound(subject);
      }
      const { item } = await this.options.calls.get(keys.ofObject(info.kind, ref));
      if (!item) throw notFound(subject);
      return decodeObject<KindTypes[K]>(info.kind, item).object;
    } catch (error) {
      throw this.interpret(error, subject, () => logger.error('a stored object cannot be read', { error, key: keys.ofObject(info.kind, ref) }));
    }
  }

  async list(options: ListOptions<KindTypes[K]>): Promise<ObjectPage<KindTypes[K]>> {
    const subject = subjectOf(this.options.info, 'list', { namespace: options.namespace });
    const { namespace = null, selection = {}, matches, limit } = options;
    const cursors = new ListCursors({ kind: this.options.info.kind, namespace, selection });
    const after = options.after ? cursors.parse(options.after) : null;
    const version = versionOf(after, options.at);
    try {
      const snapshot = await this.snapshotFor(version, options);
      return pageOf(await this.objectsIn(snapshot, options), { matches, limit, snapshot, cursors, after });
    } catch (error) {
      // A snapshot that the whole request shares failed in the words of whoever asked for it first.
      throw this.interpret(isApiError(error) && isStoreError(error.cause) ? error.cause : error, subject);
    }
  }

  private snapshotFor(version: Revision | null, { snapshot }: ListOptions<KindTypes[K]>): Promise<Snapshot> {
    const { snapshots } = this.options;
    if (version !== null) return snapshots.at(version);
    return snapshot ? snapshot() : snapshots.fresh();
  }

  private async objectsIn(snapshot: Snapshot, { among, namespace }: ListOptions<KindTypes[K]>): Promise<readonly KindTypes[K][]> {
    if (!among) return listerOf(snapshot, this.options.info.kind).list(namespace);
    return [...(await among(snapshot))].sort(compareRefs);
  }

  private interpret(error: unknown, subject: Subject, logUndecodable: () => void = () => undefined): ApiError {
    if (!(error instanceof UndecodableValue)) return interpretStoreError(error, subject);
    logUndecodable();
    return unreadable(subject, error);
  }
}

/** The version to read at: the cursor's, or the one asked for; null for the present. */
function versionOf(after: Cursor | null, at: string | null | undefined): Revision | null {
  const wanted = at == null ? null : parseResourceVersion(at, 'at');
  if (after === null) return wanted;
  if (wanted === null || wanted === after.revision) return after.revision;
  throw new ApiError('BAD_USER_INPUT', `after: this cursor belongs to a list at version ${after.revision}, not ${wanted}; leave out at, or start again without after`);
}
