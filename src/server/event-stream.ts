export interface EventStreamOptions<Result> {
  readonly source: AsyncIterator<unknown>;
  readonly map: (event: unknown) => Promise<Result>;
  /** Ends the stream, whatever its source is doing. */
  readonly signal: AbortSignal;
  readonly toError: (error: unknown) => Error;
  /** Called once, however it ends. */
  readonly onEnd: () => void;
}

/**
 * The results of a subscription. Unlike an async generator it ends at once when told to, also while it waits for an
 * event: `return` does not queue behind `next`. The source is told by its signal (through onEnd) and by `return`.
 */
export class EventStream<Result> implements AsyncGenerator<Result, void, undefined> {
  private isEnded = false;
  private release: (() => void) | undefined;

  constructor(private readonly options: EventStreamOptions<Result>) {
    if (options.signal.aborted) this.end();
    else options.signal.addEventListener('abort', this.end, { once: true });
  }

  next(): Promise<IteratorResult<Result, void>> {
    if (this.isEnded) return Promise.resolve({ value: undefined, done: true });
    // Not Promise.race with a promise that lives as long as the stream: that would keep something for each event.
    return new Promise((resolve, reject) => {
      this.release = () => resolve({ value: undefined, done: true });
      this.pull().then(resolve, reject);
    });
  }

  return(): Promise<IteratorResult<Result, void>> {
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  throw(error: unknown): Promise<IteratorResult<Result, void>> {
    this.end();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  private async pull(): Promise<IteratorResult<Result, void>> {
    try {
      const event = await this.options.source.next();
      if (event.done) {
        this.end();
        return { value: undefined, done: true };
      }
      return { value: await this.options.map(event.value), done: false };
    } catch (error) {
      const wasEnded = this.isEnded;
      this.release = undefined;
      this.end();
      // A source that fails because it was told to end has nothing to say.
      if (wasEnded) return { value: undefined, done: true };
      throw this.options.toError(error);
    }
  }

  private readonly end = (): void => {
    if (this.isEnded) return;
    this.isEnded = true;
    this.options.signal.removeEventListener('abort', this.end);
    this.options.onEnd();
    this.release?.();
    // Not awaited: a generator that waits for its next event cannot return before it has come.
    this.options.source.return?.().catch(() => undefined);
  };
}
