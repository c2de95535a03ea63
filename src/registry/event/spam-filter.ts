import type { Clock } from '../../base/clock';

/** Events at once of one object from one source, and then one in so many milliseconds: Kubernetes' numbers. */
const burst = 25;
const refillMilliseconds = 300_000;
/** Kept in mind. Whoever was heard of longest ago begins anew. */
const mostBuckets = 4_096;

interface Bucket {
  tokens: number;
  at: number;
}

/** A token bucket per object and source: what goes wrong again and again is told less and less often. */
export class SpamFilter {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** Takes a token; false: there is none. */
  admits(source: string, involvedUid: string): boolean {
    const key = `${source}\0${involvedUid}`;
    const now = this.clock.monotonic();
    const { tokens, at } = this.buckets.get(key) ?? { tokens: burst, at: now };
    const refilled = Math.min(burst, tokens + (now - at) / refillMilliseconds);
    this.buckets.delete(key);
    this.buckets.set(key, { tokens: refilled >= 1 ? refilled - 1 : refilled, at: now });
    const [oldest] = this.buckets.keys();
    if (this.buckets.size > mostBuckets && oldest !== undefined) this.buckets.delete(oldest);
    return refilled >= 1;
  }
}
