import { getEventListeners, getMaxListeners } from 'node:events';
import { linkAbort } from '../../../src/base/abort';

describe('a linked abort', () => {
  test('aborts with any of its parents', () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const link = linkAbort(first.signal, second.signal);
    expect(link.signal.aborted).toBe(false);
    second.abort();
    expect(link.signal.aborted).toBe(true);
  });

  test('is aborted at once under a parent that is', () => {
    expect(linkAbort(new AbortController().signal, AbortSignal.abort()).signal.aborted).toBe(true);
  });

  test('leaves nothing at its parents when it ends', () => {
    const parent = new AbortController();
    const link = linkAbort(parent.signal);
    expect(getEventListeners(parent.signal, 'abort')).toHaveLength(1);
    link.end();
    link.end();
    expect(getEventListeners(parent.signal, 'abort')).toHaveLength(0);
    expect(link.signal.aborted).toBe(true);
    expect(parent.signal.aborted).toBe(false);
  });

  test('is no leak to Node.js, however many there are under one parent', () => {
    const parent = new AbortController();
    linkAbort(parent.signal);
    expect(getMaxListeners(parent.signal)).toBe(Infinity);
  });
});
