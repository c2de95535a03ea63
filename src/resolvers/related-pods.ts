import type { Pod } from '../api/pod';
import { compareRefs } from '../registry/keys';
import { pageOf, parseCursor } from '../registry/pages';
import type { Registries, Snapshot } from '../registry/types';
import type { RelatedPodsArgs } from './inputs/list-args';
import { allOf, connectionFrom, pageSize, podPredicate } from './selection';
import type { Connection } from './types/connection';

export interface RelatedPodsRequest {
  readonly snapshot: Snapshot;
  readonly registries: Registries;
  /** From an index of the snapshot; in no order. */
  readonly candidates: readonly Pod[];
  /** The same question to one pod, for a page that is read at an earlier version. */
  readonly isRelated: (pod: Pod) => boolean;
  readonly args: RelatedPodsArgs;
}

/**
 * A page of the pods of a controller or a node. The first is cut from the request's snapshot: no scan, no store read.
 * Later pages stay at the version of the first (EXPIRED if that is gone).
 */
export async function relatedPods({ snapshot, registries, candidates, isRelated, args }: RelatedPodsRequest): Promise<Connection<Pod>> {
  const { after } = args;
  const limit = pageSize(args.first);
  const fits = podPredicate(args.filter);
  if (after && parseCursor(after).revision !== snapshot.revision) {
    return connectionFrom(await registries.pods.list({ matches: allOf(isRelated, fits), limit, after }));
  }
  return connectionFrom(pageOf([...candidates].sort(compareRefs), snapshot.revision, { matches: fits, limit, after }));
}
