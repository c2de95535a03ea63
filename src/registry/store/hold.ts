import { linkAbort } from '../../base/abort';
import type { Clock } from '../../base/clock';
import { sleep } from '../../base/clock';
import { isStoreError } from '../../errors/store-error';
import type { Key, LeaseId, Store } from './store';

export interface HoldOptions {
  readonly key: Key;
  /** For people: who holds it. */
  readonly name: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const leaseSeconds = 15;
const renewEvery = 3_000;
const decoder = new TextDecoder();

/**
 * Does the work while this process holds the key, by a lease; its signal aborts when the lease may have ended. Whoever dies
 * holds it for the rest of the lease only. `holder`: somebody else has it, and nothing was done.
 */
export async function withHeld<T>(store: Store, options: HoldOptions, work: (signal: AbortSignal) => Promise<T>): Promise<{ readonly done: T } | { readonly holder: string }> {
  const { key, name, signal } = options;
  const { id } = await store.leases.grant(leaseSeconds);
  try {
    await store.create(key, new TextEncoder().encode(JSON.stringify({ name })), { lease: id });
  } catch (error) {
    await store.leases.revoke(id).catch(() => undefined);
    if (isStoreError(error, 'EXISTS')) return { holder: holderIn(error.current?.value) };
    throw error;
  }
  const link = linkAbort(signal);
  const renewing = renew(store, id, { ...options, signal: link.signal }).finally(() => link.end());
  try {
    return { done: await work(link.signal) };
  } finally {
    link.end();
    await renewing;
    await store.leases.revoke(id).catch(() => undefined);
  }
}

/** Resolves when the lease may not be counted on any longer. */
async function renew(store: Store, id: LeaseId, { clock, signal }: HoldOptions): Promise<void> {
  let until = clock.monotonic() + leaseSeconds * 1000 - renewEvery;
  while (!signal.aborted && clock.monotonic() < until) {
    await sleep(clock, renewEvery, signal);
    if (signal.aborted) return;
    const asked = clock.monotonic();
    const isRenewed = await store.leases.keepAlive(id).then(() => true, (error: unknown) => (isStoreError(error, 'LEASE_GONE') ? null : false));
    if (isRenewed === null) return;
    if (isRenewed) until = asked + leaseSeconds * 1000 - renewEvery;
  }
}

function holderIn(value: Uint8Array | undefined): string {
  try {
    const { name } = JSON.parse(decoder.decode(value)) as { name?: unknown };
    if (typeof name === 'string') return name;
  } catch {
    // Said below.
  }
  return 'somebody who does not say who';
}
