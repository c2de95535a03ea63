import { oldestReadable } from '../../../../../src/registry/store/etcd/oldest';

describe('the oldest readable revision', () => {
  const search = async (known: number, head: number, oldest: number): Promise<{ found: number; questions: number }> => {
    let questions = 0;
    const found = await oldestReadable(known, head, (revision) => {
      questions += 1;
      return Promise.resolve(revision >= oldest);
    });
    return { found, questions };
  };

  it.each([
    [1, 1, 1],
    [1, 100, 1],
    [1, 100, 2],
    [1, 100, 57],
    [1, 100, 99],
    [1, 100, 100],
    [57, 100, 58],
    [57, 100, 57],
  ])('known %i, head %i: %i is found', async (known, head, oldest) => {
    expect((await search(known, head, oldest)).found).toBe(oldest);
  });

  it('needs one question while nothing was compacted, and few after that', async () => {
    expect((await search(57, 1_000_000, 57)).questions).toBe(1);
    expect((await search(1, 1_000_000, 654_321)).questions).toBeLessThanOrEqual(21);
  });

  it('is not beyond the head, where a store was put back', async () => {
    expect(await search(100, 50, 1)).toEqual({ found: 50, questions: 0 });
  });

  it('is not guessed when a question fails', async () => {
    await expect(oldestReadable(1, 9, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  });
});
