import type { ApiObject, ObjectRef } from '../api/meta';
import { ApiError } from '../errors/api-error';
import { compareRefs } from './keys';
import type { Revision } from './store/store';
import type { ListOptions, ObjectPage, Snapshot } from './types';
import { printResourceVersion } from './versions';

/** Where a page ends: the revision of its list, and the object it ends with. */
export interface Cursor extends ObjectRef {
  readonly revision: Revision;
}

export function printCursor({ revision, namespace, name }: Cursor): string {
  return Buffer.from(JSON.stringify([revision, namespace, name])).toString('base64url');
}

/** BAD_USER_INPUT for what printCursor did not make. */
export function parseCursor(text: string): Cursor {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    parsed = null;
  }
  const [revision, namespace, name]: unknown[] = Array.isArray(parsed) ? parsed : [];
  if (typeof revision === 'number' && Number.isSafeInteger(revision) && revision > 0 && typeof name === 'string') {
    if (namespace === null || typeof namespace === 'string') return { revision, namespace, name };
  }
  throw new ApiError('BAD_USER_INPUT', `after: ${JSON.stringify(text.slice(0, 40))} is not a cursor; give back one that a page of this list contained`);
}

/** Selects all: a page says so by this very function, so that no list is walked and copied to find out. */
export const everyObject = (): boolean => true;

/** One page of an ordered list that was read from this snapshot. Its cursors are made when somebody looks at them. */
export function pageOf<T extends ApiObject>(ordered: readonly T[], snapshot: Snapshot, options: Pick<ListOptions<T>, 'matches' | 'limit' | 'after'>): ObjectPage<T> {
  const { revision } = snapshot;
  const { matches, limit } = options;
  const matching = matches && matches !== everyObject ? ordered.filter(matches) : ordered;
  const start = options.after ? firstAfter(matching, parseCursor(options.after)) : 0;
  const items = matching.slice(start, start + limit);
  let cursors: readonly string[] | undefined;
  return {
    items,
    get cursors() {
      cursors ??= items.map(({ namespace, name }) => printCursor({ revision, namespace, name }));
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
