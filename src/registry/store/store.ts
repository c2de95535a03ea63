import type { StoreError } from '../../errors/store-error';

/**
 * The store: keys, bytes, revisions. It does not know what a pod is (docs/store.md).
 *
 * Invariants; the tests of test/conformance/store.ts bear these numbers.
 *
 * S1  One store-wide, strictly growing integer revision; each committed write owns one; a refused write leaves no trace.
 *     A fresh store is at revision 1.
 * S2  create succeeds only if the key is absent; else EXISTS with what is there.
 * S3  update and delete are compare-and-swap on the key's mod revision; CONFLICT carries the current value and revision,
 *     so that a retry needs no extra read; NOT_FOUND if the key is absent.
 * S4  Reads at "latest" see every acknowledged write; reads at R see exactly R, or fail with COMPACTED or FUTURE.
 *     Reading at the compacted revision itself works; below it does not.
 * S5  All pages of one list are read at one revision; order is by key bytes.
 * S6  A watch after R delivers each event with a revision greater than R once, in order, filtered by prefix;
 *     list at R followed by watch after R has neither gap nor overlap. A future R waits in silence until it is passed.
 * S7  Events of one revision arrive in one batch.
 * S8  Each event carries the previous value (null for a create).
 * S9  A watch after R, where R is below the compacted revision, fails at once with COMPACTED and the oldest usable
 *     revision; it never skips silently.
 * S10 An idle watch reports progress: a batch without events whose revision the reader has now seen everything up to.
 *     At least every progressInterval, and once as soon as a new watch has caught up with the head.
 * S11 Memory per watcher is bounded; a reader that lags is ended with LAGGED.
 * S12 Abort ends iteration promptly (it returns, it does not throw) and frees everything; close ends all watches with CLOSED.
 * S13 An acknowledged write survives a crash (a declared capability; memory says no).
 * S14 Bytes handed out are the reader's own: changing them changes nothing in the store; the same for bytes handed in.
 * S15 A key bound to a lease disappears not before the lease has run out; all keys of one lease go in one revision, as
 *     ordinary delete events. Keeping a lease alive takes no revision and wakes no watcher (D7). A restart of the store
 *     gives leases their full time again.
 * S16 writeFault says at once, from memory, whether writes are refused now, and with which error: FULL, UNAVAILABLE,
 *     CORRUPT, or CLOSED. It is what the store knows, mostly from the last write that failed; a store that finds out by
 *     itself that it can write again says so without anybody having to try.
 */

/** A safe positive integer. etcd's 64-bit strings are converted, with a range check, in the etcd store. */
export type Revision = number;

/** Printable ASCII without space, so that string order is byte order. */
export type Key = string;

export interface StoredValue {
  readonly key: Key;
  readonly value: Uint8Array;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  /** Number of writes since creation; 1 after create. */
  readonly version: number;
  readonly lease: LeaseId | null;
}

export interface ReadOptions {
  /** Read as of this revision; latest unless given. */
  readonly revision?: Revision;
  readonly signal?: AbortSignal;
}

export interface GetResult {
  readonly item: StoredValue | null;
  /** The revision the answer is as of. */
  readonly revision: Revision;
}

export interface ListOptions extends ReadOptions {
  /** Greatest number of items; all unless given. The answer may have fewer, with `more`, to keep its size in bounds. */
  readonly limit?: number;
  /** Only keys greater than this. For the next page: the last key of the page before, with that page's revision. */
  readonly afterKey?: Key;
}

export interface ListResult {
  readonly items: readonly StoredValue[];
  readonly revision: Revision;
  readonly more: boolean;
}

export interface WriteOptions {
  /** Only for create and update: bind the key to this lease (S15). Absent: the key has no lease. */
  readonly lease?: LeaseId;
}

export interface WriteResult {
  /** The revision of this write. */
  readonly revision: Revision;
}

export interface StoreEvent {
  readonly type: 'put' | 'delete';
  readonly key: Key;
  /** The new value; null for a delete. */
  readonly item: StoredValue | null;
  readonly previous: StoredValue | null;
}

/** All events of one revision, or none: progress (S10). */
export interface WatchBatch {
  readonly revision: Revision;
  readonly events: readonly StoreEvent[];
}

export interface WatchOptions {
  /** Deliver what came after this revision. */
  readonly after: Revision;
  readonly signal: AbortSignal;
}

export type LeaseId = string;

/** Time limits for keys (S15). */
export interface Leases {
  /** The store may lengthen the time asked for; what it granted is in the answer. */
  grant(ttlSeconds: number): Promise<{ readonly id: LeaseId; readonly ttlSeconds: number }>;
  /** Starts the lease's time over. LEASE_GONE if it ran out. Takes no revision. */
  keepAlive(id: LeaseId): Promise<{ readonly ttlSeconds: number }>;
  /** Time granted and time left; LEASE_GONE if it ran out. */
  timeToLive(id: LeaseId): Promise<{ readonly grantedSeconds: number; readonly remainingSeconds: number }>;
  /** Removes the lease and its keys, in one revision. LEASE_GONE if it is not there. */
  revoke(id: LeaseId): Promise<void>;
}

export interface StoreCapabilities {
  /** "memory", "embedded", "etcd". */
  readonly name: string;
  /** S13. */
  readonly durable: boolean;
  /** Several processes may work on it at the same time; else this one has it alone. */
  readonly shared: boolean;
  /** Greatest size of a value, in bytes; a larger one is TOO_LARGE. */
  readonly maxValueBytes: number;
}

export interface Store {
  readonly capabilities: StoreCapabilities;
  readonly leases: Leases;
  get(key: Key, options?: ReadOptions): Promise<GetResult>;
  list(prefix: Key, options?: ListOptions): Promise<ListResult>;
  create(key: Key, value: Uint8Array, options?: WriteOptions): Promise<WriteResult>;
  update(key: Key, value: Uint8Array, expected: Revision, options?: WriteOptions): Promise<WriteResult>;
  delete(key: Key, expected: Revision): Promise<WriteResult>;
  watch(prefix: Key, options: WatchOptions): AsyncIterable<WatchBatch>;
  currentRevision(): Promise<Revision>;
  /** The oldest revision that can still be read; 1 while nothing was compacted. */
  oldestRevision(): Promise<Revision>;
  /** Forgets history below this revision. COMPACTED if that is done already, FUTURE if it has not happened. */
  compact(revision: Revision): Promise<void>;
  /** Null while writes are taken, as far as is known (S16). Reads may go on while they are not. */
  writeFault(): StoreError | null;
  /** Idempotent. Ends watches, waits for writes under way, frees everything. */
  close(): Promise<void>;
}
