import type { Clock } from '../../../base/clock';
import { StoreError } from '../../../errors/store-error';
import { grantedSeconds } from '../limits';
import { leaseGone } from '../refusals';
import type { LeaseId, Leases } from '../store';
import type { Endpoints } from './endpoints';
import { KeepAliveStream } from './keep-alive-stream';
import type { KeyRange } from './values';

/** Leases (S15). All are kept alive over one raw stream (D7); etcd3's own Lease notices a loss only after twice its time. */
export class EtcdLeases implements Leases {
  private readonly stream: KeepAliveStream;

  constructor(
    private readonly endpoints: Endpoints,
    keys: KeyRange,
    clock: Clock,
    private readonly guard: <T>(call: () => Promise<T>) => Promise<T>,
  ) {
    this.stream = new KeepAliveStream(endpoints, keys, clock);
  }

  grant(ttlSeconds: number): Promise<{ id: LeaseId; ttlSeconds: number }> {
    return this.guard(async () => {
      const { ID, TTL } = await this.endpoints.write((client, options) => client.leaseClient.leaseGrant({ TTL: grantedSeconds(ttlSeconds) }, options));
      return { id: ID, ttlSeconds: Number(TTL) };
    });
  }

  keepAlive(id: LeaseId): Promise<{ ttlSeconds: number }> {
    return this.guard(async () => {
      const seconds = await this.stream.keepAlive(checked(id));
      if (seconds <= 0) throw leaseGone(id);
      return { ttlSeconds: seconds };
    });
  }

  timeToLive(id: LeaseId): Promise<{ grantedSeconds: number; remainingSeconds: number }> {
    return this.guard(async () => {
      const { TTL, grantedTTL } = await this.endpoints.read((client, options) => client.leaseClient.leaseTimeToLive({ ID: checked(id) }, options));
      if (Number(TTL) < 0) throw leaseGone(id);
      return { grantedSeconds: Number(grantedTTL), remainingSeconds: Number(TTL) };
    });
  }

  revoke(id: LeaseId): Promise<void> {
    return this.guard(async () => {
      try {
        await this.endpoints.write((client, options) => client.leaseClient.leaseRevoke({ ID: checked(id) }, options));
      } catch (error) {
        throw error instanceof StoreError && error.code === 'LEASE_GONE' ? leaseGone(id) : error;
      }
    });
  }

  close(): void {
    this.stream.close();
  }
}

/** A number that is not one would be refused as malformed; such a lease never was. */
function checked(id: LeaseId): LeaseId {
  if (!/^\d{1,19}$/.test(id)) throw leaseGone(id);
  return id;
}
