import { WakeUp } from '../../../src/kubelet/wake-up';
import { FakeClock, settle } from '../../support/fake-clock';

let clock: FakeClock;
let wakeUp: WakeUp;
let ending: AbortController;

beforeEach(() => {
  clock = new FakeClock();
  wakeUp = new WakeUp(clock);
  ending = new AbortController();
});

async function isOver(rest: Promise<void>): Promise<boolean> {
  let over = false;
  void rest.then(() => (over = true));
  await settle();
  return over;
}

describe('a rest', () => {
  it('ends when its time is over', async () => {
    const rest = wakeUp.rest(100, ending.signal);
    await clock.advance(99);
    expect(await isOver(rest)).toBe(false);
    await clock.advance(1);
    expect(await isOver(rest)).toBe(true);
  });

  it('without a time lasts until somebody wakes, and the next until somebody wakes again', async () => {
    const rest = wakeUp.rest(null, ending.signal);
    await clock.advance(3_600_000);
    expect(await isOver(rest)).toBe(false);
    wakeUp.wake();
    expect(await isOver(rest)).toBe(true);
    expect(await isOver(wakeUp.rest(null, ending.signal))).toBe(false);
  });

  it('is none when somebody woke before it began', async () => {
    wakeUp.wake();
    wakeUp.wake();
    expect(await isOver(wakeUp.rest(100, ending.signal))).toBe(true);
    expect(await isOver(wakeUp.rest(100, ending.signal))).toBe(false);
  });

  it.each([100, null])('of %s ms ends with the signal', async (milliseconds) => {
    const rest = wakeUp.rest(milliseconds, ending.signal);
    ending.abort();
    expect(await isOver(rest)).toBe(true);
    expect(await isOver(wakeUp.rest(milliseconds, ending.signal))).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});
