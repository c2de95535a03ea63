import { aborted, linkAbort } from '../base/abort';
import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';

/** A loop's rest, which others may end. To be woken before it rests counts: the next rest is then none. */
export class WakeUp {
  private woken = new AbortController();

  constructor(private readonly clock: Clock) {}

  wake(): void {
    this.woken.abort();
  }

  /** Until it is woken, the time is over (null: however long it takes) or the signal aborts. Never rejects. */
  async rest(milliseconds: number | null, signal: AbortSignal): Promise<void> {
    const link = linkAbort(signal, this.woken.signal);
    if (milliseconds === null) await aborted(link.signal);
    else await sleep(this.clock, milliseconds, link.signal);
    link.end();
    this.woken = new AbortController();
  }
}
