import { evictionRate } from '../../../../src/controllers/eviction/disruption';

describe('how many nodes a second may lose their pods', () => {
  it.each<[nodes: number, notReady: number, rate: number]>([
    [0, 0, 0.1],
    [1, 0, 0.1],
    [1, 1, 0],
    [2, 1, 0.1],
    [2, 2, 0],
    [3, 2, 0.1],
    [3, 3, 0],
    [4, 3, 0],
    [5, 2, 0.1],
    [5, 3, 0],
    [20, 10, 0.1],
    [20, 11, 0],
    [50, 28, 0],
    [51, 28, 0.1],
    [51, 29, 0.01],
    [1000, 549, 0.1],
    [1000, 550, 0.01],
    [1000, 1000, 0],
  ])('of %d nodes %d away: %d', (nodes, notReady, rate) => {
    expect(evictionRate({ nodes, notReady }, 0.1)).toBe(rate);
  });

  it('is never more than what was asked for', () => {
    expect(evictionRate({ nodes: 100, notReady: 60 }, 0.001)).toBe(0.001);
    expect(evictionRate({ nodes: 100, notReady: 6 }, 5)).toBe(5);
  });
});
