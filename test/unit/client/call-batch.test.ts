import { callBatch } from '../../../src/client/call-batch';

describe('what goes in one call', () => {
  const items = ['aa', 'bb', 'cc', 'dd'];
  it.each<[what: string, limits: { items: number; bytes: number }, batch: readonly string[]]>([
    ['all that there is', { items: 10, bytes: 100 }, items],
    ['not more than the number allows', { items: 3, bytes: 100 }, ['aa', 'bb', 'cc']],
    ['what the bytes allow, quotes and commas among them', { items: 10, bytes: 10 }, ['aa', 'bb']],
    ['not the one that is a byte too much', { items: 10, bytes: 9 }, ['aa']],
    ['one in any case', { items: 10, bytes: 1 }, ['aa']],
  ])('%s', (_what, limits, batch) => {
    expect(callBatch(items, limits)).toEqual(batch);
  });

  it('counts bytes as they are on the wire: a control byte is six', () => {
    const bells = Array.from({ length: 10 }, () => '\u0007'.repeat(100));
    expect(callBatch(bells, { items: 10, bytes: 3 * 603 })).toHaveLength(3);
  });

  it('is nothing of nothing', () => {
    expect(callBatch([], { items: 10, bytes: 10 })).toEqual([]);
  });
});
