import { existsSync } from 'node:fs';
import type { Clock } from './base/clock';
import { systemClock } from './base/clock';
import type { Logger } from './base/logger';
import { isStoreError } from './errors/store-error';
import { withUserRevision } from './registry/codec';
import { registryPrefix } from './registry/keys';
import { leaderKey } from './registry/leadership';
import type { CopyProgress, CopySummary } from './registry/store/copy';
import { CopyError, copyStore } from './registry/store/copy';
import { openBackend, openStore } from './registry/store/open';
import type { Store } from './registry/store/store';
import type { EtcdSettings } from './server/etcd-options';
import type { CompiledStore } from './server/options';
import { compileStore } from './server/options';
import { StartError } from './server/start-error';

export type { CopyProgress } from './registry/store/copy';

/** The options for etcd are for whichever of the two is one. */
export interface StoreCopyOptions extends EtcdSettings {
  /** Addresses as for `--store`. */
  readonly from: string;
  readonly to: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: CopyProgress) => void;
}

export interface StoreCopy extends CopySummary {
  readonly from: CompiledStore;
  readonly to: CompiledStore;
}

/**
 * The composition root of `podql store copy`: moves a cluster from one store to another. Throws StartErrors for what a
 * person can put right, which say whether the target was changed.
 */
export async function copyBetween(options: StoreCopyOptions): Promise<StoreCopy> {
  const { logger, clock = systemClock, signal, onProgress } = options;
  const from = place('--from', options.from, options);
  const to = place('--to', options.to, options);
  if (from.store === to.store) throw new StartError('INVALID_OPTION', `--from and --to are the same store, ${from.dataPlace}.`);
  if (from.etcd === null && !existsSync(from.dataPlace)) throw new StartError('COPY_REFUSED', `--from: there is no folder ${from.dataPlace}. Nothing was changed.`);
  const source = await open(from, (url) => openStore(url, { clock, logger, etcd: from.etcd ?? undefined }));
  try {
    const target = await open(to, (url) => openBackend(url, { clock, logger, etcd: to.etcd ?? undefined }));
    try {
      const summary = await copyStore({ source, target, prefix: registryPrefix, translate: withUserRevision, leaderKey, from: from.store, clock, signal, onProgress });
      return { ...summary, from, to };
    } finally {
      await target.close();
    }
  } catch (error) {
    throw explained(error, { from, to });
  } finally {
    await source.close();
  }
}

function place(option: '--from' | '--to', url: string, settings: EtcdSettings): CompiledStore {
  const compiled = compileStore(url, settings, option);
  if (compiled.store !== 'memory:') return compiled;
  throw new StartError('INVALID_OPTION', `${option} memory: keeps nothing that could be copied. Write embedded:DIR or etcd://HOST:PORT/PREFIX.`);
}

async function open(at: CompiledStore, opener: (url: string) => Promise<Store>): Promise<Store> {
  try {
    return await opener(at.store);
  } catch (error) {
    if (!isStoreError(error)) throw error;
    if (error.code === 'IN_USE') {
      throw new StartError('DATA_IN_USE', `The data folder ${at.dataPlace} is in use: a podql server runs on it. Stop it first; a cluster that changes cannot be moved. Nothing was changed.`, error);
    }
    throw new StartError('STORE_FAILED', `The store ${at.store} cannot be opened: ${error.message}. Nothing was changed.`, error);
  }
}

function explained(error: unknown, { from, to }: Pick<StoreCopy, 'from' | 'to'>): unknown {
  if (isStoreError(error)) return new StartError('STORE_FAILED', `The copy could not begin: ${error.message}. Nothing was changed.`, error);
  if (!(error instanceof CopyError)) return error;
  const at = { source: from, target: to }[error.which].dataPlace;
  const again = `${to.dataPlace} holds a part, and no server starts on it: run the same command again, which starts anew, or empty it.`;
  switch (error.refusal) {
    case 'source-empty':
      return new StartError('COPY_REFUSED', `There is no cluster in ${at} (${error.message}). Look at --from. Nothing was changed.`);
    case 'target-not-empty':
      return new StartError('COPY_REFUSED', `There is a cluster in ${at} already (${error.message}). ${emptyInstead(to)} Nothing was changed.`);
    case 'in-use':
      return new StartError('COPY_REFUSED', `${at} is in use: ${error.message} leads on it. Stop all podql servers on it; one that was killed lets go within 15 seconds. Nothing was changed.`);
    case 'source-changed':
      return new StartError('COPY_FAILED', `${at} was changed while it was copied: a server runs on it. Stop all servers on it. ${again}`);
    case 'interrupted':
    case 'taken-over':
    case 'not-equal':
    case 'failed':
      return new StartError('COPY_FAILED', `The copy did not end: ${error.message}. ${again}`, error);
  }
}

function emptyInstead(to: CompiledStore): string {
  return to.etcd === null ? 'Name a new folder, or remove that one.' : 'Name another prefix in the address, or empty this one (docs/etcd.md says how).';
}
