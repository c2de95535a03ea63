/** Why a buffer ended before it was closed by its producer. */
export class BufferOverflow extends Error {
  constructor(readonly capacity: number) {
    super(`a slow reader left more than ${capacity} items waiting`);
    this.name = 'BufferOverflow';
  }
}

/**
 * The one queue between a producer that must not wait and a consumer that may be slow.
 *
 * - Holds at most `capacity` items. The push that would exceed it drops what waits, ends the buffer, and makes the
 *   reader's next pull reject with BufferOverflow: a reader never misses an item silently.
 * - One reader. `return()` (leaving a for-await loop) closes it and calls `onClose` once.
 * - `close()` lets the reader drain what waits, then ends; `fail(error)` drops what waits and rejects.
 */
export class BoundedBuffer<T> implements AsyncIterableIterator<T> {
  private items: T[] = [];
  private head = 0;
  private waiting: { resolve: (result: IteratorResult<T>) => void; reject: (error: unknown) => void } | undefined;
  private ended: { error: unknown } | 'closed' | undefined;

  constructor(
    private readonly capacity: number,
    private onClose: () => void = () => undefined,
  ) {}

  get size(): number {
    return this.items.length - this.head;
  }

  get isEnded(): boolean {
    return this.ended !== undefined;
  }

  /** False when the buffer had ended or ends by this push. */
  push(item: T): boolean {
    if (this.ended) return false;
    if (this.waiting) {
      const { resolve } = this.waiting;
      this.waiting = undefined;
      resolve({ value: item, done: false });
      return true;
    }
    if (this.size >= this.capacity) {
      this.fail(new BufferOverflow(this.capacity));
      return false;
    }
    this.items.push(item);
    return true;
  }

  close(): void {
    this.end('closed');
    if (this.waiting && this.size === 0) this.settleWaiting();
  }

  fail(error: unknown): void {
    if (this.ended) return;
    this.items = [];
    this.head = 0;
    this.end({ error });
    if (this.waiting) this.settleWaiting();
  }

  next(): Promise<IteratorResult<T>> {
    if (this.size > 0) {
      const value = this.items[this.head] as T;
      this.head += 1;
      if (this.head > 1024 && this.head * 2 > this.items.length) {
        this.items = this.items.slice(this.head);
        this.head = 0;
      }
      return Promise.resolve({ value, done: false });
    }
    if (this.waiting) return Promise.reject(new Error('a BoundedBuffer has one reader at a time'));
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      if (this.ended) this.settleWaiting();
    });
  }

  return(): Promise<IteratorResult<T>> {
    this.items = [];
    this.head = 0;
    this.end('closed');
    if (this.waiting) this.settleWaiting();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private end(how: { error: unknown } | 'closed'): void {
    if (this.ended) return;
    this.ended = how;
    const onClose = this.onClose;
    this.onClose = () => undefined;
    onClose();
  }

  private settleWaiting(): void {
    const reader = this.waiting;
    this.waiting = undefined;
    if (!reader) return;
    if (this.ended !== 'closed' && this.ended) {
      const { error } = this.ended;
      this.ended = 'closed';
      reader.reject(error);
    } else {
      reader.resolve({ value: undefined, done: true });
    }
  }
}
