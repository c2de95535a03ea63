import type { Kind, KindInfo, KindTypes } from '../api/kinds';
import type { ObjectRef } from '../api/meta';
import type { Logger } from '../base/logger';
import { ApiError } from '../errors/api-error';
import type { Subject } from '../errors/interpret';
import { interpretStoreError } from '../errors/interpret';
import type { BoundedStore } from './bounded-store';
import type { CacheSet } from './cache/cache-set';
import type { Freshness } from './cache/freshness';
import { freshnessWait } from './cache/freshness';
import { pinAt } from './cache/pinned-view';
import type { WatchCache } from './cache/watch-cache';
import { UndecodableValue, decodeObject } from './codec';
import type { KeySpace } from './keys';
import { canBeStored, compareRefs } from './keys';
import { notFound, subjectOf, unreadable } from './object-errors';
import { pageOf, parseCursor } from './pages';
import type { Revision } from './store/store';
import type { ListOptions, ObjectPage } from './types';
import { parseResourceVersion } from './versions';

export interface ReaderOptions<K extends Kind> {
  readonly info: KindInfo & { readonly kind: K };
  readonly cache: WatchCache<KindTypes[K]>;
  readonly set: CacheSet;
  readonly freshness: Freshness;
  readonly calls: BoundedStore;
  readonly keys: KeySpace;
  readonly logger: Logger;
}

/**
 * Reads of one kind: from memory, once that has reached the store's current revision; from the store when memory lags, or
 * when the version asked for is older than the window.
 */
export class Reader<K extends Kind> {
  constructor(private readonly options: ReaderOptions<K>) {}

  async get(ref: ObjectRef): Promise<KindTypes[K]> {
    const { cache, logger, keys, info } = this.options;
    const subject = subjectOf(info, 'get', ref);
    if (!canBeStored(ref)) throw notFound(subject);
    try {
      const namespace = info.namespaced ? ref.namespace : null;
      if ((await this.options.freshness.wait()) && !cache.isDamaged(namespace, ref.name)) {
        const object = cache.lister.get(namespace, ref.name);
        if (!object) throw notFound(subject);
        return object;
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
    const at = this.versionOf(options);
    try {
      const { objects, revision } = at === null ? await this.latest(options.namespace) : await this.asOf(at, options.namespace);
      return pageOf(objects, revision, options);
    } catch (error) {
      throw this.interpret(error, subject);
    }
  }

  /** The version to read at: the cursor's, or the one asked for; null for the present. */
  private versionOf({ after, at }: ListOptions<KindTypes[K]>): Revision | null {
    const wanted = at == null ? null : parseResourceVersion(at, 'at');
    if (!after) return wanted;
    const { revision } = parseCursor(after);
    if (wanted !== null && wanted !== revision) {
      throw new ApiError('BAD_USER_INPUT', `after: this cursor belongs to a list at version ${revision}, not ${wanted}; leave out at, or start again without after`);
    }
    return revision;
  }

  private async latest(namespace: string | null | undefined): Promise<Listed<KindTypes[K]>> {
    const { freshness, set, cache } = this.options;
    if (await freshness.wait()) return { objects: cache.lister.list(namespace), revision: set.revision };
    return this.fromStore(undefined, namespace);
  }

  private async asOf(revision: Revision, namespace: string | null | undefined): Promise<Listed<KindTypes[K]>> {
    const { set, calls } = this.options;
    // Ahead of these caches, but not of the store: another server gave this version out.
    if (revision > set.revision && revision <= (await calls.currentRevision())) await set.reached(revision, freshnessWait);
    const pinned = pinAt(set, revision);
    if (pinned) return { objects: pinned.lister(this.options.info.kind).list(namespace), revision };
    return this.fromStore(revision, namespace);
  }

  private async fromStore(at: Revision | undefined, namespace: string | null | undefined): Promise<Listed<KindTypes[K]>> {
    const { calls, keys, info, logger } = this.options;
    const prefix = keys.ofKind(info.kind) + (namespace != null && info.namespaced ? `${namespace}/` : '');
    const { items, revision } = await calls.list(prefix, { revision: at });
    const objects = items.flatMap((item) => {
      try {
        return [decodeObject<KindTypes[K]>(info.kind, item).object];
      } catch (error) {
        // One damaged object must not hide all others; reading it by name says what is wrong.
        logger.error('a stored object cannot be read', { error, key: item.key, revision: item.modRevision });
        return [];
      }
    });
    return { objects: objects.sort(compareRefs), revision };
  }

  private interpret(error: unknown, subject: Subject, logUndecodable: () => void = () => undefined): ApiError {
    if (!(error instanceof UndecodableValue)) return interpretStoreError(error, subject);
    logUndecodable();
    return unreadable(subject, error);
  }
}

interface Listed<T> {
  readonly objects: readonly T[];
  readonly revision: Revision;
}
