import { forEachBounded } from '../../../../src/controllers/runtime/for-each-bounded';

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('bounded work on a list', () => {
  it('does every item once, a few at a time', async () => {
    let [atWork, most] = [0, 0];
    const seen: number[] = [];
    await forEachBounded([1, 2, 3, 4, 5], { width: 2, signal: never }, async (item) => {
      atWork += 1;
      most = Math.max(most, atWork);
      await turn();
      seen.push(item);
      atWork -= 1;
    });
    expect([seen.sort(), most]).toEqual([[1, 2, 3, 4, 5], 2]);
  });

  it('tries the others when one fails, and then throws the first error', async () => {
    const seen: number[] = [];
    const work = forEachBounded([1, 2, 3, 4], { width: 1, signal: never }, async (item) => {
      seen.push(item);
      await turn();
      if (item % 2 === 0) throw new Error(`item ${item}`);
    });
    await expect(work).rejects.toThrow('item 2');
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('begins no further item once it is aborted', async () => {
    const abort = new AbortController();
    const seen: number[] = [];
    await forEachBounded([1, 2, 3], { width: 1, signal: abort.signal }, (item) => {
      seen.push(item);
      abort.abort();
      return Promise.resolve();
    });
    expect(seen).toEqual([1]);
  });

  it('has nothing to do for an empty list', async () => {
    await forEachBounded([], { width: 4, signal: never }, () => Promise.reject(new Error('called')));
  });
});
