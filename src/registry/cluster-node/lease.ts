import type { Clock } from '../../base/clock';
import { ApiError } from '../../errors/api-error';
import { interpretStoreError } from '../../errors/interpret';
import { isStoreError } from '../../errors/store-error';
import type { BoundedStore } from '../bounded-store';
import type { LeaseTable } from '../cache/lease-table';
import type { KeySpace } from '../keys';
import type { LeaseId, Revision, StoredValue } from '../store/store';

export interface NodeLeaseOptions {
  readonly calls: BoundedStore;
  readonly keys: KeySpace;
  readonly table: LeaseTable;
  readonly clock: Clock;
  /** Waits, bounded, until the table has seen this revision. */
  readonly seen: (revision: Revision) => Promise<unknown>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const mostTries = 4;

/**
 * A node's liveness: one key per node, bound to a lease of the store. Renewing takes no revision and wakes nobody (D7);
 * when it runs out the key goes, and that is the event. The key's value is the duration that was asked for.
 */
export class NodeLeases {
  constructor(private readonly options: NodeLeaseOptions) {}

  /** Renews the lease, or grants one. Seconds granted: at least those asked for. */
  async acquire(nodeName: string, durationSeconds: number): Promise<number> {
    const { calls, keys } = this.options;
    const key = keys.ofLease(nodeName);
    try {
      for (let tries = 1; ; tries += 1) {
        const { item } = await calls.get(key);
        const kept = item?.lease && decoder.decode(item.value) === String(durationSeconds) ? await this.keepAlive(item.lease) : null;
        if (kept !== null) return kept;
        const granted = await calls.grantLease(durationSeconds);
        if (await this.bind(key, item, { lease: granted.id, durationSeconds })) return granted.ttlSeconds;
        // Somebody else was quicker, or the old one ran out just now. The lease granted in vain runs out by itself.
        if (tries >= mostTries) throw new ApiError('CONFLICT', `cannot register node ${nodeName}: another process registers it at the same time`);
      }
    } catch (error) {
      throw interpretStoreError(error, { operation: 'update', kind: 'ClusterNode', noun: 'node', name: nodeName });
    }
  }

  /** NOT_FOUND when it ran out or never was: the node has to register again. */
  async renew(nodeName: string): Promise<number> {
    const id = await this.idOf(nodeName, 'update');
    try {
      const seconds = id === null ? null : await this.keepAlive(id);
      if (seconds !== null) return seconds;
    } catch (error) {
      throw interpretStoreError(error, { operation: 'update', kind: 'ClusterNode', noun: 'node', name: nodeName });
    }
    throw registerAgain(nodeName, 'has no lease, or it ran out');
  }

  /** From the time that is left of the lease; null when there is none. */
  async lastRenewed(nodeName: string): Promise<Date | null> {
    const { calls, clock } = this.options;
    const id = await this.idOf(nodeName, 'get');
    if (id === null) return null;
    try {
      const { grantedSeconds, remainingSeconds } = await calls.leaseTimeToLive(id);
      return new Date(clock.now() - Math.max(0, grantedSeconds - remainingSeconds) * 1000);
    } catch (error) {
      if (isStoreError(error, 'LEASE_GONE')) return null;
      throw interpretStoreError(error, { operation: 'get', kind: 'ClusterNode', noun: 'node', name: nodeName });
    }
  }

  /** The node is gone: so is its lease. */
  async release(nodeName: string): Promise<void> {
    const id = await this.idOf(nodeName, 'delete');
    try {
      if (id !== null) await this.options.calls.revokeLease(id);
    } catch (error) {
      if (!isStoreError(error, 'LEASE_GONE')) throw interpretStoreError(error, { operation: 'delete', kind: 'ClusterNode', noun: 'node', name: nodeName });
    }
  }

  private async idOf(nodeName: string, operation: 'get' | 'update' | 'delete'): Promise<LeaseId | null> {
    const { calls, keys, table } = this.options;
    const known = table.get(nodeName);
    if (known !== undefined) return known;
    try {
      return (await calls.get(keys.ofLease(nodeName))).item?.lease ?? null;
    } catch (error) {
      throw interpretStoreError(error, { operation, kind: 'ClusterNode', noun: 'node', name: nodeName });
    }
  }

  private async keepAlive(id: LeaseId): Promise<number | null> {
    try {
      return (await this.options.calls.keepLeaseAlive(id)).ttlSeconds;
    } catch (error) {
      if (isStoreError(error, 'LEASE_GONE')) return null;
      throw error;
    }
  }

  /** False when the key is not any more what was read. */
  private async bind(key: string, item: StoredValue | null, { lease, durationSeconds }: { lease: LeaseId; durationSeconds: number }): Promise<boolean> {
    const { calls } = this.options;
    const value = encoder.encode(String(durationSeconds));
    try {
      const { revision } = await (item ? calls.update(key, value, item.modRevision, { lease }) : calls.create(key, value, { lease }));
      await this.options.seen(revision);
      return true;
    } catch (error) {
      if (isStoreError(error) && ['EXISTS', 'CONFLICT', 'NOT_FOUND', 'LEASE_GONE'].includes(error.code)) return false;
      throw error;
    }
  }
}

/** What a kubelet hears whose renewal is not enough. */
export function registerAgain(nodeName: string, because: string): ApiError {
  return new ApiError('NOT_FOUND', `node ${nodeName} ${because}; register the node again`, {
    outcome: 'notApplied',
    details: { operation: 'update', kind: 'ClusterNode', name: nodeName },
  });
}
