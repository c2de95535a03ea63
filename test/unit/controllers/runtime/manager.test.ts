import { runControllers } from '../../../../src/controllers/runtime/manager';
import type { Controller } from '../../../../src/controllers/runtime/reconciler';

/** Runs until its signal aborts, and notes that it ended. */
function steady(name: string, ended: string[]): Controller {
  return {
    name,
    run: (signal) =>
      new Promise((resolve) => {
        const end = (): void => {
          ended.push(name);
          resolve();
        };
        if (signal.aborted) end();
        else signal.addEventListener('abort', end);
      }),
  };
}

describe('running controllers', () => {
  it('ends when all have ended after the abort', async () => {
    const abort = new AbortController();
    const ended: string[] = [];
    const running = runControllers([steady('a', ended), steady('b', ended)], abort.signal);
    expect(ended).toEqual([]);
    abort.abort();
    await running;
    expect(ended).toEqual(['a', 'b']);
  });

  it('ends the others when one cannot go on, and throws its error', async () => {
    const ended: string[] = [];
    const broken: Controller = { name: 'broken', run: () => Promise.reject(new Error('broken loop')) };
    await expect(runControllers([steady('a', ended), broken], new AbortController().signal)).rejects.toThrow('broken loop');
    expect(ended).toEqual(['a']);
  });
});
