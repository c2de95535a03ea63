import type { ApiObject } from '../../src/api/meta';
import type { StreamedChange } from '../../src/registry';

/** Reads one change stream step by step. */
export class StreamReader<T extends ApiObject> {
  private readonly iterator: AsyncIterator<StreamedChange<T>>;

  constructor(stream: AsyncIterable<StreamedChange<T>>) {
    this.iterator = stream[Symbol.asyncIterator]();
  }

  async next(): Promise<StreamedChange<T>> {
    const { value, done } = await this.iterator.next();
    if (done) throw new Error('the stream ended');
    return value;
  }

  /** Null: it ended. */
  async nextOrEnd(): Promise<StreamedChange<T> | null> {
    const { value, done } = await this.iterator.next();
    return done ? null : value;
  }

  async take(count: number): Promise<StreamedChange<T>[]> {
    const changes: StreamedChange<T>[] = [];
    while (changes.length < count) changes.push(await this.next());
    return changes;
  }

  /** Up to and with the first of this type. */
  async until(type: StreamedChange<T>['type']): Promise<StreamedChange<T>[]> {
    const changes: StreamedChange<T>[] = [];
    do changes.push(await this.next());
    while (changes.at(-1)?.type !== type);
    return changes;
  }

  async leave(): Promise<void> {
    await this.iterator.return?.();
  }
}

/** "ADDED web", "BOOKMARK" */
export function shown<T extends ApiObject>({ type, object }: StreamedChange<T>): string {
  return object ? `${type} ${object.name}` : type;
}
