import type { KindInfo } from '../api/kinds';
import type { ObjectRef } from '../api/meta';
import type { Lister } from '../api/watch';
import type { Identity } from '../base/identity';
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
import type { PendingWrite, Value } from './lost-write';
import { fateOf } from './lost-write';
import type { Decision, ResourceObject } from './object-changes';
import { notFound, subjectOf, tooLarge, unreadable } from './object-errors';
import type { Key, Revision } from './store/store';
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
  readonly identity: Identity;
  readonly logger: Logger;
}

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
    return this.decode(this.key(ref), await this.fetch(ref, subject), subject);
  }

  /**
   * The new object, or what holds the name already. When the answer is lost, only the object itself proves anything: another
   * one of that name may have come after ours was deleted, or before ours arrives.
   */
  async createIfAbsent(object: T): Promise<{ readonly created: T } | { readonly existing: T }> {
    const subject = this.subject('create', object);
    const key = this.key(object);
    const value = this.encode(object, thisWrite, { subject });
    try {
      const { revision } = await this.options.calls.create(key, value);
      return { created: await this.seen(object, { value, modRevision: revision, createRevision: revision }, subject) };
    } catch (error) {
      if (isStoreError(error, 'EXISTS') && error.current) return { existing: this.decode(key, error.current, subject).object };
      const found = isOpen(error) ? await this.readBack(key) : null;
      const existing = found && this.decode(key, found, subject).object;
      if (existing?.uid === object.uid) return { created: existing };
      throw interpretStoreError(error, subject);
    }
  }

  /** As createIfAbsent would store it; with the same limit on size. */
  preview(object: T): T {
    const subject = this.subject('create', object);
    const value = this.encode(object, thisWrite, { subject });
    return deepFreeze({ ...this.decode(this.key(object), { value, modRevision: 0, createRevision: 0 }, subject).object, resourceVersion: '' });
  }

  /**
   * Reads, decides, writes against what was read; again when somebody else wrote in between. `decide` is pure and throws what
   * the caller shall see. Returns the object as it is afterwards, or as it last was when it is gone.
   */
  async change(ref: ObjectRef, operation: Operation, decide: (current: Stored<T>) => Decision<T>, dryRun = false): Promise<T> {
    const subject = this.subject(operation, ref);
    const key = this.key(ref);
    const mark = Math.floor(this.options.identity.random() * Number.MAX_SAFE_INTEGER).toString(36);
    let base = await this.fetch(ref, subject);
    let lost: Lost | null = null;
    for (let round = 0; round < mostRounds; round += 1) {
      const current = this.decode(key, base, subject);
      const decision = decide(current);
      if (decision.want === 'keep') return current.object;
      const write = this.pending(decision, base, { subject, mark });
      if (dryRun) return write.want === 'put' ? this.decode(key, { ...base, value: write.value }, subject).object : current.object;
      const failure = await this.send(key, write).then((revision) => ({ revision }), (error: unknown) => ({ error }));
      if ('revision' in failure) return this.done(current.object, write, { ...base, modRevision: failure.revision }, subject);
      const { error } = failure;
      // The same compare-and-swap a second time cannot apply it twice; a third would only be waiting.
      if (lost && isOpen(error)) throw lost.because;
      if (isOpen(error)) lost = { write, because: interpretStoreError(error, subject) };
      const found = await this.foundAfter(key, error, { subject, lost });
      const fate = lost ? fateOf(lost.write, found) : 'never';
      if (lost && fate === 'done') return this.done(current.object, lost.write, found, subject);
      if (lost && (fate === 'unknown' || !found)) throw lost.because;
      if (!found) throw interpretStoreError(error, subject);
      if (fate === 'never') lost = null;
      base = found;
    }
    if (lost) throw lost.because;
    throw new ApiError('SERVER_TIMEOUT', `cannot ${operation} ${titleOf(subject)}: others keep changing it. Nothing was changed; try again.`, {
      details: detailsOf(subject),
      retryAfterSeconds: 1,
      outcome: 'notApplied',
    });
  }

  subject(operation: Operation, ref?: Partial<ObjectRef>): Subject {
    return subjectOf(this.options.info, operation, ref);
  }

  decode(key: Key, item: Omit<Value, 'version'>, subject: Subject): Stored<T> {
    try {
      return decodeObject<T>(this.kind, item);
    } catch (error) {
      this.options.logger.error('a stored object cannot be read', { error, key, revision: item.modRevision });
      throw unreadable(subject, error);
    }
  }

  private async fetch(ref: ObjectRef, subject: Subject): Promise<Value> {
    if (!canBeStored(ref)) throw notFound(subject);
    const { item } = await this.options.calls.get(this.key(ref)).catch((error: unknown) => {
      throw interpretStoreError(error, subject);
    });
    if (!item) throw notFound(subject);
    return item;
  }

  private pending(
    decision: Exclude<Decision<T>, { want: 'keep' }>,
    base: Value,
    { subject, mark }: { subject: Subject; mark: string },
  ): PendingWrite {
    if (decision.want === 'remove') return { want: 'remove', base };
    return { want: 'put', base, value: this.encode(decision.object, decision.userRevision, { subject, mark }) };
  }

  private async send(key: Key, write: PendingWrite): Promise<Revision> {
    const { calls } = this.options;
    const { modRevision } = write.base;
    const { revision } = write.want === 'put' ? await calls.update(key, write.value, modRevision) : await calls.delete(key, modRevision);
    return revision;
  }

  /** The object after the write, or as it last was. `now`: what the key holds, or held when it was removed. */
  private async done(object: T, write: PendingWrite, now: Pick<Value, 'modRevision' | 'createRevision'> | null, subject: Subject): Promise<T> {
    if (write.want === 'put' && now) return this.seen(object, { ...now, value: write.value }, subject);
    await this.options.set.reached(now?.modRevision ?? 0, seeOwnWriteWait);
    return object;
  }

  /** What the key holds after a write that failed. Throws what the caller shall see where that is the end of it. */
  private async foundAfter(key: Key, error: unknown, { subject, lost }: { subject: Subject; lost: Lost | null }): Promise<Value | null> {
    if (isStoreError(error, 'CONFLICT') && error.current) return error.current;
    if (isStoreError(error, 'NOT_FOUND')) return null;
    // An earlier round may still have its effect, whatever came of this one.
    if (!lost || !isOpen(error)) throw lost?.because ?? interpretStoreError(error, subject);
    return this.options.calls.get(key).then(
      ({ item }) => item,
      () => {
        throw lost.because;
      },
    );
  }

  /** Null also where it cannot be found out. */
  private readBack(key: Key): Promise<Value | null> {
    return this.options.calls.get(key).then(
      ({ item }) => item,
      () => null,
    );
  }

  /** A write returns once this process's caches have it, so that whoever asks next sees it; bounded. */
  private async seen(ref: ObjectRef, item: Omit<Value, 'version'>, subject: Subject): Promise<T> {
    const { set, lister } = this.options;
    await set.reached(item.modRevision, seeOwnWriteWait);
    // What the cache has decoded at this very revision is what was written; it may have moved on already.
    const cached = lister.get(ref.namespace, ref.name);
    return cached?.resourceVersion === printResourceVersion(item.modRevision) ? cached : this.decode(this.key(ref), item, subject).object;
  }

  private encode(object: T, userRevision: Revision | typeof thisWrite, { subject, mark }: { subject: Subject; mark?: string }): Uint8Array {
    const value = encodeObject(object, userRevision, mark);
    const limit = Math.min(maxObjectBytes, this.options.calls.maxValueBytes);
    if (value.length > limit) throw tooLarge(subject, value.length, limit);
    return value;
  }

  private key(ref: ObjectRef): Key {
    return this.options.keys.ofObject(this.options.info.kind, ref);
  }
}

/** A write whose answer was lost, and which others have not made impossible yet. */
interface Lost {
  readonly write: PendingWrite;
  /** For the caller, when nothing better is found out. */
  readonly because: ApiError;
}

function isOpen(error: unknown): boolean {
  return isStoreError(error) && error.outcome === 'unknown';
}
