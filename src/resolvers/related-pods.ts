import type { ClusterNode } from '../api/cluster-node';
import type { Pod } from '../api/pod';
import type { ReplicationController } from '../api/replication-controller';
import type { ListOptions } from '../registry/types';
import type { RequestContext } from './context';
import type { RelatedPodsArgs } from './inputs/list-args';
import { connectionFrom, pageSize, podPredicate } from './selection';
import type { Connection } from './types/connection';

export interface RelatedPods extends Required<Pick<ListOptions<Pod>, 'among'>> {
  /** Whose pods these are. */
  readonly of: ReplicationController | ClusterNode;
  readonly args: RelatedPodsArgs;
}

/**
 * A page of the pods of a controller or a node: the first at the moment of that object, cut from an index without a scan or a read
 * of the store; later ones at the version of the first (EXPIRED if that is gone).
 */
export async function relatedPods({ registries, loaders }: RequestContext, { of, among, args }: RelatedPods): Promise<Connection<Pod>> {
  const { snapshots } = loaders;
  const page = await registries.pods.list({
    among,
    matches: podPredicate(args.filter),
    selection: { of: [of.kind, of.uid], filter: args.filter },
    limit: pageSize(args.first),
    after: args.after,
    snapshot: () => snapshots.of(of),
  });
  return connectionFrom(page, snapshots);
}
