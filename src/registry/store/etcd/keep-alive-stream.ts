import type { ILeaseKeepAliveRequest, ILeaseKeepAliveResponse } from 'etcd3';
import type { Clock } from '../../../base/clock';
import { StoreError } from '../../../errors/store-error';
import { closed } from '../refusals';
import type { LeaseId } from '../store';
import type { Endpoints } from './endpoints';
import { faultOf, storeErrorOf } from './faults';
import { limits } from './settings';
import type { KeyRange } from './values';

interface RawStream {
  write(request: ILeaseKeepAliveRequest): void;
  on(event: string, listener: (argument: never) => void): unknown;
  cancel(): void;
}

interface Asker {
  readonly resolve: (seconds: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One stream for all leases. Its answers name the lease, and come in the order of the questions about it. A stream that
 * breaks fails all that wait on it; who asks next opens another, elsewhere.
 */
export class KeepAliveStream {
  private current: Promise<RawStream> | null = null;
  private readonly askers = new Map<LeaseId, Asker[]>();
  private isClosed = false;
  private lose: ((error: unknown) => void) | null = null;
  private readonly stopListening: () => void;

  constructor(
    private readonly endpoints: Endpoints,
    private readonly keys: KeyRange,
    private readonly clock: Clock,
  ) {
    this.stopListening = endpoints.onMove(() => this.lose?.(new StoreError('UNAVAILABLE', 'the etcd member that kept leases alive was left')));
  }

  /** Seconds granted anew; 0 or less: the lease is gone. Keeping alive is safe to repeat, so it is tried everywhere. */
  async keepAlive(id: LeaseId): Promise<number> {
    const end = this.clock.monotonic() + limits.call;
    for (let tries = 1; ; tries += 1) {
      if (this.isClosed) throw closed();
      try {
        return await this.ask(id);
      } catch (error) {
        if (this.isClosed) throw closed();
        const fault = faultOf(error);
        const isOver = this.clock.monotonic() + limits.attempt >= end || tries > this.endpoints.addresses.length;
        if (isOver || (fault.kind === 'refused' && fault.because !== 'token')) throw storeErrorOf(error, fault, 'read');
      }
    }
  }

  close(): void {
    this.isClosed = true;
    this.stopListening();
    this.lose?.(closed());
  }

  private async ask(id: LeaseId): Promise<number> {
    this.current ??= this.open();
    const { current } = this;
    const stream = await current;
    // Lost before this question was on its list: nobody would ever answer it.
    if (this.current !== current) throw new StoreError('UNAVAILABLE', 'the stream that keeps leases alive was lost');
    return new Promise<number>((resolve, reject) => {
      const settle = (act: () => void): void => {
        timer.cancel();
        act();
      };
      const timer = this.clock.after(limits.attempt, () => this.lose?.(new StoreError('TIMEOUT', 'etcd did not answer a keep-alive in time')));
      const asker: Asker = { resolve: (seconds) => settle(() => resolve(seconds)), reject: (error) => settle(() => reject(error)) };
      this.askers.set(id, [...(this.askers.get(id) ?? []), asker]);
      stream.write({ ID: id });
    });
  }

  private async open(): Promise<RawStream> {
    const { client, failed } = this.endpoints.pick();
    let raw: RawStream | undefined;
    const lose = (error: unknown): void => {
      if (this.lose !== lose) return;
      this.lose = null;
      this.current = null;
      raw?.cancel();
      if (faultOf(error).kind !== 'refused') failed();
      const waiting = [...this.askers.values()].flat();
      this.askers.clear();
      for (const asker of waiting) asker.reject(error);
    };
    this.lose = lose;
    try {
      // Renews the login; a stream with an old token ends at once.
      await client.kv.range({ key: this.keys.keyOf('/'), count_only: true }, { deadline: this.clock.now() + limits.attempt });
      raw = (await client.leaseClient.leaseKeepAlive()) as unknown as RawStream;
    } catch (error) {
      lose(error);
      throw error;
    }
    raw.on('data', ({ ID, TTL }: ILeaseKeepAliveResponse) => {
      const [first, ...others] = this.askers.get(ID) ?? [];
      if (others.length > 0) this.askers.set(ID, others);
      else this.askers.delete(ID);
      first?.resolve(Number(TTL));
    });
    raw.on('error', lose);
    const over = (): void => lose(new StoreError('UNAVAILABLE', 'etcd ended the stream that keeps leases alive'));
    raw.on('end', over);
    raw.on('close', over);
    if (this.lose !== lose) {
      raw.cancel();
      throw new StoreError('UNAVAILABLE', 'the etcd member that kept leases alive was left');
    }
    return raw;
  }
}
