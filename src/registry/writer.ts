import type { KindInfo } from '../api/kinds';
import type { ObjectRef } from '../api/meta';
import type { Lister } from '../api/watch';
import type { Logger } from '../base/logger';
import type { Operation } from '../errors/api-error';
import { ApiError } from '../errors/api-error';
import type { Subject } from '../errors/interpret';
import { interpretStoreError, titleOf, detailsOf } from '../errors/interpret';
import { isStoreError } from '../errors/store-error';
import type { BoundedStore } from './bounded-store';
import type { CacheSet } from './cache/cache-set';
import type { Stored } from './codec';
import { decodeObject, deepFreeze, encodeObject, thisWrite } from './codec';
import type { KeySpace } from './keys';
import { canBeStored } from './keys';
import type { Decision, ResourceObject } from './object-changes';
import { notFound, subjectOf, tooLarge, unreadable } from './object-errors';
import type { Key, Revision, StoredValue } from './store/store';
import { printResourceVersion } from './versions';

/** Greatest size of a stored object; well below what any store takes. */
export const maxObjectBytes = 1024 * 1024;

/** How long a write waits for this process's caches to have seen it, in milliseconds. */
const seeOwnWriteWait = 2_000;
/** Each lost round means that another write won; so many in a row are not contention any more. */
const mostRounds = 32;

export interface WriterOptions<T extends ResourceObject> {
  readonly info: KindInfo;
  readonly calls: BoundedStore;
  readonly keys: KeySpace;
  readonly set: CacheSet;
  /** Of this kind's cache. */
  readonly lister: Lister<T>;
  readonly logger: Logger;
}

type Value = Pick<StoredValue, 'value' | 'modRevision' | 'createRevision'>;
/** `lost`: the store's answer was lost, and reading back showed that the write has not happened so far. */
type Attempt<Done> = { readonly done: Done } | { readonly again: Value; readonly lost?: ApiError };

/**
 * Writes of one kind: create-if-absent and the compare-and-swap loop, both with D5: an answer that was lost is settled by
 * reading back, where reading can settle it; else the caller is told that the outcome is not known.
 */
export class Writer<T extends ResourceObject> {
  constructor(
    private readonly kind: T['kind'],
    private readonly options: WriterOptions<T>,
  ) {}

  /** From the store itself. NOT_FOUND. */
  async read(ref: ObjectRef, operation: Operation): Promise<Stored<T>> {
    const subject = this.subject(operation, ref);
    if (!canBeStored(ref)) throw notFound(subject);
    const key = this.key(ref);
    const { item } = await this.options.calls.get(key).catch((error: unknown) => {
      throw interpretStoreError(error, subject);
    });
    if (!item) throw notFound(subject);
    return this.decode(key, item, subject);
  }

  /** The new object, or what holds the name already. */
  async createIfAbsent(object: T): Promise<{ readonly created: T } | { readonly existing: T }> {
    const subject = this.subject('create', object);
    const key = this.key(object);
    const value = this.encode(object, thisWrite, subject);
    try {
      const { revision } = await this.options.calls.create(key, value);
      return { created: await this.seen(object, { value, modRevision: revision, createRevision: revision }, subject) };
    } catch (error) {
      const found = isStoreError(error, 'EXISTS') ? error.current : await this.readBack(key, error);
      if (!found) throw interpretStoreError(error, subject);
      const existing = this.decode(key, found, subject).object;
      return existing.uid === object.uid && !isStoreError(error, 'EXISTS') ? { created: existing } : { existing };
    }
  }

  /** As createIfAbsent would store it; with the same limit on size. */
  preview(object: T): T {
    const subject = this.subject('create', object);
    const value = this.encode(object, thisWrite, subject);
    return deepFreeze({ ...this.decode(this.key(object), { value, modRevision: 0, createRevision: 0 }, subject).object, resourceVersion: '' });
  }

  /**
   * Reads, decides, writes against what was read; again when somebody else wrote in between. `decide` is pure and throws what
   * the caller shall see. Returns the object as it is afterwards, or as it last was when it is gone.
   */
  async change(ref: ObjectRef, operation: Operation, decide: (current: Stored<T>) => Decision<T>, dryRun = false): Promise<T> {
    const subject = this.subject(operation, ref);
    let current = await this.read(ref, operation);
    let lost = false;
    for (let round = 0; round < mostRounds; round += 1) {
      const decision = decide(current);
      if (decision.want === 'keep') return current.object;
      const attempt = await this.attempt(this.key(ref), decision, current, { subject, dryRun });
      if ('done' in attempt) return attempt.done;
      // The same compare-and-swap a second time cannot apply it twice; a third would only be waiting.
      if (attempt.lost && lost) throw attempt.lost;
      lost = attempt.lost !== undefined;
      current = this.decode(this.key(ref), attempt.again, subject);
    }
    throw new ApiError('SERVER_TIMEOUT', `cannot ${operation} ${titleOf(subject)}: others keep changing it. Nothing was changed; try again.`, {
      details: detailsOf(subject),
      retryAfterSeconds: 1,
      outcome: 'notApplied',
    });
  }

