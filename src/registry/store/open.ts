import { resolve } from 'node:path';
import type { Clock } from '../../base/clock';
import type { Logger } from '../../base/logger';
import { isStoreError, StoreError } from '../../errors/store-error';
import { ContinuedStore } from './continued-store';
import { openEmbeddedStore } from './embedded/store';
import { openEtcdStore } from './etcd/open';
import type { EtcdSettings } from './etcd/settings';
import { plainEtcd } from './etcd/settings';
import type { WatchLimits } from './limits';
import { openMemoryStore } from './memory/store';
import type { Store } from './store';

export interface OpenStoreOptions extends WatchLimits {
  readonly clock: Clock;
  /** The world's time, for stores that are other programs. `clock` unless given. */
  readonly ioClock?: Clock;
  readonly logger: Logger;
  readonly etcd?: EtcdSettings;
}

/**
 * The store at this address, as its users see it: one that was copied from another goes on with that one's revisions, and
 * one that is half copied is MISCONFIGURED. Otherwise as openBackend.
 */
export async function openStore(url: string, options: OpenStoreOptions): Promise<Store> {
  const store = new ContinuedStore(await openBackend(url, options));
  try {
    await store.check();
  } catch (error) {
    // What is not there yet is waited for by whoever uses it.
    if (isStoreError(error, 'UNAVAILABLE') || isStoreError(error, 'TIMEOUT')) return store;
    await store.close();
    throw error;
  }
  return store;
}

/**
 * The list of backends. `memory:` forgets everything at the end; `embedded:DIR` keeps it in this folder, for one
 * process; `etcd://HOST:PORT,…/PREFIX` is shared by any number of servers. Throws StoreErrors: MISCONFIGURED for any other
 * address, and what the backend says.
 */
export async function openBackend(url: string, options: OpenStoreOptions): Promise<Store> {
  const colon = url.indexOf(':');
  const scheme = url.slice(0, Math.max(colon, 0));
  const rest = url.slice(colon + 1);
  switch (scheme) {
    case 'memory':
      if (rest !== '') throw misconfigured(url, 'memory: takes nothing after the colon');
      return openMemoryStore(options);
    case 'embedded': {
      const folder = rest.startsWith('//') ? rest.slice(2) : rest;
      if (folder === '') throw misconfigured(url, 'the folder is missing, as in embedded:/var/lib/podql');
      return openEmbeddedStore({ ...options, directory: resolve(folder) });
    }
    case 'etcd':
      return openEtcdStore(rest, { ...options, clock: options.ioClock ?? options.clock, settings: options.etcd ?? plainEtcd });
    default:
      throw misconfigured(withoutSecrets(url), 'not a store that this version knows');
  }
}

function misconfigured(url: string, reason: string): StoreError {
  return new StoreError('MISCONFIGURED', `store ${JSON.stringify(url)}: ${reason}. Supported are memory:, embedded:FOLDER and etcd://HOST:PORT/PREFIX`);
}

/** An address may carry a password: `scheme://user:password@host`. */
function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//');
}
