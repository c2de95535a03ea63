import { EventStream } from '../../../src/server/event-stream';

interface Setup {
  readonly stream: EventStream<number>;
  readonly ends: number[];
  readonly parent: AbortController;
}

function over(source: AsyncIterator<unknown>, map: (event: unknown) => Promise<number> = (event) => Promise.resolve(Number(event) * 10)): Setup {
  const parent = new AbortController();
  const ends: number[] = [];
  const stream = new EventStream<number>({
    source,
    map,
    signal: parent.signal,
    toError: (error) => new Error(`wrapped: ${String(error)}`),
    onEnd: () => void ends.push(1),
  });
  return { stream, ends, parent };
}

async function* numbers(...values: number[]): AsyncGenerator<number> {
  yield* values;
}

/** Waits for an event that never comes. */
async function* silence(): AsyncGenerator<never> {
  await new Promise(() => undefined);
}

describe('an event stream', () => {
  test('maps each event in order and ends with its source', async () => {
    const { stream, ends } = over(numbers(1, 2, 3));
    const seen: number[] = [];
    for await (const value of stream) seen.push(value);
    expect(seen).toEqual([10, 20, 30]);
    expect(ends).toHaveLength(1);
  });

  test('ends at once when left, though its source waits for an event', async () => {
    const { stream, ends } = over(silence());
    const waiting = stream.next();
    await expect(stream.return()).resolves.toEqual({ value: undefined, done: true });
    await expect(waiting).resolves.toEqual({ value: undefined, done: true });
    expect(ends).toHaveLength(1);
  });

  test('ends at once when its signal aborts', async () => {
    const { stream, ends, parent } = over(silence());
    const waiting = stream.next();
    parent.abort();
    await expect(waiting).resolves.toEqual({ value: undefined, done: true });
    await expect(stream.next()).resolves.toEqual({ value: undefined, done: true });
    expect(ends).toHaveLength(1);
  });

  test('under a signal that has aborted is over before it begins', async () => {
    const ends: number[] = [];
    const stream = new EventStream<number>({
      source: numbers(1),
      map: () => Promise.resolve(1),
      signal: AbortSignal.abort(),
      toError: (error) => error as Error,
      onEnd: () => void ends.push(1),
    });
    await expect(stream.next()).resolves.toEqual({ value: undefined, done: true });
    expect(ends).toHaveLength(1);
  });

  test('a source that fails fails it, once', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new Error('no more');
    }
    const { stream, ends } = over(failing());
    await expect(stream.next()).resolves.toEqual({ value: 10, done: false });
    await expect(stream.next()).rejects.toThrow('wrapped: Error: no more');
    await expect(stream.next()).resolves.toEqual({ value: undefined, done: true });
    expect(ends).toHaveLength(1);
  });

  test('a source that fails because it was told to end has nothing to say', async () => {
    let fail: (error: Error) => void = () => undefined;
    const source: AsyncIterator<number> = {
      next: () => new Promise((_resolve, reject) => (fail = reject)),
      return: () => Promise.reject(new Error('aborted')),
    };
    const { stream, parent } = over(source);
    const waiting = stream.next();
    parent.abort();
    fail(new Error('aborted'));
    await expect(waiting).resolves.toEqual({ value: undefined, done: true });
  });
});
