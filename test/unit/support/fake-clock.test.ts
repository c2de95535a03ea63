import { sleep } from '../../../src/base/clock';
import { FakeClock } from '../../support/fake-clock';

describe('FakeClock', () => {
  it('stands still until it is moved', () => {
    const clock = new FakeClock({ now: 1000 });
    clock.after(0, () => {
      throw new Error('a timer fired by itself');
    });
    expect([clock.now(), clock.monotonic(), clock.pendingTimers]).toEqual([1000, 0, 1]);
  });

  it('fires due timers by due time, then in the order in which they were set, each at its own time', async () => {
    const clock = new FakeClock({ now: 0 });
    const fired: string[] = [];
    clock.after(20, () => fired.push(`late@${clock.monotonic()}`));
    clock.after(10, () => fired.push(`first@${clock.monotonic()}`));
    clock.after(10, () => fired.push(`second@${clock.monotonic()}`));
    clock.after(31, () => fired.push('never'));
    await clock.advance(30);
    expect(fired).toEqual(['first@10', 'second@10', 'late@20']);
    expect(clock.now()).toBe(30);
    expect(clock.untilNext).toBe(1);
  });

  it('fires timers that are set on the way, also behind promises', async () => {
    const clock = new FakeClock();
    const stamps: number[] = [];
    void (async () => {
      for (let round = 0; round < 3; round += 1) {
        await sleep(clock, 10);
        await Promise.resolve();
        stamps.push(clock.monotonic());
      }
    })();
    await clock.advance(30);
    expect(stamps).toEqual([10, 20, 30]);
  });

  it('does not fire a cancelled timer, also when another timer cancels it at the same moment', async () => {
    const clock = new FakeClock();
    const fired: string[] = [];
    clock.after(5, () => second.cancel());
    const second = clock.after(5, () => fired.push('second'));
    await clock.advance(5);
    expect(fired).toEqual([]);
  });

  it('lets the wall clock jump without moving time', () => {
    const clock = new FakeClock({ now: 0 });
    clock.jumpWallTime(-500);
    expect([clock.now(), clock.monotonic()]).toEqual([-500, 0]);
  });
});
