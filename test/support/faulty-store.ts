import { StoreError } from '../../src/errors/store-error';
import type {
  GetResult,
  Key,
  LeaseId,
  Leases,
  ListOptions,
  ListResult,
  ReadOptions,
  Revision,
  Store,
  StoreCapabilities,
  WatchBatch,
  WatchOptions,
  WriteOptions,
  WriteResult,
} from '../../src/registry/store/store';
import { Gate } from './gate';

export type FaultyVerb = 'get' | 'list' | 'create' | 'update' | 'delete' | 'watch' | 'currentRevision' | 'lease';

const writes: readonly FaultyVerb[] = ['create', 'update', 'delete'];

export interface Refusal {
  /** Refuse only these; all verbs unless given. */
  readonly verbs?: readonly FaultyVerb[];
  readonly code: 'UNAVAILABLE' | 'TIMEOUT' | 'FULL';
  /**
   * before: nothing happens, and a write's outcome is `notApplied`.
   * after: it happens, the answer is lost; a write's outcome is `unknown`.
   */
  readonly when: 'before' | 'after';
  /** How many calls are refused; all until `heal()` unless given. */
  readonly times?: number;
}

/**
 * A store that fails when it is told to; otherwise the store it was given. Leases count as the verb `lease`.
 *
 *   const store = new FaultyStore(await openMemoryStore({ clock }));
 *   store.refuse({ verbs: ['update'], code: 'TIMEOUT', when: 'after', times: 1 });
 */
export class FaultyStore implements Store {
  readonly capabilities: StoreCapabilities;
  readonly leases: Leases;
  /** How often each verb was called, refused calls included. */
  readonly calls: Record<FaultyVerb, number> = { get: 0, list: 0, create: 0, update: 0, delete: 0, watch: 0, currentRevision: 0, lease: 0 };

  private refusals: { refusal: Refusal; left: number }[] = [];
  private readonly gates = new Map<FaultyVerb, Gate>();
  private readonly watches = new Set<AbortController>();

  constructor(private readonly inner: Store) {
    this.capabilities = inner.capabilities;
    const { leases } = inner;
    this.leases = {
      grant: (ttlSeconds: number) => this.pass('lease', () => leases.grant(ttlSeconds)),
      keepAlive: (id: LeaseId) => this.pass('lease', () => leases.keepAlive(id)),
      timeToLive: (id: LeaseId) => this.pass('lease', () => leases.timeToLive(id)),
      revoke: (id: LeaseId) => this.pass('lease', () => leases.revoke(id)),
    };
  }

  /** From now on; several refusals may wait at the same time, the oldest that fits is used first. */
  refuse(refusal: Refusal): void {
    this.refusals.push({ refusal, left: refusal.times ?? Infinity });
  }

  /** Ends all refusals. What is held stays held. */
  heal(): void {
    this.refusals = [];
  }

  /** Calls of this verb wait, before anything happens, until the returned function is called. A watch delivers nothing meanwhile. */
  hold(verb: FaultyVerb): () => void {
    const gate = new Gate();
    this.gates.set(verb, gate);
    return () => {
      if (this.gates.get(verb) === gate) this.gates.delete(verb);
      gate.open();
    };
  }

  /** Ends all watches that are open, with UNAVAILABLE, as a lost connection does. */
  dropWatches(): void {
    for (const watch of [...this.watches]) watch.abort();
  }

  /** Forgets all history, so that whoever lags behind must list again. */
  async compactAll(): Promise<Revision> {
    const head = await this.inner.currentRevision();
    if ((await this.inner.oldestRevision()) < head) await this.inner.compact(head);
    return head;
  }

  /** Watches that are open now. */
  get openWatches(): number {
    return this.watches.size;
  }

  get(key: Key, options?: ReadOptions): Promise<GetResult> {
    return this.pass('get', () => this.inner.get(key, options));
  }

  list(prefix: Key, options?: ListOptions): Promise<ListResult> {
    return this.pass('list', () => this.inner.list(prefix, options));
  }

  create(key: Key, value: Uint8Array, options?: WriteOptions): Promise<WriteResult> {
    return this.pass('create', () => this.inner.create(key, value, options));
  }

  update(key: Key, value: Uint8Array, expected: Revision, options?: WriteOptions): Promise<WriteResult> {
    return this.pass('update', () => this.inner.update(key, value, expected, options));
  }

  delete(key: Key, expected: Revision): Promise<WriteResult> {
    return this.pass('delete', () => this.inner.delete(key, expected));
  }

  currentRevision(): Promise<Revision> {
    return this.pass('currentRevision', () => this.inner.currentRevision());
  }

  oldestRevision(): Promise<Revision> {
    return this.inner.oldestRevision();
  }

  compact(revision: Revision): Promise<void> {
    return this.inner.compact(revision);
  }

  /** A refusal of writes that stands is a fault that is known; one that is counted comes as a surprise. */
  writeFault(): StoreError | null {
    const standing = this.refusals.find(({ refusal: { verbs }, left }) => left === Infinity && (verbs === undefined || writes.every((verb) => verbs.includes(verb))));
    return standing ? new StoreError(standing.refusal.code, 'writes are refused') : this.inner.writeFault();
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  async *watch(prefix: Key, options: WatchOptions): AsyncGenerator<WatchBatch, void, undefined> {
    const dropped = new AbortController();
    const signal = AbortSignal.any([options.signal, dropped.signal]);
    this.watches.add(dropped);
    try {
      await this.pass('watch', async () => undefined);
      for await (const batch of this.inner.watch(prefix, { ...options, signal })) {
        await this.gates.get('watch')?.wait(signal);
        if (signal.aborted) break;
        yield batch;
      }
      if (dropped.signal.aborted && !options.signal.aborted) throw new StoreError('UNAVAILABLE', 'the watch was dropped');
    } finally {
      this.watches.delete(dropped);
    }
  }

  private async pass<T>(verb: FaultyVerb, act: () => Promise<T>): Promise<T> {
    this.calls[verb] += 1;
    await this.gates.get(verb)?.wait();
    const refusal = this.takeRefusal(verb);
    if (!refusal) return act();
    const { code, when } = refusal;
    if (when === 'before') throw new StoreError(code, `${verb}: refused before it was sent`);
    await act();
    throw new StoreError(code, `${verb}: the answer was lost`, { outcome: 'unknown' });
  }

  private takeRefusal(verb: FaultyVerb): Refusal | undefined {
    const found = this.refusals.find(({ refusal, left }) => left > 0 && (refusal.verbs?.includes(verb) ?? true));
    if (found) found.left -= 1;
    return found?.refusal;
  }
}
