import type { BackoffPolicy } from '../../src/base/backoff';
import type { Clock } from '../../src/base/clock';
import type { WorkQueue } from '../../src/controllers/runtime/work-queue';
import { FakeClock, settle } from '../support/fake-clock';

export interface WorkQueueContractOptions {
  readonly name: string;
  readonly create: (options: { clock: Clock; random: () => number; backoff: BackoffPolicy }) => WorkQueue;
}

const backoff: BackoffPolicy = { initial: 100, max: 1_000, jitter: 0.5 };

/** What every work queue promises: src/controllers/runtime/work-queue.ts, Q1 to Q7. */
export function describeWorkQueueContract({ name, create }: WorkQueueContractOptions): void {
  describe(`work queue contract: ${name}`, () => {
    let clock: FakeClock;
    let random: number;
    let queue: WorkQueue;

    beforeEach(() => {
      clock = new FakeClock();
      random = 1;
      queue = create({ clock, random: () => random, backoff });
    });

    /** A worker that takes one key; `key` is undefined until it has one. */
    function worker(): { key: string | undefined; ended: boolean } {
      const state: { key: string | undefined; ended: boolean } = { key: undefined, ended: false };
      void queue.get().then((key) => {
        state.key = key;
        state.ended = true;
      });
      return state;
    }

    it('serves keys in the order in which they came (Q1)', async () => {
      for (const key of ['c', 'a', 'b']) queue.add(key);
      expect([await queue.get(), await queue.get(), await queue.get()]).toEqual(['c', 'a', 'b']);
    });

    it('serves workers that wait in the order in which they came (Q1)', async () => {
      const [first, second] = [worker(), worker()];
      queue.add('a');
      queue.add('b');
      await settle();
      expect([first.key, second.key]).toEqual(['a', 'b']);
    });

    it('holds a waiting key once and leaves it its place (Q2)', async () => {
      for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
      expect(queue.length).toBe(2);
      expect([await queue.get(), await queue.get()]).toEqual(['a', 'b']);
      expect(queue.length).toBe(0);
    });

    it('gives a key to one worker at a time (Q3)', async () => {
      queue.add('a');
      await queue.get();
      const other = worker();
      queue.add('a');
      await settle();
      expect(other.ended).toBe(false);
      queue.done('a');
      await settle();
      expect(other.key).toBe('a');
    });

    it('works a key again, once, that was added while in work (Q4)', async () => {
      queue.add('a');
      await queue.get();
      for (let i = 0; i < 3; i += 1) queue.add('a');
      expect(queue.length).toBe(0);
      queue.done('a');
      expect(queue.length).toBe(1);
      expect(await queue.get()).toBe('a');
      queue.done('a');
      expect(queue.length).toBe(0);
    });

    it('puts a key that was added while in work behind those that wait (Q1, Q4)', async () => {
      queue.add('a');
      await queue.get();
      queue.add('a');
      queue.add('b');
      queue.done('a');
      expect([await queue.get(), await queue.get()]).toEqual(['b', 'a']);
    });

    it('refuses `done` for a key that is not in work', async () => {
      expect(() => queue.done('a')).toThrow('a is not in work');
      queue.add('a');
      expect(() => queue.done('a')).toThrow('a is not in work');
      await queue.get();
      queue.done('a');
      expect(() => queue.done('a')).toThrow('a is not in work');
    });

    it('holds a key back until its time (Q5)', async () => {
      queue.addAfter('a', 50);
      await clock.advance(49);
      expect(queue.length).toBe(0);
      await clock.advance(1);
      expect(await queue.get()).toBe('a');
    });

    it.each([0, -1])('adds a key at once for a wait of %d ms (Q5)', (milliseconds) => {
      queue.addAfter('a', milliseconds);
      expect(queue.length).toBe(1);
    });

    it.each([
      [10, 50],
      [50, 10],
    ])('keeps the earlier of two waits, %d and %d ms, and the key once (Q2, Q5)', async (first, second) => {
      queue.addAfter('a', first);
      queue.addAfter('a', second);
      expect(clock.pendingTimers).toBe(1);
      await clock.advance(10);
      expect(queue.length).toBe(1);
      await clock.advance(100);
      expect(queue.length).toBe(1);
      expect(clock.pendingTimers).toBe(0);
    });

    it('ends the wait of a key that is added (Q2, Q5)', async () => {
      queue.addAfter('a', 50);
      queue.add('a');
      expect(clock.pendingTimers).toBe(0);
      await queue.get();
      queue.done('a');
      await clock.advance(100);
      expect(queue.length).toBe(0);
    });

    it('does not hold back a key that waits for a worker already (Q2, Q5)', () => {
      queue.add('a');
      queue.addAfter('a', 50);
      expect([queue.length, clock.pendingTimers]).toEqual([1, 0]);
    });

    it('works a key again whose time comes while it is in work (Q3, Q4)', async () => {
      queue.add('a');
      await queue.get();
      queue.addAfter('a', 50);
      await clock.advance(50);
      expect(queue.length).toBe(0);
      queue.done('a');
      expect(queue.length).toBe(1);
    });

    it('doubles the wait with each failure up to the greatest, and starts over when told to forget (Q6)', async () => {
      const waits: (number | undefined)[] = [];
      const fail = async (): Promise<void> => {
        queue.addRateLimited('a');
        waits.push(clock.untilNext);
        await clock.advance(1_000);
        await queue.get();
        queue.done('a');
      };
      for (let i = 0; i < 6; i += 1) await fail();
      expect(queue.failures('a')).toBe(6);
      queue.forget('a');
      expect(queue.failures('a')).toBe(0);
      await fail();
      expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000, 100]);
    });

    it('draws the jittered part of the wait from the given randomness (Q6)', () => {
      random = 0;
      queue.addRateLimited('a');
      expect(clock.untilNext).toBe(50);
    });

    it('counts failures per key (Q6)', () => {
      queue.addRateLimited('a');
      queue.addRateLimited('a');
      queue.addRateLimited('b');
      expect([queue.failures('a'), queue.failures('b'), queue.failures('c')]).toEqual([2, 1, 0]);
    });

    it('lets waiting workers go when it drains, and takes nothing more (Q7)', async () => {
      const waiting = worker();
      await queue.drain();
      await settle();
      expect(waiting).toEqual({ key: undefined, ended: true });
      queue.add('a');
      queue.addAfter('b', 10);
      queue.addRateLimited('c');
      expect([queue.length, clock.pendingTimers]).toEqual([0, 0]);
      expect(await queue.get()).toBeUndefined();
    });

    it('forgets keys that wait or are held back when it drains (Q7)', async () => {
      queue.add('a');
      queue.addAfter('b', 10);
      await queue.drain();
      expect([queue.length, clock.pendingTimers]).toEqual([0, 0]);
      expect(await queue.get()).toBeUndefined();
    });

    it('has drained when the keys in work are done, and does not work them again (Q7)', async () => {
      queue.add('a');
      queue.add('b');
      await queue.get();
      await queue.get();
      queue.add('a');
      let drained = false;
      void queue.drain().then(() => (drained = true));
      queue.done('a');
      await settle();
      expect(drained).toBe(false);
      queue.done('b');
      await settle();
      expect([drained, queue.length]).toEqual([true, 0]);
    });

    it('drains once however often it is asked (Q7)', async () => {
      queue.add('a');
      await queue.get();
      const [first, second] = [queue.drain(), queue.drain()];
      queue.done('a');
      await Promise.all([first, second]);
      await queue.drain();
    });
  });
}
