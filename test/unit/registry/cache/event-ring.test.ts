import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { CacheBatch } from '../../../../src/registry/cache/event-ring';
import { EventRing } from '../../../../src/registry/cache/event-ring';
import { aPod } from '../../../support/builders';

const batch = (revision: number, options: { events?: number; gap?: boolean; bytes?: number } = {}): CacheBatch => ({
  revision,
  gap: options.gap ?? false,
  recounted: [],
  bytes: options.bytes ?? 0,
  events: Array.from({ length: options.events ?? 1 }, () => ({ kind: 'Pod', change: { type: 'ADDED', object: aPod(), previous: null, revision } })),
});

/** Node.js shows it only on demand. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
const ringOf = (events: number, bytes = Infinity): EventRing => new EventRing({ events, bytes });

describe('the ring of changes', () => {
  it('finds where to read on after a revision, also one at which nothing happened', () => {
    const ring = ringOf(10);
    ring.startAfter(4);
    for (const revision of [6, 7, 9]) ring.append(batch(revision));
    const next = (revision: number) => ring.at(ring.positionAfter(revision) ?? -1)?.revision;
    expect([4, 5, 6, 7, 8].map(next)).toEqual([6, 6, 7, 9, 9]);
    expect(ring.positionAfter(9)).toBe(ring.end);
    expect(ring.positionAfter(3)).toBeNull();
  });

  it('keeps at most so many events, drops the oldest, and knows what is gone', () => {
    const ring = ringOf(3);
    for (let revision = 1; revision <= 1_000; revision += 1) {
      ring.append(batch(revision));
      expect(ring.size).toBeLessThanOrEqual(3);
    }
    expect(ring.at(0)).toBeUndefined();
    expect(ring.positionAfter(996)).toBeNull();
    expect(ring.at(ring.positionAfter(997) ?? -1)?.revision).toBe(998);
  });

  it('keeps at most so many bytes of states that have ended, and counts back what it drops', () => {
    const ring = ringOf(1_000, 100);
    for (let revision = 1; revision <= 500; revision += 1) {
      ring.append(batch(revision, { bytes: 30 }));
      expect(ring.bytes).toBeLessThanOrEqual(100);
    }
    expect(ring.size).toBe(3);
    expect(ring.positionAfter(496)).toBeNull();
    expect(ring.at(ring.positionAfter(497) ?? -1)?.revision).toBe(498);
    for (let revision = 501; revision <= 510; revision += 1) ring.append(batch(revision));
    expect([ring.bytes, ring.size]).toEqual([90, 13]);
  });

  it('lets go of what it drops at once', async () => {
    const ring = ringOf(1_000, 100);
    const states = Array.from({ length: 10 }, (_, index) => {
      const one = batch(index + 1, { bytes: 30 });
      ring.append(one);
      return new WeakRef(one);
    });
    // What was made in this turn stays alive until its end.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(states.filter((state) => state.deref()).length).toBe(ring.size);
  });

  it('keeps nothing of a batch that is larger than all of it, and goes on after that', () => {
    const ring = ringOf(1_000, 100);
    ring.append(batch(2, { bytes: 10 }));
    const position = ring.end;
    ring.append(batch(3, { bytes: 101 }));
    expect([ring.bytes, ring.size]).toEqual([0, 0]);
    expect(ring.at(position)).toBeUndefined();
    expect(ring.positionAfter(2)).toBeNull();
    ring.append(batch(4, { bytes: 10 }));
    expect(ring.at(ring.positionAfter(3) ?? -1)?.revision).toBe(4);
  });

  it('does not find revisions from before a gap, but still reads across it by position', () => {
    const ring = ringOf(10);
    ring.append(batch(5));
    const position = ring.end;
    ring.append(batch(2, { gap: true }));
    ring.append(batch(3));
    expect(ring.hasGapAfter(position)).toBe(true);
    expect(ring.at(position)).toMatchObject({ revision: 2, gap: true });
    expect(ring.positionAfter(1)).toBeNull();
    expect(ring.at(ring.positionAfter(2) ?? -1)?.revision).toBe(3);
    expect(ring.hasGapAfter(ring.positionAfter(2) ?? -1)).toBe(false);
  });

  it('knows which objects were deleted, as long as the deletion is in it', () => {
    const ring = ringOf(3);
    const pod = aPod();
    const deletion: CacheBatch = { ...batch(1), events: [{ kind: 'Pod', change: { type: 'DELETED', object: pod, previous: pod, revision: 1 } }] };
    expect(ring.deletionOf(pod.uid)).toBeUndefined();
    ring.append(deletion);
    ring.append(batch(2));
    ring.append(batch(3));
    expect(ring.deletionOf(pod.uid)).toBe(deletion.events[0]);
    ring.append(batch(4));
    expect(ring.deletionOf(pod.uid)).toBeUndefined();
  });

  it('a gap larger than the ring leaves it empty and consistent', () => {
    const ring = ringOf(3);
    ring.append(batch(5));
    ring.append(batch(9, { gap: true, events: 20 }));
    expect(ring.size).toBe(0);
    expect(ring.positionAfter(8)).toBeNull();
    expect(ring.positionAfter(9)).toBe(ring.end);
    ring.append(batch(10));
    expect(ring.at(ring.positionAfter(9) ?? -1)?.revision).toBe(10);
  });
});
