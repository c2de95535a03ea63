import { compacted, future } from '../refusals';
import type { Key, LeaseId, Revision } from '../store';
import { HistoryBudget } from './history-budget';
import { SortedKeys } from './sorted-keys';

/** A key as of one revision. */
export interface Entry {
  readonly revision: Revision;
  readonly sub: number;
  readonly key: Key;
  readonly deleted: boolean;
  readonly createRevision: Revision;
  readonly version: number;
  readonly lease: LeaseId | null;
  /** Length of the value, also while it is only in the log; 0 when deleted. */
  readonly bytes: number;
  /** undefined: deleted, or superseded and only in the log. The newest entry of a live key always has it. */
  value: Uint8Array | undefined;
}

export interface RangeOptions {
  readonly revision: Revision;
  readonly afterKey?: Key | undefined;
  readonly limit: number;
}

/**
 * etcd's index in memory: for each key its entries, oldest first, and for each revision its entries. Everything in it is
 * durable. Holds what is needed for reads and watches from `oldest` on, and nothing older.
 */
export class Mvcc {
  private readonly entries = new Map<Key, Entry[]>();
  private readonly keys: SortedKeys;
  /** For revision oldest + 1 and on, one element each. */
  private revisions: (readonly Entry[])[] = [];
  private newest: Revision;
  private first: Revision;
  private readonly budget: HistoryBudget;

  /** `oldest` and the entries that were live at it: what a store has read from its log before the history. */
  constructor(historyBytes: number, oldest: Revision = 1, base: Iterable<Entry> = []) {
    this.budget = new HistoryBudget(historyBytes);
    this.first = oldest;
    this.newest = oldest;
    for (const entry of base) this.entries.set(entry.key, [entry]);
    this.keys = new SortedKeys(this.entries.keys());
  }

  get head(): Revision {
    return this.newest;
  }

  get oldest(): Revision {
    return this.first;
  }

  get liveKeys(): number {
    let count = 0;
    for (const list of this.entries.values()) if (!list.at(-1)?.deleted) count += 1;
    return count;
  }

  /** S4: throws COMPACTED or FUTURE. */
  checkReadable(revision: Revision): void {
    if (revision > this.newest) throw future(revision, this.newest);
    if (revision < this.first) throw compacted(revision, this.first);
  }

  latest(key: Key): Entry | undefined {
    const entry = this.entries.get(key)?.at(-1);
    return entry?.deleted ? undefined : entry;
  }

  at(key: Key, revision: Revision): Entry | undefined {
    const list = this.entries.get(key);
    const entry = list?.[newestUpTo(list, revision)];
    return entry?.deleted ? undefined : entry;
  }

  /** S5. `more` says whether the limit cut something off. */
  range(prefix: Key, { revision, afterKey, limit }: RangeOptions): { entries: Entry[]; more: boolean } {
    const entries: Entry[] = [];
    for (const key of this.keys.withPrefix(prefix, afterKey)) {
      const entry = this.at(key, revision);
      if (!entry) continue;
      if (entries.length >= limit) return { entries, more: true };
      entries.push(entry);
    }
    return { entries, more: false };
  }

  /** The entries of a revision above `oldest` and up to `head`. */
  of(revision: Revision): readonly Entry[] {
    return this.revisions[revision - this.first - 1] ?? [];
  }

  /** What the key of this entry held before it (S8). */
  before(entry: Entry): Entry | undefined {
    return this.at(entry.key, entry.revision - 1);
  }

  /** The entries of the next revision, head + 1. */
  apply(entries: readonly Entry[]): void {
    this.newest += 1;
    this.revisions.push(entries);
    for (const entry of entries) {
      const list = this.entries.get(entry.key);
      if (list) {
        this.budget.supersede(list.at(-1));
        list.push(entry);
      } else {
        this.entries.set(entry.key, [entry]);
        this.keys.add(entry.key);
      }
    }
  }

  /**
   * Forgets what no read at `revision` or later can see. Answers what was forgotten, oldest first: a key's tombstone must
   * not leave the log before what it hides.
   */
  compact(revision: Revision): readonly Entry[] {
    const touched = new Set<Key>();
    for (let at = this.first + 1; at <= revision; at += 1) for (const entry of this.of(at)) touched.add(entry.key);
    const dropped: Entry[] = [];
    const gone = new Set<Key>();
    for (const key of touched) {
      const list = this.entries.get(key) ?? [];
      const index = newestUpTo(list, revision);
      dropped.push(...list.splice(0, list[index]?.deleted ? index + 1 : index));
      if (list.length === 0) gone.add(key);
    }
    for (const key of gone) this.entries.delete(key);
    this.keys.removeAll(gone);
    this.budget.forget(dropped);
    this.revisions = this.revisions.slice(revision - this.first);
    this.first = revision;
    return dropped.sort((a, b) => a.revision - b.revision || a.sub - b.sub);
  }
}

/** Index of the newest entry that is not newer than this revision; -1 if there is none. */
function newestUpTo(list: readonly Entry[], revision: Revision): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] as Entry).revision <= revision) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
