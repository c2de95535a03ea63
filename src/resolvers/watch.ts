import type { ApiObject } from '../api/meta';
import { linkAbort } from '../base/abort';
import type { StreamedChange } from '../registry/types';

/**
 * An error that ends a stream travels as its last item, which the resolver throws: the subscriber gets an error with its
 * code inside the operation, and nothing else on its connection is touched. (An iterator that rejects would close the socket.)
 */
export class StreamFailure {
  constructor(readonly error: unknown) {}
}

export type StreamItem<T> = T | StreamFailure;

/** The item, or the failure thrown. For the resolver of each event. */
export function unwrap<T>(item: StreamItem<T>): T {
  if (item instanceof StreamFailure) throw item.error;
  return item;
}

/**
 * Opens a source with a signal that aborts when the subscriber leaves (`return`) or `parent` aborts. Pull-based: nothing
 * is read ahead of the subscriber, so that the source's own bounded buffer is the only one.
 */
export function subscribeTo<In, Out>(
  open: (signal: AbortSignal) => AsyncIterable<In>,
  convert: (item: In) => Out,
  parent: AbortSignal,
): AsyncIterableIterator<StreamItem<Out>> {
  const link = linkAbort(parent);
  const source = open(link.signal)[Symbol.asyncIterator]();
  let over = false;
  const finish = (): IteratorResult<StreamItem<Out>> => {
    over = true;
    link.end();
    return { value: undefined, done: true };
  };
  return {
    async next() {
      if (over) return { value: undefined, done: true };
      try {
        const result = await source.next();
        return result.done ? finish() : { value: convert(result.value), done: false };
      } catch (error) {
        const aborted = link.signal.aborted;
        finish();
        return aborted ? { value: undefined, done: true } : { value: new StreamFailure(error), done: false };
      }
    },
    async return() {
      const result = finish();
      await source.return?.();
      return result;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The payload of podChanges and its like: the object under its kind's own name. */
export function changeAs<Field extends string>(field: Field) {
  return <T extends ApiObject>({ type, object, resourceVersion }: StreamedChange<T>) =>
    ({ type, resourceVersion, [field]: object }) as { readonly type: StreamedChange<T>['type']; readonly resourceVersion: string } & {
      readonly [F in Field]: T | null;
    };
}
