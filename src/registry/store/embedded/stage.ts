import { grantedSeconds } from '../limits';
import { compacted, conflict, exists, future, leaseGone, notFound } from '../refusals';
import type { Key, LeaseId, Revision, StoredValue, WriteResult } from '../store';
import type { LeaseTable } from './lease-table';
import type { Entry, Mvcc } from './mvcc';
import type { LogBatch, LogLease, LogRecord } from './revision-log';

/**
 * A group of writes on its way to the disk: each is decided against what is durable plus what comes before it in the
 * group. A write that throws has staged nothing. Nobody sees any of it until `publish`, which comes after the fsync.
 */
export class Stage {
  private readonly revisions: Entry[][] = [];
  private readonly changed = new Map<Key, Entry>();
  private readonly granted: LogLease[] = [];
  private readonly removed: LeaseId[] = [];
  private compaction: Revision | undefined;

  constructor(
    private readonly mvcc: Mvcc,
    private readonly leases: LeaseTable,
  ) {}

  get isEmpty(): boolean {
    return this.revisions.length + this.granted.length + this.removed.length === 0 && this.compaction === undefined;
  }

  create(key: Key, value: Uint8Array, lease: LeaseId | null): WriteResult {
    const found = this.latest(key);
    if (found) throw exists(toItem(found));
    return this.put(key, value, lease, undefined);
  }

  update(key: Key, value: Uint8Array, options: { expected: Revision; lease: LeaseId | null }): WriteResult {
    return this.put(key, value, options.lease, this.expect(key, options.expected));
  }

  delete(key: Key, expected: Revision): WriteResult {
    this.expect(key, expected);
    return this.commit([tombstone(key, this.next)]);
  }

  grant(ttlSeconds: number): LogLease {
    const lease = { id: String(this.leases.count + this.granted.length + 1), ttlSeconds: grantedSeconds(ttlSeconds) };
    this.granted.push(lease);
    return lease;
  }

  /** Alone in its group: it reads the keys of the lease as they are on the disk. */
  revoke(id: LeaseId): void {
    if (!this.leases.has(id)) throw leaseGone(id);
    this.removed.push(id);
    const keys = this.leases.keysOf(id);
    if (keys.length > 0) this.commit(keys.map((key, sub) => tombstone(key, this.next, sub)));
  }

  /** Alone in its group. */
  compact(revision: Revision): void {
    if (revision > this.mvcc.head) throw future(revision, this.mvcc.head);
    if (revision <= this.mvcc.oldest) throw compacted(revision, this.mvcc.oldest);
    this.compaction = revision;
  }

  toBatch(): LogBatch {
    return {
      head: this.next - 1,
      records: this.revisions.flat().map(toRecord),
      grantedLeases: this.granted,
      removedLeases: this.removed,
      leaseCount: this.leases.count + this.granted.length,
      scheduled: this.compaction ?? this.mvcc.oldest,
    };
  }

  /** It is durable: memory follows. After a compaction, answers what it made superfluous in the log. */
  publish(): readonly Entry[] | undefined {
    for (const entries of this.revisions) {
      for (const entry of entries) this.leases.move(this.mvcc.latest(entry.key), entry);
      this.mvcc.apply(entries);
    }
    this.leases.count += this.granted.length;
    for (const lease of this.granted) this.leases.add(lease);
    for (const id of this.removed) this.leases.remove(id);
    return this.compaction === undefined ? undefined : this.mvcc.compact(this.compaction);
  }

  private get next(): Revision {
    return this.mvcc.head + this.revisions.length + 1;
  }

  private latest(key: Key): Entry | undefined {
    const entry = this.changed.get(key) ?? this.mvcc.latest(key);
    return entry?.deleted ? undefined : entry;
  }

  private expect(key: Key, expected: Revision): Entry {
    const found = this.latest(key);
    if (!found) throw notFound(key);
    if (found.revision !== expected) throw conflict(toItem(found), expected);
    return found;
  }

  private put(key: Key, value: Uint8Array, lease: LeaseId | null, found: Entry | undefined): WriteResult {
    if (lease !== null && !this.leases.isAlive(lease)) throw leaseGone(lease);
    const revision = this.next;
    const createRevision = found?.createRevision ?? revision;
    const version = (found?.version ?? 0) + 1;
    return this.commit([{ revision, sub: 0, key, deleted: false, createRevision, version, lease, bytes: value.byteLength, value }]);
  }

  private commit(entries: Entry[]): WriteResult {
    const revision = this.next;
    this.revisions.push(entries);
    for (const entry of entries) this.changed.set(entry.key, entry);
    return { revision };
  }
}

/** S14: bytes of its own; those given, or a copy of the entry's. */
export function toItem(entry: Entry, value: Uint8Array = new Uint8Array(entry.value ?? [])): StoredValue {
  const { key, createRevision, revision, version, lease } = entry;
  return { key, value, createRevision, modRevision: revision, version, lease };
}

function tombstone(key: Key, revision: Revision, sub = 0): Entry {
  return { revision, sub, key, deleted: true, createRevision: 0, version: 0, lease: null, bytes: 0, value: undefined };
}

function toRecord({ revision, sub, key, deleted, value, createRevision, version, lease }: Entry): LogRecord {
  return { revision, sub, key, value: deleted ? null : (value ?? new Uint8Array()), createRevision, version, lease };
}
