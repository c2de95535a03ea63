import { EtcdProcess, type EtcdOptions } from './etcd-process';

/** Fresh, empty etcds at revision 1. The next ones start while a test runs, so that nobody waits for more than the first. */
export class EtcdPool {
  private readonly next: Promise<EtcdProcess>[] = [];
  private readonly taken = new Set<EtcdProcess>();
  private isDisposed = false;

  /** `ahead`: how many wait. Starts nothing before the first `take`, so that a skipped file costs nothing. */
  constructor(private readonly options: EtcdOptions & { readonly ahead?: number } = {}) {
    if (options.ports) throw new Error('each etcd of a pool needs ports of its own');
  }

  /** The taker may stop it; else dispose does. */
  async take(): Promise<EtcdProcess> {
    if (this.isDisposed) throw new Error('this pool is disposed');
    while (this.next.length <= (this.options.ahead ?? 2)) this.next.push(this.begin());
    const etcd = await this.next.shift()!;
    this.taken.add(etcd);
    return etcd;
  }

  /** Stops every etcd of this pool. */
  async dispose(): Promise<void> {
    this.isDisposed = true;
    const begun = await Promise.allSettled(this.next.splice(0));
    const waiting = begun.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    await Promise.all([...this.taken, ...waiting].map((etcd) => etcd.stop()));
    this.taken.clear();
  }

  private begin(): Promise<EtcdProcess> {
    const start = EtcdProcess.start(this.options);
    // Whoever takes it learns why it failed; until then it is no unhandled rejection.
    start.catch(() => undefined);
    return start;
  }
}
