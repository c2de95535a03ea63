/** A door that whoever comes waits at until it is opened; then it stays open. */
export class Gate {
  private readonly arrivals: (() => void)[] = [];
  private waiters: (() => void)[] = [];
  private isOpen = false;
  private arrived = 0;

  /** Waits until the gate is open, or the signal aborts. */
  wait(signal?: AbortSignal): Promise<void> {
    this.arrived += 1;
    for (const tell of this.arrivals.splice(0)) tell();
    if (this.isOpen || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiters.push(resolve);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Resolves once somebody has come to the gate. */
  async reached(): Promise<void> {
    if (this.arrived === 0) await new Promise<void>((resolve) => this.arrivals.push(resolve));
  }

  open(): void {
    this.isOpen = true;
    for (const pass of this.waiters.splice(0)) pass();
    this.waiters = [];
  }
}
