import type { Pod } from '../api/pod';
import { ApiError } from '../errors/api-error';
import type { Registries, Snapshot } from '../registry/types';
import type { PodFilter } from './inputs/pod';
import { connectionFrom, pageSize, podPredicate } from './selection';
import type { Connection } from './types/connection';

export interface RelatedPodsRequest {
  readonly snapshot: Snapshot;
  readonly registries: Registries;
  /** From an index of the snapshot; in no order. */
  readonly candidates: readonly Pod[];
  /** The same question to one pod, for a page that is read at an earlier version. */
  readonly isRelated: (pod: Pod) => boolean;
  readonly first: number | null | undefined;
  readonly after: string | null | undefined;
  readonly filter: PodFilter | null | undefined;
}

interface Cursor {
  readonly revision: number;
  readonly namespace: string;
  readonly name: string;
}

/** A page of the pods of a controller or a node. The first is cut from the request's snapshot: no scan, no store read. */
export async function relatedPods(request: RelatedPodsRequest): Promise<Connection<Pod>> {
  const { snapshot, first, filter } = request;
  const limit = pageSize(first);
  const fits = podPredicate(filter);
  const cursor = request.after == null ? null : decodeCursor(request.after);
  if (cursor && cursor.revision !== snapshot.revision) return pageOfThePast(request, cursor, limit);
  const all = request.candidates.filter(fits).sort(byNamespaceAndName);
  const start = cursor ? all.findIndex((pod) => compare(pod, cursor) > 0) : 0;
  const from = start < 0 ? all.length : start;
  const items = all.slice(from, from + limit);
  return connectionFrom({
    items,
    cursors: items.map((pod) => encodeCursor(pod, snapshot.revision)),
    hasNextPage: from + limit < all.length,
    hasPreviousPage: from > 0,
    totalCount: all.length,
    resourceVersion: String(snapshot.revision),
  });
}

/** Later pages stay at the version of the first one (EXPIRED if that is gone). */
async function pageOfThePast(request: RelatedPodsRequest, cursor: Cursor, limit: number): Promise<Connection<Pod>> {
  const fits = podPredicate(request.filter);
  const before = new Set<string>();
  const page = await request.registries.pods.list({
    at: String(cursor.revision),
    limit,
    matches: (pod) => {
      if (!request.isRelated(pod) || !fits(pod)) return false;
      if (compare(pod, cursor) > 0) return true;
      before.add(pod.uid);
      return false;
    },
  });
  return connectionFrom({
    ...page,
    cursors: page.items.map((pod) => encodeCursor(pod, cursor.revision)),
    hasPreviousPage: before.size > 0,
    totalCount: before.size + page.totalCount,
  });
}

function byNamespaceAndName(a: Pod, b: Pod): number {
  return compare(a, b);
}

/** Names are ASCII, so comparing text is comparing bytes. */
function compare(a: { namespace: string; name: string }, b: { namespace: string; name: string }): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.name === b.name ? 0 : a.name < b.name ? -1 : 1;
}

function encodeCursor(pod: Pod, revision: number): string {
  return Buffer.from(`${revision}/${pod.namespace}/${pod.name}`, 'utf8').toString('base64url');
}

function decodeCursor(text: string): Cursor {
  const match = /^([1-9]\d{0,15})\/([^/]+)\/([^/]+)$/.exec(Buffer.from(text, 'base64url').toString('utf8'));
  const [, revision, namespace, name] = match ?? [];
  if (revision !== undefined && namespace !== undefined && name !== undefined) return { revision: Number(revision), namespace, name };
  throw new ApiError('BAD_USER_INPUT', `after: ${JSON.stringify(text.slice(0, 100))} is no cursor of this list: give back the endCursor of its previous page.`);
}
