import type { Clock } from '../../../base/clock';
import type { Logger } from '../../../base/logger';
import type { StoreError } from '../../../errors/store-error';
import type { WatchLimits } from '../limits';
import { checkKey, checkValue, defaultProgressInterval, defaultWatchCapacity, maxValueBytes } from '../limits';
import { closed, compacted } from '../refusals';
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
  StoredValue,
  WatchBatch,
  WatchOptions,
  WriteOptions,
  WriteResult,
} from '../store';
import { Committer } from './committer';
import { LeaseTable } from './lease-table';
import { openLevelLog } from './level-log';
import { load } from './load';
import type { Entry, Mvcc } from './mvcc';
import type { LogState, RevisionLog } from './revision-log';
import { toItem } from './stage';
import { Sweeper } from './sweeper';
import { watchEmbedded } from './watch';

export interface EmbeddedStoreOptions extends WatchLimits {
  /** Made if it is not there. One process at a time. */
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Bytes of superseded values that are kept in memory; older ones are read from the log. 64 MiB unless given. */
  readonly historyBytes?: number;
  /** For tests of faults; LevelDB in `directory` unless given. */
  readonly openLog?: (directory: string) => Promise<RevisionLog>;
}

/**
 * The durable store of one process. Throws IN_USE when another process holds the folder, MISCONFIGURED when it may not
 * be used, CORRUPT when what is in it cannot be read, FULL when the disk is.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { directory, clock, logger, openLog = openLevelLog, historyBytes = 64 * 2 ** 20 } = options;
  const startedAt = clock.monotonic();
  const log = await openLog(directory);
  try {
    const state = await log.state();
    const { mvcc, leftover } = await load(log, state, historyBytes);
    const store = new EmbeddedStore(options, { log, mvcc, state });
    if (state.finished < state.scheduled || leftover.length > 0) store.sweeper.add(leftover, state.scheduled);
    logger.info('the embedded store is open', {
      directory,
      storeId: state.storeId,
      revision: mvcc.head,
      oldest: mvcc.oldest,
      keys: mvcc.liveKeys,
      milliseconds: Math.round(clock.monotonic() - startedAt),
    });
    return store;
  } catch (error) {
    await log.close();
    throw error;
  }
}

class EmbeddedStore implements Store {
  readonly capabilities: StoreCapabilities = { name: 'embedded', durable: true, shared: false, maxValueBytes };
  readonly leases: Leases;
  readonly sweeper: Sweeper;
  private readonly log: RevisionLog;
  private readonly mvcc: Mvcc;
  private readonly table: LeaseTable;
  private readonly committer: Committer;
  private readonly listeners = new Set<() => void>();
  private closing: Promise<void> | undefined;

  constructor(
    private readonly options: EmbeddedStoreOptions,
    { log, mvcc, state }: { log: RevisionLog; mvcc: Mvcc; state: LogState },
  ) {
    const { clock, logger } = options;
    this.log = log;
    this.mvcc = mvcc;
    this.sweeper = new Sweeper(log, logger);
    this.table = new LeaseTable(clock, (ids) => this.removeExpired(ids), state.leaseCount);
    for (const lease of state.leases) this.table.add(lease);
    for (const entry of mvcc.range('', { revision: mvcc.head, limit: Infinity }).entries) this.table.move(undefined, entry);
    this.committer = new Committer({
      clock,
      logger,
      log,
      mvcc,
      leases: this.table,
      onPublished: (superfluous) => {
        if (superfluous) this.sweeper.add(superfluous, mvcc.oldest);
        this.announce();
      },
      onRecovered: () => {
        this.table.retryExpired();
        this.sweeper.resume();
      },
    });
    this.leases = {
      grant: async (ttlSeconds: number) => this.committer.submit((stage) => stage.grant(ttlSeconds)),
      keepAlive: async (id: LeaseId) => {
        this.checkOpen();
        return this.table.renew(id);
      },
      timeToLive: async (id: LeaseId) => {
        this.checkOpen();
        const { ttlSeconds, remainingSeconds } = this.table.alive(id);
        return { grantedSeconds: ttlSeconds, remainingSeconds };
      },
      revoke: async (id: LeaseId) => {
        this.checkOpen();
        this.table.alive(id);
        await this.committer.submit((stage) => stage.revoke(id), { alone: true });
      },
    };
  }

  async get(key: Key, options: ReadOptions = {}): Promise<GetResult> {
    const revision = this.readAt(options);
    const entry = this.mvcc.at(key, revision);
    if (!entry) return { item: null, revision };
    const [item] = await this.items([entry]);
    return { item: item ?? null, revision };
  }

  async list(prefix: Key, options: ListOptions = {}): Promise<ListResult> {
    const revision = this.readAt(options);
    const { afterKey, limit = Infinity } = options;
    const { entries, more } = this.mvcc.range(prefix, { revision, afterKey, limit });
    return { items: await this.items(entries), revision, more };
  }

  async create(key: Key, value: Uint8Array, options: WriteOptions = {}): Promise<WriteResult> {
    checkKey(key);
    const bytes = ownBytes(key, value);
    return this.committer.submit((stage) => stage.create(key, bytes, options.lease ?? null), { bytes: bytes.length });
  }

  async update(key: Key, value: Uint8Array, expected: Revision, options: WriteOptions = {}): Promise<WriteResult> {
    checkKey(key);
    const bytes = ownBytes(key, value);
    const precondition = { expected, lease: options.lease ?? null };
    return this.committer.submit((stage) => stage.update(key, bytes, precondition), { bytes: bytes.length });
  }

  async delete(key: Key, expected: Revision): Promise<WriteResult> {
    return this.committer.submit((stage) => stage.delete(key, expected));
  }

  watch(prefix: Key, options: WatchOptions): AsyncIterable<WatchBatch> {
    const { clock, progressInterval = defaultProgressInterval, watchCapacity = defaultWatchCapacity } = this.options;
    const source = {
      clock,
      mvcc: this.mvcc,
      progressInterval,
      watchCapacity,
      isClosed: () => this.closing !== undefined,
      items: (entries: readonly Entry[]) => this.items(entries),
      onChange: (listener: () => void) => {
        this.listeners.add(listener);
        return () => void this.listeners.delete(listener);
      },
    };
    return watchEmbedded(source, prefix, options);
  }

  async currentRevision(): Promise<Revision> {
    this.checkOpen();
    return this.mvcc.head;
  }

  async oldestRevision(): Promise<Revision> {
    this.checkOpen();
    return this.mvcc.oldest;
  }

  async compact(revision: Revision): Promise<void> {
    await this.committer.submit((stage) => stage.compact(revision), { alone: true });
    await this.sweeper.idle();
  }

  writeFault(): StoreError | null {
    return this.closing ? closed() : this.committer.fault;
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    this.announce();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    this.table.stop();
    await this.committer.close();
    this.table.stop();
    await this.sweeper.stop();
    await this.log.close();
  }

  private readAt({ revision = this.mvcc.head, signal }: ReadOptions): Revision {
    signal?.throwIfAborted();
    this.checkOpen();
    this.mvcc.checkReadable(revision);
    return revision;
  }

  /** S14. Copies at once what memory has, so that a compaction meanwhile cannot take it away. */
  private async items(entries: readonly Entry[]): Promise<readonly StoredValue[]> {
    const copies = entries.map((entry) => (entry.value ? toItem(entry) : undefined));
    const missing = entries.filter((entry) => !entry.value);
    const values = missing.length > 0 ? (await this.log.read(missing)).values() : [].values();
    return copies.map((copy, index) => {
      if (copy) return copy;
      const value = values.next().value;
      const entry = entries[index] as Entry;
      if (!value) throw compacted(entry.revision, this.mvcc.oldest);
      // Fresh from the disk: nobody else has these bytes.
      return toItem(entry, value);
    });
  }

  /** Each in its own revision (S15). What fails is tried again when the log has recovered. */
  private removeExpired(ids: readonly LeaseId[]): void {
    for (const id of ids) {
      const removal = this.committer.submit((stage) => stage.revoke(id), { alone: true });
      removal.catch((error: unknown) => this.options.logger.warn('an expired lease could not be removed yet', { lease: id, error }));
    }
  }

  private announce(): void {
    for (const listener of [...this.listeners]) listener();
  }

  private checkOpen(): void {
    if (this.closing) throw closed();
  }
}

function ownBytes(key: Key, value: Uint8Array): Uint8Array {
  checkValue(key, value);
  return new Uint8Array(value);
}