  subject(operation: Operation, ref?: Partial<ObjectRef>): Subject {
    return subjectOf(this.options.info, operation, ref);
  }

  decode(key: Key, item: Value, subject: Subject): Stored<T> {
    try {
      return decodeObject<T>(this.kind, item);
    } catch (error) {
      this.options.logger.error('a stored object cannot be read', { error, key, revision: item.modRevision });
      throw unreadable(subject, error);
    }
  }

  private attempt(
    key: Key,
    decision: Exclude<Decision<T>, { want: 'keep' }>,
    current: Stored<T>,
    { subject, dryRun }: { subject: Subject; dryRun: boolean },
  ): Promise<Attempt<T>> | Attempt<T> {
    if (decision.want === 'remove') return dryRun ? { done: current.object } : this.attemptRemove(key, current, subject);
    const value = this.encode(decision.object, decision.userRevision, subject);
    return dryRun ? { done: this.decode(key, { ...current, value }, subject).object } : this.attemptPut(key, value, current, subject);
  }

  private async attemptPut(key: Key, value: Uint8Array, current: Stored<T>, subject: Subject): Promise<Attempt<T>> {
    const { modRevision, createRevision } = current;
    try {
      const { revision } = await this.options.calls.update(key, value, modRevision);
      return { done: await this.seen(current.object, { value, modRevision: revision, createRevision }, subject) };
    } catch (error) {
      if (isStoreError(error, 'CONFLICT') && error.current) return { again: error.current };
      const found = await this.readBack(key, error);
      if (!found) throw interpretStoreError(error, subject);
      if (found.modRevision > modRevision && Buffer.compare(found.value, value) === 0) return { done: await this.seen(current.object, found, subject) };
      if (found.modRevision === modRevision) return { again: found, lost: interpretStoreError(error, subject) };
      throw interpretStoreError(error, subject);
    }
  }

  private async attemptRemove(key: Key, current: Stored<T>, subject: Subject): Promise<Attempt<T>> {
    try {
      const { revision } = await this.options.calls.delete(key, current.modRevision);
      await this.options.set.reached(revision, seeOwnWriteWait);
      return { done: current.object };
    } catch (error) {
      if (isStoreError(error, 'CONFLICT') && error.current) return { again: error.current };
      if (!isStoreError(error) || error.outcome !== 'unknown') throw interpretStoreError(error, subject);
      const { item, revision } = await this.options.calls.get(key).catch(() => {
        throw interpretStoreError(error, subject);
      });
      // The object we meant is gone: by this call or another's, which is the same.
      const gone = !item || item.createRevision !== current.createRevision;
      if (!gone) return { again: item, lost: interpretStoreError(error, subject) };
      await this.options.set.reached(revision, seeOwnWriteWait);
      return { done: current.object };
    }
  }

  /** What the key holds after a write whose answer was lost; null when that is not the case, or cannot be found out. */
  private async readBack(key: Key, error: unknown): Promise<Value | null> {
    if (!isStoreError(error) || error.outcome !== 'unknown') return null;
    return this.options.calls.get(key).then(
      ({ item }) => item,
      () => null,
    );
  }

  /** A write returns once this process's caches have it, so that whoever asks next sees it; bounded. */
  private async seen(ref: ObjectRef, item: Value, subject: Subject): Promise<T> {
    const { set, lister } = this.options;
    await set.reached(item.modRevision, seeOwnWriteWait);
    // What the cache has decoded at this very revision is what was written; it may have moved on already.
    const cached = lister.get(ref.namespace, ref.name);
    return cached?.resourceVersion === printResourceVersion(item.modRevision) ? cached : this.decode(this.key(ref), item, subject).object;
  }

  private encode(object: T, userRevision: Revision | typeof thisWrite, subject: Subject): Uint8Array {
    const value = encodeObject(object, userRevision);
    const limit = Math.min(maxObjectBytes, this.options.calls.maxValueBytes);
    if (value.length > limit) throw tooLarge(subject, value.length, limit);
    return value;
  }

  private key(ref: ObjectRef): Key {
    return this.options.keys.ofObject(this.options.info.kind, ref);
  }
}
