import { setMaxListeners } from 'node:events';
import type { IKeyValue, ITxnRequest, ITxnResponse } from 'etcd3';
import type { Clock } from '../../../base/clock';
import type { Logger } from '../../../base/logger';
import type { StoreError } from '../../../errors/store-error';
import { isStoreError } from '../../../errors/store-error';
import { checkKey, checkValue, defaultProgressInterval, defaultWatchCapacity, maxValueBytes } from '../limits';
import type { WatchLimits } from '../limits';
import { closed, compacted, conflict, exists, future, leaseGone, notFound } from '../refusals';
import type {
  GetResult, Key, ListOptions, ListResult, ReadOptions, Revision, Store, StoreCapabilities, StoredValue, WatchBatch, WatchOptions, WriteOptions, WriteResult,
} from '../store';
import type { EtcdAddress } from './address';
import type { Finding } from './diagnosis';
import { diagnose } from './diagnosis';
import { Endpoints } from './endpoints';
import { EtcdLeases } from './leases';
import { oldestReadable } from './oldest';
import { Pages } from './pages';
import type { EtcdSettings } from './settings';
import { Space } from './space';
import { headOf, KeyRange } from './values';
import { watchEtcd } from './watch';

export interface EtcdStoreOptions extends WatchLimits {
  readonly address: EtcdAddress;
  readonly settings: EtcdSettings;
  /** The world's time: deadlines of calls to another program. */
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The store on etcd, for any number of servers. Making one waits for nothing: a server may start before its etcd does.
 */
export class EtcdStore implements Store {
  readonly capabilities: StoreCapabilities = { name: 'etcd', durable: true, shared: true, maxValueBytes };
  private readonly endpoints: Endpoints;
  readonly leases: EtcdLeases;
  private readonly keys: KeyRange;
  private readonly pages: Pages;
  private readonly space: Space;
  private readonly closing = new AbortController();
  private readonly writing = new Set<Promise<unknown>>();
  private readonly headListeners = new Set<(head: Revision) => void>();
  private knownOldest: Revision = 1;

  constructor(private readonly options: EtcdStoreOptions) {
    const { address, settings, clock, logger } = options;
    setMaxListeners(0, this.closing.signal);
    this.endpoints = new Endpoints(address.endpoints, settings, clock);
    this.keys = new KeyRange(address.root);
    this.pages = new Pages(this.endpoints, this.keys);
    this.space = new Space({ endpoints: this.endpoints, clock, logger, closing: this.closing.signal, quotaBytes: settings.quotaBytes });
    void this.space.run();
    this.leases = new EtcdLeases(this.endpoints, this.keys, clock, (call) => this.tracked(call));
  }

  async get(key: Key, { revision, signal }: ReadOptions = {}): Promise<GetResult> {
    this.checkOpen();
    checkKey(key);
    const at = (): Promise<GetResult> =>
      this.endpoints.read(
        async (client, options) => {
          const { header, kvs } = await client.kv.range({ key: this.keys.keyOf(key), revision: revision ?? 0 }, options);
          return { item: kvs[0] ? this.keys.itemOf(kvs[0]) : null, revision: revision ?? headOf(header) };
        },
        { signal },
      );
    return this.named(revision, at);
  }

  async list(prefix: Key, options: ListOptions = {}): Promise<ListResult> {
    this.checkOpen();
    return this.named(options.revision, () => this.pages.list(prefix, options));
  }

  create(key: Key, value: Uint8Array, options: WriteOptions = {}): Promise<WriteResult> {
    return this.put(key, value, { ...options, expected: 0 });
  }

  update(key: Key, value: Uint8Array, expected: Revision, options: WriteOptions = {}): Promise<WriteResult> {
    return this.put(key, value, { ...options, expected });
  }

  async delete(key: Key, expected: Revision): Promise<WriteResult> {
    checkKey(key);
    const { header } = await this.swap(key, expected, [{ request_delete_range: { key: this.keys.keyOf(key) } }]);
    return { revision: headOf(header) };
  }

  watch(prefix: Key, options: WatchOptions): AsyncIterable<WatchBatch> {
    const { clock, progressInterval = defaultProgressInterval, watchCapacity = defaultWatchCapacity } = this.options;
    const { endpoints, keys } = this;
    const onHead = (listener: (head: Revision) => void): (() => void) => {
      this.headListeners.add(listener);
      return () => void this.headListeners.delete(listener);
    };
    return watchEtcd({ endpoints, keys, clock, progressInterval, watchCapacity, closing: this.closing.signal, onHead }, prefix, options);
  }

