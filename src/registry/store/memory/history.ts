import { compacted, future } from '../refusals';
import type { Key, Revision, StoreEvent, StoredValue, WatchBatch } from '../store';

export type State = ReadonlyMap<Key, StoredValue>;

/** What one revision does: keys that get a value, and keys that go. */
export interface Change {
  readonly key: Key;
  readonly item: StoredValue | null;
}

/**
 * All that ever happened since the last compaction, as a list, and the state before it. A read at an old revision plays
 * the list from the start: slow, and hard to get wrong, which is what a reference model is for.
 */
export class History {
  private base: State = new Map();
  private current = new Map<Key, StoredValue>();
  /** One per revision, from `oldest + 1` to `head`, without gaps. */
  private batches: WatchBatch[] = [];
  private newest: Revision = 1;
  private first: Revision = 1;

  get head(): Revision {
    return this.newest;
  }

  get oldest(): Revision {
    return this.first;
  }

  /** The live state; changed by commit. */
  get latest(): State {
    return this.current;
  }

  /** S4. */
  at(revision: Revision): State {
    if (revision > this.newest) throw future(revision, this.newest);
    if (revision < this.first) throw compacted(revision, this.first);
    if (revision === this.newest) return this.current;
    const state = new Map(this.base);
    for (const batch of this.batches) {
      if (batch.revision <= revision) for (const event of batch.events) applyTo(state, event);
    }
    return state;
  }

  /** The batch of a revision that is neither compacted nor in the future. */
  batch(revision: Revision): WatchBatch | undefined {
    return this.batches[revision - this.first - 1];
  }

  /** S1, S7, S8: one revision for all changes, each event with what was there before. */
  commit(changes: readonly Change[]): Revision {
    this.newest += 1;
    const events = changes.map(({ key, item }): StoreEvent => ({
      type: item ? 'put' : 'delete',
      key,
      item,
      previous: this.current.get(key) ?? null,
    }));
    this.batches.push({ revision: this.newest, events });
    for (const event of events) applyTo(this.current, event);
    return this.newest;
  }

  compact(revision: Revision): void {
    if (revision > this.newest) throw future(revision, this.newest);
    if (revision <= this.first) throw compacted(revision, this.first);
    this.base = new Map(this.at(revision));
    this.batches = this.batches.filter((batch) => batch.revision > revision);
    this.first = revision;
  }
}

function applyTo(state: Map<Key, StoredValue>, event: StoreEvent): void {
  if (event.item) state.set(event.key, event.item);
  else state.delete(event.key);
}
