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
export const quotaWarning = 0.8;
/** Milliseconds: while etcd is full, and while it is not. */
const lookEvery = { full: 1_000, otherwise: 60_000 };

/**
 * Knows whether etcd has space for writes. A write that was refused tells at once; whether there is space again is asked, because
 * with NOSPACE armed nobody would try. Warns before it comes to that.
 */
export class Space {
  private full: StoreError | null = null;
  private warned = 0;
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
    const { clock, closing } = this.options;
    while (!closing.aborted) {
      await this.lookOnce();
      this.look = new AbortController();
      await sleep(clock, this.full ? lookEvery.full : lookEvery.otherwise, AbortSignal.any([closing, this.look.signal]));
    }
  }

  private async lookOnce(): Promise<void> {
    const { endpoints, logger } = this.options;
    try {
      const { alarms } = await endpoints.read((client, options) => client.maintenance.alarm({ action: 'Get' }, options));
      const isFull = alarms.some(({ alarm }) => alarm === 'Nospace');
      if (!isFull && this.full) logger.info('etcd takes writes again');
      if (isFull) this.failed(new StoreError('FULL', 'etcd has no space left for writes: its quota is used up'));
      else this.full = null;
      await this.warnBeforeFull();
    } catch {
      // Whoever reads or writes learns what is wrong.
    }
  }

  /** Once, and again for each twentieth part of the quota that is used up beyond that. */
  private async warnBeforeFull(): Promise<void> {
    const { endpoints, logger, quotaBytes } = this.options;
    const { dbSize } = await endpoints.read((client, options) => client.maintenance.status(options));
    const share = Number(dbSize) / quotaBytes;
    const step = Math.floor(share * 20);
    if (share >= quotaWarning && step > this.warned) logger.warn(fullness(endpoints.address, share));
    this.warned = share >= quotaWarning ? Math.max(step, this.warned) : 0;
  }
}

export function fullness(address: string, share: number): string {
  const percent = Math.round(share * 100);
  return `etcd at ${address} uses ${percent} % of its quota; at 100 % it takes no more writes. Compact and defragment it, or raise --quota-backend-bytes (docs/etcd.md)`;
}
