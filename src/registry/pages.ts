import type { ApiObject, ObjectRef } from '../api/meta';
import { compareRefs } from './keys';
import type { Cursor, ListCursors } from './list-cursors';
import type { ListOptions, ObjectPage, Snapshot } from './types';
import { printResourceVersion } from './versions';

/** Selects all: a page says so by this very function, so that no list is walked and copied to find out. */
export const everyObject = (): boolean => true;

export interface PageOptions<T extends ApiObject> extends Pick<ListOptions<T>, 'matches' | 'limit'> {
  /** Where the list was read. */
  readonly snapshot: Snapshot;
  readonly cursors: ListCursors;
  /** The page begins behind it; null: at the start. */
  readonly after: Cursor | null;
  /** Where in the list that is; for lists in another order than that of names. */
  readonly placeOf?: (matching: readonly T[], after: Cursor) => number;
}

/** One page of an ordered list. Its cursors are made when somebody looks at them. */
export function pageOf<T extends ApiObject>(ordered: readonly T[], options: PageOptions<T>): ObjectPage<T> {
  const { matches, limit, snapshot, after, placeOf = firstAfter } = options;
  const { revision } = snapshot;
  const matching = matches && matches !== everyObject ? ordered.filter(matches) : ordered;
  const start = after ? placeOf(matching, after) : 0;
  const items = matching.slice(start, start + limit);
  let cursors: readonly string[] | undefined;
  return {
    items,
    get cursors() {
      cursors ??= items.map(({ namespace, name }) => options.cursors.print({ revision, namespace, name }));
      return cursors;
    },
    hasNextPage: start + items.length < matching.length,
    hasPreviousPage: start > 0,
    totalCount: matching.length,
    resourceVersion: printResourceVersion(revision),
    snapshot,
  };
}

function firstAfter(ordered: readonly ObjectRef[], cursor: ObjectRef): number {
  let low = 0;
  let high = ordered.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const ref = ordered[middle];
    if (ref && compareRefs(ref, cursor) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
