import type { CallOptions } from '@grpc/grpc-js';
import type { Etcd3 } from 'etcd3';
import type { Clock } from '../../../base/clock';
import { sleep } from '../../../base/clock';
import { StoreError } from '../../../errors/store-error';
import { closed } from '../refusals';
import { openEndpoint } from './endpoint';
import type { Fault } from './faults';
import { faultOf, storeErrorOf } from './faults';
import type { EtcdSettings } from './settings';
import { limits } from './settings';

/** One call to one endpoint; the options carry its deadline. */
export type EtcdCall<T> = (client: Etcd3, options: CallOptions) => Promise<T>;

/**
 * The endpoints of one etcd. All calls go to the same one until it fails; then to the next, and so do the streams.
 * Reads are tried anywhere until their time is over. A write is tried again only when it certainly was not sent (D5).
 */
export class Endpoints {
  private readonly clients: readonly Etcd3[];
  /**
   * For what etcd tells anybody. A login needs a leader, and for each that fails etcd3 leaves a channel open for good: a member
   * that is asked again and again must not be asked for one.
   */
  private readonly anonymous: readonly Etcd3[];
  private current = 0;
  private isClosed = false;
  private readonly movers = new Set<() => void>();

  constructor(
    readonly addresses: readonly string[],
    settings: EtcdSettings,
    private readonly clock: Clock,
  ) {
    this.clients = addresses.map((address) => openEndpoint(address, settings, clock));
    this.anonymous = settings.auth ? addresses.map((address) => openEndpoint(address, { ...settings, auth: null }, clock)) : this.clients;
  }

  get address(): string {
    return this.addresses[this.current] ?? '';
  }

  read<T>(call: EtcdCall<T>, options: { readonly attempt?: number; readonly signal?: AbortSignal } = {}): Promise<T> {
    return this.run(call, { operation: 'read', attempt: options.attempt ?? limits.attempt, signal: options.signal });
  }

  write<T>(call: EtcdCall<T>): Promise<T> {
    return this.run(call, { operation: 'write', attempt: limits.call });
  }

  /** The same of every endpoint, once, whatever the others say. */
  each<T>(call: EtcdCall<T>, { login = true } = {}): Promise<{ readonly address: string; readonly result: PromiseSettledResult<T> }[]> {
    const clients = login ? this.clients : this.anonymous;
    return Promise.all(
      this.addresses.map(async (address, index) => {
        const [result] = await Promise.allSettled([call(clientAt(clients, index), { deadline: this.clock.now() + limits.attempt })]);
        return { address, result };
      }),
    );
  }

  /** The endpoint for a stream, and what to call when it fails there. */
  pick(): { readonly client: Etcd3; readonly failed: () => void } {
    if (this.isClosed) throw closed();
    const picked = this.current;
    return { client: this.client(picked), failed: () => this.moveFrom(picked) };
  }

  /** Calls back when the calls have moved to another endpoint: a stream on the old one may be silent for long. */
  onMove(listener: () => void): () => void {
    this.movers.add(listener);
    return () => void this.movers.delete(listener);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const client of new Set([...this.clients, ...this.anonymous])) client.close();
  }

  private async run<T>(call: EtcdCall<T>, how: { operation: 'read' | 'write'; attempt: number; signal?: AbortSignal }): Promise<T> {
    const end = this.clock.monotonic() + limits.call;
    let renewed = false;
    for (let tries = 1; ; tries += 1) {
      how.signal?.throwIfAborted();
      if (this.isClosed) throw closed();
      const picked = this.current;
      try {
        const left = end - this.clock.monotonic();
        return await call(this.client(picked), { deadline: this.clock.now() + Math.max(1, Math.min(how.attempt, left)) });
      } catch (error) {
        // What the call itself found out is not the connection's fault.
        if (error instanceof StoreError) throw error;
        if (this.isClosed) throw closed();
        const fault = faultOf(error);
        if (fault.kind !== 'refused') this.moveFrom(picked);
        const again = mayTryAgain(fault, how.operation, renewed);
        renewed ||= fault.kind === 'refused';
        if (!again || this.clock.monotonic() + limits.pause >= end) throw storeErrorOf(error, fault, how.operation);
        if (tries % this.clients.length === 0) await sleep(this.clock, limits.pause, how.signal);
      }
    }
  }

  private client(index: number): Etcd3 {
    return clientAt(this.clients, index);
  }

  /** Once per failure: who failed at an endpoint that was left already moves nothing. */
  private moveFrom(failed: number): void {
    if (this.isClosed || failed !== this.current || this.clients.length === 1) return;
    this.current = (failed + 1) % this.clients.length;
    for (const listener of [...this.movers]) listener();
  }
}

function clientAt(clients: readonly Etcd3[], index: number): Etcd3 {
  const client = clients[index];
  if (!client) throw new RangeError('an etcd store without endpoints');
  return client;
}

/** etcd3 logs in anew by itself when its token is not known any more; one try more is for a token that ran out on the way. */
function mayTryAgain(fault: Fault, operation: 'read' | 'write', renewed: boolean): boolean {
  if (fault.kind === 'refused') return fault.because === 'token' && !renewed;
  return operation === 'read' || fault.kind !== 'unanswered';
}
