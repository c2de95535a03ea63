import type { Clock } from '../../base/clock';
import { sleep } from '../../base/clock';
import type { Logger } from '../../base/logger';
import { isStoreError } from '../../errors/store-error';
import type { Revision, Store } from './store';

export interface CompactorOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Newest revisions that are kept; 10,000 unless given. */
  readonly keepRevisions?: number;
  /** Milliseconds for which every revision is kept; five minutes unless given. */
  readonly keepMilliseconds?: number;
  /** Milliseconds between two looks; one minute unless given. */
  readonly interval?: number;
}

export interface HeadSample {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly head: Revision;
}

/**
 * Forgets old history until the signal aborts. A failure is logged and the next look tries again: a compactor that gives
 * up fills the disk. One per store, run by the store's owner.
 */
export async function runCompactor(options: CompactorOptions): Promise<void> {
  const { store, clock, logger, signal, interval = 60_000 } = options;
  const { keepRevisions = 10_000, keepMilliseconds = 5 * 60_000 } = options;
  let samples: HeadSample[] = [];
  while (!signal.aborted) {
    try {
      samples.push({ at: clock.monotonic(), head: await store.currentRevision() });
      const oldEnough = clock.monotonic() - keepMilliseconds;
      samples = withoutOutdated(samples, oldEnough);
      const target = compactionTarget(samples, oldEnough, keepRevisions);
      if (target > (await store.oldestRevision())) {
        await store.compact(target);
        logger.debug('the store was compacted', { revision: target });
      }
    } catch (error) {
      if (isStoreError(error, 'CLOSED')) return;
      if (!isStoreError(error, 'COMPACTED')) logger.warn('the store could not be compacted; tried again later', { error });
    }
    await sleep(clock, interval, signal);
  }
}

/** Greatest revision that is both old enough and beyond the newest `keepRevisions`; 0 if there is none. Pure. */
export function compactionTarget(samples: readonly HeadSample[], oldEnough: number, keepRevisions: number): Revision {
  const head = samples.at(-1)?.head ?? 0;
  const aged = samples.filter(({ at }) => at <= oldEnough).at(-1)?.head ?? 0;
  return Math.max(0, Math.min(aged, head - keepRevisions));
}

/** Of the samples that are old enough only the newest is of use. */
function withoutOutdated(samples: readonly HeadSample[], oldEnough: number): HeadSample[] {
  const lastAged = samples.filter(({ at }) => at <= oldEnough).length - 1;
  return samples.slice(Math.max(0, lastAged));
}
