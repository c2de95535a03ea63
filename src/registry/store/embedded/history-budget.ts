import type { Entry } from './mvcc';

/**
 * Values that are not the newest of their key stay in memory while they fit into a budget of bytes; then the ones that
 * were superseded first are left to the log. So that a watch from the recent past and the previous values of events
 * need no disk, and a burst of large values does not fill the memory.
 */
export class HistoryBudget {
  private kept: Entry[] = [];
  private next = 0;
  private bytes = 0;

  constructor(private readonly limit: number) {}

  supersede(entry: Entry | undefined): void {
    if (!entry?.value) return;
    this.kept.push(entry);
    this.bytes += entry.value.byteLength;
    while (this.bytes > this.limit && this.next < this.kept.length) this.evict(this.kept[this.next++] as Entry);
    if (this.next > 1024 && this.next * 2 > this.kept.length) this.tidy();
  }

  /** These entries are gone altogether. */
  forget(dropped: readonly Entry[]): void {
    for (const entry of dropped) this.evict(entry);
    this.tidy();
  }

  private evict(entry: Entry): void {
    this.bytes -= entry.value?.byteLength ?? 0;
    entry.value = undefined;
  }

  private tidy(): void {
    this.kept = this.kept.slice(this.next).filter((entry) => entry.value);
    this.next = 0;
  }
}
