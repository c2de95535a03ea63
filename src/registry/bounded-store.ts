import type { Clock } from '../base/clock';
import { DeadlineExceeded, withDeadline } from '../base/deadline';
import { StoreError } from '../errors/store-error';
import type { GetResult, Key, LeaseId, ListOptions, ListResult, ReadOptions, Revision, Store, WriteOptions, WriteResult } from './store/store';

/** How long one call to the store may take, in milliseconds. */
export const storeDeadline = 5_000;

/**
 * The store's calls, each with a deadline. A read that is late is given up, a write that is late has an unknown outcome:
 * both are a StoreError TIMEOUT, so that there is one thing to interpret.
 */
export class BoundedStore {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  get maxValueBytes(): number {
    return this.store.capabilities.maxValueBytes;
  }

  writeFault(): StoreError | null {
    return this.store.writeFault();
  }

  get(key: Key, options: ReadOptions = {}): Promise<GetResult> {
    return this.read('get', (signal) => this.store.get(key, { ...options, signal }));
  }

  list(prefix: Key, options: ListOptions = {}): Promise<ListResult> {
    return this.read('list', (signal) => this.store.list(prefix, { ...options, signal }));
  }

  create(key: Key, value: Uint8Array, options?: WriteOptions): Promise<WriteResult> {
    return this.write('create', () => this.store.create(key, value, options));
  }

  update(key: Key, value: Uint8Array, expected: Revision, options?: WriteOptions): Promise<WriteResult> {
    return this.write('update', () => this.store.update(key, value, expected, options));
  }

  delete(key: Key, expected: Revision): Promise<WriteResult> {
    return this.write('delete', () => this.store.delete(key, expected));
  }

  currentRevision(): Promise<Revision> {
    return this.read('currentRevision', () => this.store.currentRevision());
  }

  oldestRevision(): Promise<Revision> {
    return this.read('oldestRevision', () => this.store.oldestRevision());
  }

  grantLease(ttlSeconds: number): Promise<{ readonly id: LeaseId; readonly ttlSeconds: number }> {
    return this.write('lease grant', () => this.store.leases.grant(ttlSeconds));
  }

  keepLeaseAlive(id: LeaseId): Promise<{ readonly ttlSeconds: number }> {
    return this.write('lease keep-alive', () => this.store.leases.keepAlive(id));
  }

  leaseTimeToLive(id: LeaseId): Promise<{ readonly grantedSeconds: number; readonly remainingSeconds: number }> {
    return this.read('lease time-to-live', () => this.store.leases.timeToLive(id));
  }

  revokeLease(id: LeaseId): Promise<void> {
    return this.write('lease revoke', () => this.store.leases.revoke(id));
  }

  private async read<T>(what: string, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const aborter = new AbortController();
    try {
      return await withDeadline(this.clock, call(aborter.signal), { what, milliseconds: storeDeadline });
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error;
      aborter.abort();
      throw new StoreError('TIMEOUT', error.message, { cause: error });
    }
  }

  private async write<T>(what: string, call: () => Promise<T>): Promise<T> {
    try {
      return await withDeadline(this.clock, call(), { what, milliseconds: storeDeadline });
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error;
      throw new StoreError('TIMEOUT', error.message, { outcome: 'unknown', cause: error });
    }
  }
}
