import { Arg, Authorized, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type * as api from '../api/node-fit';
import { rejectedNodes } from '../api/node-fit';
import { isActive } from '../api/pod';
import type { Pod as ApiPod } from '../api/pod';
import type { Role } from './authorisation';
import type { RequestContext } from './context';
import { pageSize } from './selection';
import { NodeRejection } from './types/node-rejection';
import { Pod } from './types/pod';

/** The scheduler's own question, asked again of the nodes as they are: nothing of the answer is stored. */
@Resolver(() => Pod)
export class RejectedNodesResolver {
  /** It tells of all nodes, so it is not for kubelets, who do not see a pod without a node anyway. */
  @Authorized<Role>('VIEW')
  @FieldResolver(() => [NodeRejection], {
    description: 'While it waits for a node: the nodes that cannot run it, by name, each with the reason. Empty once it is bound, has finished or is being deleted. Computed when asked.',
  })
  async rejectedNodes(
    @Root() pod: ApiPod,
    @Ctx() { loaders }: RequestContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 100, description: 'How many nodes at most, from 1 to 1000.' }) first?: number | null,
  ): Promise<readonly api.NodeRejection[]> {
    const most = pageSize(first);
    if (pod.spec.nodeName !== null || !isActive(pod)) return [];
    return rejectedNodes(pod, loaders.roomsIn(await loaders.snapshots.of(pod)), most);
  }
}
