import type { Clock } from '../../../base/clock';
import type { StoreError } from '../../../errors/store-error';
import type { WatchLimits } from '../limits';
import { checkKey, checkValue, defaultProgressInterval, defaultWatchCapacity, maxValueBytes } from '../limits';
import { closed, conflict, exists, leaseGone, notFound } from '../refusals';
import type {
  GetResult,
  Key,
  LeaseId,
  ListOptions,
  ListResult,
  ReadOptions,
  Revision,
  Store,
  StoreCapabilities,
  StoredValue,
  WatchBatch,
  WatchOptions,
  WriteOptions,
  WriteResult,
} from '../store';
import type { State } from './history';
import { History } from './history';
import { MemoryLeases } from './leases';
import { copyItem, watchMemory } from './watch';

export interface MemoryStoreOptions extends WatchLimits {
  readonly clock: Clock;
}

/** A store that forgets everything when the process ends (no S13); otherwise complete. */
export function openMemoryStore(options: MemoryStoreOptions): Promise<Store> {
  return Promise.resolve(new MemoryStore(options));
}

/**
 * The reference model: obvious before fast. Every operation is one synchronous step on a map and a list, so there is no
 * order of events in it that could be got wrong. The embedded store is tested against it.
 */
class MemoryStore implements Store {
  readonly capabilities: StoreCapabilities = { name: 'memory', durable: false, shared: false, maxValueBytes };
  readonly leases: MemoryLeases;
  private readonly history = new History();
  private readonly listeners = new Set<() => void>();
  private ended = false;

  constructor(private readonly options: MemoryStoreOptions) {
    this.leases = new MemoryLeases(
      options.clock,
      (id) => this.removeKeysOf(id),
      () => this.checkOpen(),
    );
  }

  async get(key: Key, options: ReadOptions = {}): Promise<GetResult> {
    const { state, revision } = this.read(options);
    const item = state.get(key);
    return { item: item ? copyItem(item) : null, revision };
  }

  async list(prefix: Key, options: ListOptions = {}): Promise<ListResult> {
    const { state, revision } = this.read(options);
    const { afterKey, limit = Infinity } = options;
    const found = [...state.values()]
      .filter((item) => item.key.startsWith(prefix) && (afterKey === undefined || item.key > afterKey))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    return { items: found.slice(0, limit).map(copyItem), revision, more: found.length > limit };
  }

  async create(key: Key, value: Uint8Array, options: WriteOptions = {}): Promise<WriteResult> {
    this.checkWrite(key, value);
    const found = this.history.latest.get(key);
    if (found) throw exists(found);
    return this.put(key, value, options.lease, undefined);
  }

  async update(key: Key, value: Uint8Array, expected: Revision, options: WriteOptions = {}): Promise<WriteResult> {
    this.checkWrite(key, value);
    return this.put(key, value, options.lease, this.expect(key, expected));
  }

  async delete(key: Key, expected: Revision): Promise<WriteResult> {
    this.checkOpen();
    this.expect(key, expected);
    return this.commit([{ key, item: null }]);
  }

  watch(prefix: Key, options: WatchOptions): AsyncIterable<WatchBatch> {
    const { clock, progressInterval = defaultProgressInterval, watchCapacity = defaultWatchCapacity } = this.options;
    return watchMemory(
      {
        clock,
        history: this.history,
        progressInterval,
        watchCapacity,
        isClosed: () => this.ended,
        onChange: (listener) => {
          this.listeners.add(listener);
          return () => void this.listeners.delete(listener);
        },
      },
      prefix,
      options,
    );
  }

  async currentRevision(): Promise<Revision> {
    this.checkOpen();
    return this.history.head;
  }

  async oldestRevision(): Promise<Revision> {
    this.checkOpen();
    return this.history.oldest;
  }

  async compact(revision: Revision): Promise<void> {
    this.checkOpen();
    this.history.compact(revision);
    this.announce();
  }

  writeFault(): StoreError | null {
    return this.ended ? closed() : null;
  }

  async close(): Promise<void> {
    this.ended = true;
    this.leases.stop();
    this.announce();
  }

  private read({ revision, signal }: ReadOptions): { state: State; revision: Revision } {
    signal?.throwIfAborted();
    this.checkOpen();
    return { state: this.history.at(revision ?? this.history.head), revision: revision ?? this.history.head };
  }

  private expect(key: Key, expected: Revision): StoredValue {
    const found = this.history.latest.get(key);
    if (!found) throw notFound(key);
    if (found.modRevision !== expected) throw conflict(found, expected);
    return found;
  }

  private put(key: Key, value: Uint8Array, lease: LeaseId | undefined, found: StoredValue | undefined): WriteResult {
    if (lease !== undefined && !this.leases.isAlive(lease)) throw leaseGone(lease);
    const modRevision = this.history.head + 1;
    const item: StoredValue = {
      key,
      value: new Uint8Array(value),
      createRevision: found?.createRevision ?? modRevision,
      modRevision,
      version: (found?.version ?? 0) + 1,
      lease: lease ?? null,
    };
    return this.commit([{ key, item }]);
  }

  private removeKeysOf(id: LeaseId): void {
    const keys = [...this.history.latest.values()].filter((item) => item.lease === id).map((item) => item.key);
    if (keys.length > 0) this.commit(keys.sort().map((key) => ({ key, item: null })));
  }

  private commit(changes: readonly { key: Key; item: StoredValue | null }[]): WriteResult {
    const revision = this.history.commit(changes);
    this.announce();
    return { revision };
  }

  private announce(): void {
    for (const listener of [...this.listeners]) listener();
  }

  private checkWrite(key: Key, value: Uint8Array): void {
    this.checkOpen();
    checkKey(key);
    checkValue(key, value);
  }

  private checkOpen(): void {
    if (this.ended) throw closed();
  }
}
