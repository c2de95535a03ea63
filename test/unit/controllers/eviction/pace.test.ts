import { EvictionPace } from '../../../../src/controllers/eviction/pace';

describe('the pace of eviction', () => {
  it('lets the first node go at once, and the next after its time', () => {
    const pace = new EvictionPace();
    expect(pace.askForTurn('a', 1_000, 0.1)).toBe(0);
    expect(pace.askForTurn('b', 2_000, 0.1)).toBe(9_000);
    expect(pace.askForTurn('b', 11_000, 0.1)).toBe(0);
    expect(pace.askForTurn('c', 11_000, 0.01)).toBe(100_000);
  });

  it('keeps the turn of a node until it is forgotten', () => {
    const pace = new EvictionPace();
    pace.askForTurn('a', 0, 0.1);
    expect(pace.askForTurn('a', 1, 0.1)).toBe(0);
    pace.forget('a');
    expect(pace.askForTurn('a', 2, 0.1)).toBe(9_998);
  });
});