  async currentRevision(): Promise<Revision> {
    this.checkOpen();
    const head = await this.head();
    for (const listener of [...this.headListeners]) listener(head);
    return head;
  }

  async oldestRevision(): Promise<Revision> {
    this.checkOpen();
    const isReadable = async (revision: Revision): Promise<boolean> => {
      const isThere = await this.isReadable(revision);
      // Kept at once: a search that is given up, because etcd is slow, is not begun anew.
      if (!isThere) this.knownOldest = Math.max(this.knownOldest, revision + 1);
      return isThere;
    };
    const oldest = await oldestReadable(this.knownOldest, await this.head(), isReadable);
    this.knownOldest = Math.max(this.knownOldest, oldest);
    return oldest;
  }

  async compact(revision: Revision): Promise<void> {
    await this.named(revision, () => this.tracked(() => this.endpoints.write((client, options) => client.kv.compact({ revision }, options))));
  }

  writeFault(): StoreError | null {
    return this.closing.signal.aborted ? closed() : this.space.fault;
  }

  /** For people: what is wrong with this etcd, or will be. Changes nothing. */
  diagnose(): Promise<Finding[]> {
    return diagnose(this.endpoints, this.keys, this.options.settings);
  }

  /** Waits for writes under way; each has a deadline. */
  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    await Promise.allSettled(this.writing);
    this.leases.close();
    this.endpoints.close();
  }

  private async put(key: Key, value: Uint8Array, { lease, expected }: WriteOptions & { expected: Revision }): Promise<WriteResult> {
    this.checkOpen();
    checkKey(key);
    checkValue(key, value);
    // Bytes handed in stay the caller's (S14): they may change before they are sent.
    const put = { key: this.keys.keyOf(key), value: Buffer.from(value), lease: lease ?? '0' };
    try {
      const { header } = await this.swap(key, expected, [{ request_put: put }]);
      return { revision: headOf(header) };
    } catch (error) {
      throw lease !== undefined && isStoreError(error, 'LEASE_GONE') ? leaseGone(lease) : error;
    }
  }

  /** Compare-and-swap in one transaction; a refusal brings along what is there. `expected` 0: the key must be absent. */
  private async swap(key: Key, expected: Revision, success: ITxnRequest['success']): Promise<ITxnResponse> {
    const name = this.keys.keyOf(key);
    const request: ITxnRequest = {
      compare: [{ target: 'Mod', result: 'Equal', key: name, mod_revision: expected }],
      success,
      failure: [{ request_range: { key: name } }],
    };
    const response = await this.tracked(() => this.endpoints.write((client, options) => client.kv.txn(request, options))).catch((error: unknown) => {
      this.space.failed(error);
      throw error;
    });
    if (response.succeeded) return response;
    const found = this.foundIn(response);
    if (!found) throw notFound(key);
    throw expected === 0 ? exists(found) : conflict(found, expected);
  }

  private foundIn(response: ITxnResponse): StoredValue | null {
    const kv: IKeyValue | undefined = response.responses[0]?.response_range?.kvs[0];
    return kv ? this.keys.itemOf(kv) : null;
  }

  private head(): Promise<Revision> {
    return this.endpoints.read(async (client, options) => headOf((await client.kv.range({ key: this.keys.keyOf('/'), count_only: true }, options)).header));
  }

  private async isReadable(revision: Revision): Promise<boolean> {
    try {
      await this.endpoints.read((client, options) => client.kv.range({ key: this.keys.keyOf('/'), count_only: true, revision }, options));
      return true;
    } catch (error) {
      if (isStoreError(error, 'COMPACTED')) return false;
      throw error;
    }
  }

  /** etcd says that a revision is too old or too new; which one would do is asked for here. */
  private async named<T>(asked: Revision | undefined, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (isStoreError(error, 'COMPACTED')) throw compacted(asked ?? 0, await this.oldestRevision());
      if (isStoreError(error, 'FUTURE')) throw future(asked ?? 0, await this.head());
      throw error;
    }
  }

  /** Refused once the store closes; what began before is finished first. */
  private async tracked<T>(call: () => Promise<T>): Promise<T> {
    this.checkOpen();
    const work = call();
    this.writing.add(work);
    try {
      return await work;
    } finally {
      this.writing.delete(work);
    }
  }

  private checkOpen(): void {
    if (this.closing.signal.aborted) throw closed();
  }
}
