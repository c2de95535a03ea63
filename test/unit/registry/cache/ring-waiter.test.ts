import type { CacheBatch } from '../../../../src/registry/cache/event-ring';
import { EventRing } from '../../../../src/registry/cache/event-ring';
import { RingWaiter } from '../../../../src/registry/cache/ring-waiter';
import { aPod } from '../../../support/builders';
import { FakeClock } from '../../../support/fake-clock';

const batch = (revision: number): CacheBatch => ({
  revision,
  gap: false,
  bytes: 0,
  recounted: [],
  events: [{ kind: 'Pod', change: { type: 'ADDED', object: aPod(), previous: null, revision } }],
});

describe('a reader of the ring that waits', () => {
  let clock: FakeClock;
  let ring: EventRing;
  let aborter: AbortController;
  let waiter: RingWaiter;
  beforeEach(() => {
    clock = new FakeClock();
    ring = new EventRing({ events: 10, bytes: Infinity });
    aborter = new AbortController();
    waiter = new RingWaiter({ ring, clock, signal: aborter.signal });
  });

  it('wakes by what is new, by time, or by abort', async () => {
    const byNews = waiter.wait(ring.end, 100);
    ring.append(batch(1));
    expect(await byNews).toBe('more');
    const byTime = waiter.wait(ring.end, 100);
    await clock.advance(100);
    expect(await byTime).toBe('timeout');
    const byAbort = waiter.wait(ring.end, 100);
    aborter.abort();
    expect(await byAbort).toBe('aborted');
    expect(await waiter.wait(0, 100)).toBe('aborted');
  });

  it('does not wait for what is there, nor for time that is over', async () => {
    ring.append(batch(1));
    expect(await waiter.wait(0, 100)).toBe('more');
    expect(await waiter.wait(ring.end, 0)).toBe('timeout');
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits its whole time, also when the timer of an earlier wait comes first', async () => {
    const first = waiter.wait(ring.end, 100);
    await clock.advance(60);
    ring.append(batch(1));
    expect(await first).toBe('more');
    const woken: string[] = [];
    const second = waiter.wait(ring.end, 100).then((how) => woken.push(how));
    await clock.advance(99);
    expect(woken).toEqual([]);
    await clock.advance(1);
    await second;
    expect(woken).toEqual(['timeout']);
  });

  it('sleeps on when what was appended is not what it waits for', async () => {
    const later = waiter.wait(ring.end + 1, 100);
    ring.append(batch(1));
    await clock.advance(10);
    ring.append(batch(2));
    expect(await later).toBe('more');
  });

  it('leaves nothing behind when it ends', async () => {
    const waits = waiter.wait(ring.end, 100);
    ring.append(batch(1));
    await waits;
    waiter.end();
    expect(clock.pendingTimers).toBe(0);
  });
});
