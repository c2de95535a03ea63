import { slowStart } from '../../../../src/controllers/replication/slow-start';

describe('slow start', () => {
  it.each([
    { count: 0, working: 0, called: 0, succeeded: 0, failed: false },
    { count: 1, working: 1, called: 1, succeeded: 1, failed: false },
    { count: 10, working: 0, called: 1, succeeded: 0, failed: true },
    { count: 10, working: 10, called: 10, succeeded: 10, failed: false },
    { count: 10, working: 1, called: 3, succeeded: 1, failed: true },
    { count: 10, working: 5, called: 7, succeeded: 5, failed: true },
    { count: 10, working: 9, called: 10, succeeded: 9, failed: true },
  ])('of $count calls of which the first $working work, makes $called and $succeeded succeed', async ({ count, working, called, succeeded, failed }) => {
    let calls = 0;
    const result = await slowStart(count, () => {
      calls += 1;
      return calls <= working ? Promise.resolve() : Promise.reject(new Error(`call ${calls}`));
    });
    expect(result).toMatchObject({ called, succeeded });
    expect(calls).toBe(called);
    expect(result.error !== null).toBe(failed);
  });

  it('calls in batches of 1, 2, 4 and what is left, each batch at once', async () => {
    const batches: number[] = [];
    let waiting: (() => void)[] = [];
    const started = slowStart(10, () => new Promise<void>((resolve) => waiting.push(resolve)));
    while (batches.reduce((sum, size) => sum + size, 0) < 10) {
      await new Promise((resolve) => setImmediate(resolve));
      batches.push(waiting.length);
      const finish = waiting;
      waiting = [];
      finish.forEach((resolve) => resolve());
    }
    await started;
    expect(batches).toEqual([1, 2, 4, 3]);
  });

  it('tells the first error of the batch that failed', async () => {
    let calls = 0;
    const result = await slowStart(4, () => {
      calls += 1;
      return calls === 1 ? Promise.resolve() : Promise.reject(new Error(`call ${calls}`));
    });
    expect(result.error?.cause).toEqual(new Error('call 2'));
  });

  it('starts no further batch once it is aborted', async () => {
    const abort = new AbortController();
    let calls = 0;
    const result = await slowStart(
      10,
      () => {
        calls += 1;
        if (calls === 2) abort.abort();
        return Promise.resolve();
      },
      abort.signal,
    );
    expect(result).toEqual({ called: 3, succeeded: 3, error: null });
  });
});
