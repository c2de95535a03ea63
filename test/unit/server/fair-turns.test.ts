import { nextTurn, systemClock } from '../../../src/base/clock';
import { FairTurns, longestTurn } from '../../../src/server/fair-turns';
import { FakeClock } from '../../support/fake-clock';

describe('fair turns', () => {
  test('a turn is over when it has taken long enough, and the next one begins anew', async () => {
    const clock = new FakeClock();
    const turns = new FairTurns(clock);
    expect(turns.isOver).toBe(false);
    // In the same turn of the event loop: nothing is awaited.
    void clock.advance(longestTurn - 1);
    expect(turns.isOver).toBe(false);
  });

  test('whoever waits goes on after sockets and timers had their turn, and with a new one', async () => {
    let now = 0;
    const turns = new FairTurns({ ...systemClock, monotonic: () => now });
    const order: string[] = [];
    expect(turns.isOver).toBe(false);
    now = longestTurn;
    expect(turns.isOver).toBe(true);
    const waited = Promise.all([turns.next().then(() => order.push('a stream')), turns.next().then(() => order.push('another'))]);
    void nextTurn().then(() => order.push('everybody else'));
    await Promise.resolve();
    expect(order).toEqual([]);
    await waited;
    expect(turns.isOver).toBe(false);
    await nextTurn();
    expect(order).toEqual(['a stream', 'another', 'everybody else']);
  });

  test('a stream that always has more lets others be heard', async () => {
    const turns = new FairTurns(systemClock);
    let isHeard = false;
    void nextTurn().then(() => (isHeard = true));
    let events = 0;
    // Bounded, so that this test fails instead of hanging.
    for (; !isHeard && events < 50_000_000; events += 1) {
      while (turns.isOver) await turns.next();
      await Promise.resolve();
    }
    expect(isHeard).toBe(true);
  });
});
