import type { Clock } from '../../../base/clock';
import { sleep } from '../../../base/clock';
import type { Logger } from '../../../base/logger';
import { isStoreError, StoreError } from '../../../errors/store-error';
import type { Endpoints } from './endpoints';

export interface SpaceOptions {
  readonly endpoints: Endpoints;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly closing: AbortSignal;
  readonly quotaBytes: number;
}

/** Share of the quota above which there is a warning. */
const quotaWarning = 0.8;
/**
 * Milliseconds. The size is asked for often, so that even etcds that fill as fast as a disk can write pass the last fifth of a usual
 * quota no faster; it costs etcd nothing. Alarms go through its log, so they are asked for rarely unless one is armed.
 */
const lookEvery = { full: 1_000, alarms: 60_000, sizes: 5_000 };

/**
 * Knows whether etcd has space for writes. A write that was refused tells at once; whether there is space again is asked, because
 * with NOSPACE armed nobody would try. Warns before it comes to that, of each member: the first that is full stops all writes.
 */
export class Space {
  private full: StoreError | null = null;
  /** By address, in twentieth parts of the quota. */
  private readonly warned = new Map<string, number>();
  private look = new AbortController();

  constructor(private readonly options: SpaceOptions) {}

  get fault(): StoreError | null {
    return this.full;
  }

  /** To be told of each write that failed. */
  failed(error: unknown): void {
    if (!isStoreError(error, 'FULL') || this.full) return;
    this.full = error;
    this.options.logger.error('etcd has no space left: writes are refused until it is compacted, defragmented and its alarm disarmed (docs/etcd.md)');
    this.look.abort();
  }

  /** Until the store closes. */
  async run(): Promise<void> {
    await Promise.all([this.watchAlarms(), this.watchSizes()]);
  }

  private async watchAlarms(): Promise<void> {
    const { clock, closing } = this.options;
    while (!closing.aborted) {
      await this.askForAlarms();
      this.look = new AbortController();
      await sleep(clock, this.full ? lookEvery.full : lookEvery.alarms, AbortSignal.any([closing, this.look.signal]));
    }
  }

  private async askForAlarms(): Promise<void> {
    const { endpoints, logger } = this.options;
    try {
      const { alarms } = await endpoints.read((client, options) => client.maintenance.alarm({ action: 'Get' }, options));
      const isFull = alarms.some(({ alarm }) => alarm === 'Nospace');
      if (!isFull && this.full) logger.info('etcd takes writes again');
      if (isFull) this.failed(new StoreError('FULL', 'etcd has no space left for writes: its quota is used up'));
      else this.full = null;
    } catch {
      // Whoever reads or writes learns what is wrong.
    }
  }

  private async watchSizes(): Promise<void> {
    const { clock, closing, endpoints } = this.options;
    while (!closing.aborted) {
      const answers = await endpoints.each((client, options) => client.maintenance.status(options), { login: false });
      for (const { address, result } of answers) {
        if (result.status === 'fulfilled') this.warnBeforeFull(address, Number(result.value.dbSize));
      }
      await sleep(clock, lookEvery.sizes, closing);
    }
  }

  /** Once, and again for each twentieth part of the quota that is used up beyond that. */
  private warnBeforeFull(address: string, size: number): void {
    const { logger, quotaBytes } = this.options;
    const share = size / quotaBytes;
    const step = Math.floor(share * 20);
    const warned = this.warned.get(address) ?? 0;
    if (share < quotaWarning) this.warned.delete(address);
    else if (step > warned) {
      this.warned.set(address, step);
      logger.warn(fullness(address, share, quotaBytes));
    }
  }
}

function fullness(address: string, share: number, quotaBytes: number): string {
  const used = `${Math.floor(share * 100)} % of its quota of ${quotaBytes} bytes (--etcd-quota-bytes)`;
  return `etcd at ${address} uses ${used}; at 100 % it takes no more writes. Compact and defragment it, or raise --quota-backend-bytes (docs/etcd.md)`;
}
