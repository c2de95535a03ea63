import type { CacheBatch } from '../../../../src/registry/cache/event-ring';
import { EventRing } from '../../../../src/registry/cache/event-ring';
import { aPod } from '../../../support/builders';

const batch = (revision: number, options: { events?: number; gap?: boolean } = {}): CacheBatch => ({
  revision,
  gap: options.gap ?? false,
  recounted: [],
  events: Array.from({ length: options.events ?? 1 }, () => ({ kind: 'Pod', change: { type: 'ADDED', object: aPod(), previous: null, revision } })),
});

describe('the ring of changes', () => {
  it('finds where to read on after a revision, also one at which nothing happened', () => {
    const ring = new EventRing(10);
    ring.startAfter(4);
    for (const revision of [6, 7, 9]) ring.append(batch(revision));
    const next = (revision: number) => ring.at(ring.positionAfter(revision) ?? -1)?.revision;
    expect([4, 5, 6, 7, 8].map(next)).toEqual([6, 6, 7, 9, 9]);
    expect(ring.positionAfter(9)).toBe(ring.end);
    expect(ring.positionAfter(3)).toBeNull();
  });

  it('keeps at most so many events, drops the oldest, and knows what is gone', () => {
    const ring = new EventRing(3);
    for (let revision = 1; revision <= 1_000; revision += 1) {
      ring.append(batch(revision));
      expect(ring.size).toBeLessThanOrEqual(3);
    }
    expect(ring.at(0)).toBeUndefined();
    expect(ring.positionAfter(996)).toBeNull();
    expect(ring.at(ring.positionAfter(997) ?? -1)?.revision).toBe(998);
  });

  it('does not find revisions from before a gap, but still reads across it by position', () => {
    const ring = new EventRing(10);
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
    const ring = new EventRing(3);
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
    const ring = new EventRing(3);
    ring.append(batch(5));
    ring.append(batch(9, { gap: true, events: 20 }));
    expect(ring.size).toBe(0);
    expect(ring.positionAfter(8)).toBeNull();
    expect(ring.positionAfter(9)).toBe(ring.end);
    ring.append(batch(10));
    expect(ring.at(ring.positionAfter(9) ?? -1)?.revision).toBe(10);
  });
});
