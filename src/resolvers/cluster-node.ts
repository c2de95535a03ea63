import type { SubscribeResolverData } from 'type-graphql';
import { Arg, Args, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import type * as api from '../api/cluster-node';
import { isNodeReady } from '../api/cluster-node';
import type { Condition as ApiCondition } from '../api/meta';
import type { Pod, ResourceList as ApiResourceList } from '../api/pod';
import type { Taint as ApiTaint } from '../api/taints';
import type { Role } from './authorisation';
import { requireSight } from './authorisation';
import type { RequestContext } from './context';
import type { DrainProgress } from './drain';
import { drainProgress } from './drain';
import { CordonClusterNodeInput, DeleteClusterNodeInput, DrainClusterNodeInput, TaintClusterNodeInput } from './inputs/cluster-node';
import { ClusterNodeChangesArgs, ClusterNodesArgs, RelatedPodsArgs } from './inputs/list-args';
import { refOf, writeOptions } from './precondition';
import { relatedPods } from './related-pods';
import { requestedBy } from './requested';
import { DateTime } from './scalars';
import { chosenLabels, connectionFrom, pageSize, refPredicate } from './selection';
import { ClusterNodeChange } from './types/change';
import { ClusterNode, ClusterNodeInfo } from './types/cluster-node';
import type { Connection } from './types/connection';
import { ClusterNodeConnection, PodConnection } from './types/connection';
import type { ClusterNodePayload } from './types/payload';
import { CordonClusterNodePayload, DeleteClusterNodePayload, DrainClusterNodePayload, TaintClusterNodePayload } from './types/payload';
import { ClusterNodeDrain } from './types/drain';
import { Condition } from './types/resource';
import { ResourceList } from './types/resource-list';
import { Taint } from './types/taint';
import type { StreamItem } from './watch';
import { changeAs, subscribeTo, unwrap } from './watch';

@Resolver(() => ClusterNode)
export class ClusterNodeResolver {
  @Authorized<Role>('VIEW', 'NODE')
  @Query(() => ClusterNode, { nullable: true, description: 'One node. Null and NOT_FOUND if there is none of that name.' })
  async clusterNode(
    @Arg('name', () => String, { description: 'The name of the node.' }) name: string,
    @Ctx() { caller, registries }: RequestContext,
  ): Promise<api.ClusterNode> {
    requireSight(caller, name, 'clusterNode');
    return registries.clusterNodes.get({ namespace: null, name });
  }

  @Authorized<Role>('VIEW')
  @Query(() => ClusterNodeConnection, { description: 'Nodes, ordered by name.' })
  async clusterNodes(@Args(() => ClusterNodesArgs) args: ClusterNodesArgs, @Ctx() { registries, loaders: { snapshots } }: RequestContext): Promise<Connection<api.ClusterNode>> {
    const { matches, text } = chosenLabels(args.labelSelector);
    const page = await registries.clusterNodes.list({
      matches,
      selection: { labels: text },
      after: args.after,
      limit: pageSize(args.first),
      snapshot: () => snapshots.present(),
    });
    return connectionFrom(page, snapshots);
  }

  @FieldResolver(() => Boolean, { description: 'Whether the scheduler gives it no new pods (cordoned).' })
  unschedulable(@Root() node: api.ClusterNode): boolean {
    return node.spec.unschedulable;
  }

  @FieldResolver(() => [Taint], { description: 'What keeps pods off it that do not tolerate it.' })
  taints(@Root() node: api.ClusterNode): readonly ApiTaint[] {
    return node.spec.taints;
  }

  @FieldResolver(() => ClusterNodeDrain, { nullable: true, description: 'How far its drain is; null if nobody asked for one. Computed when asked, from the pods.' })
  async drain(@Root() node: api.ClusterNode, @Ctx() { loaders: { snapshots }, clock }: RequestContext): Promise<DrainProgress | null> {
    if (node.spec.drain === null) return null;
    const snapshot = await snapshots.of(node);
    const progress = drainProgress(node, snapshot, clock.now());
    return progress && { ...progress, blockedBy: progress.blockedBy.map((block) => ({ ...block, pod: snapshots.handOut(block.pod, snapshot) })) };
  }

  @FieldResolver(() => Boolean, { description: 'Whether its kubelet says it is ready and gives signs of life.' })
  ready(@Root() node: api.ClusterNode): boolean {
    return isNodeReady(node);
  }

  @FieldResolver(() => DateTime, { nullable: true, description: 'When its kubelet last gave a sign of life; null if its lease has run out.' })
  lastHeartbeatAt(@Root() node: api.ClusterNode, @Ctx() { loaders }: RequestContext): Promise<Date | null> {
    return loaders.lastHeartbeat(node.name);
  }

  @FieldResolver(() => ResourceList, { description: 'What it has.' })
  capacity(@Root() node: api.ClusterNode): ApiResourceList {
    return node.status.capacity;
  }

  @FieldResolver(() => ResourceList, { description: 'What pods may use of it.' })
  allocatable(@Root() node: api.ClusterNode): ApiResourceList {
    return node.status.allocatable;
  }

  @FieldResolver(() => ResourceList, { description: 'What the pods bound to it ask for together, and how many they are; finished pods left out.' })
  async requested(@Root() node: api.ClusterNode, @Ctx() { loaders }: RequestContext): Promise<ApiResourceList> {
    return requestedBy((await loaders.snapshots.of(node)).pods.byNode(node.name));
  }

  @FieldResolver(() => ClusterNodeInfo, { description: 'Operating system, architecture, runtime and kubelet.' })
  info(@Root() node: api.ClusterNode): api.ClusterNodeInfo {
    return node.status.info;
  }

  @FieldResolver(() => [Condition], { description: 'Statements about it; Ready among them.' })
  conditions(@Root() node: api.ClusterNode): readonly ApiCondition[] {
    return node.status.conditions;
  }

  @FieldResolver(() => String, { description: 'The address other machines reach it at.' })
  address(@Root() node: api.ClusterNode): string {
    return node.status.address;
  }

  @FieldResolver(() => PodConnection, { description: 'The pods bound to it, finished ones included.' })
  pods(@Root() node: api.ClusterNode, @Args(() => RelatedPodsArgs) args: RelatedPodsArgs, @Ctx() context: RequestContext): Promise<Connection<Pod>> {
    return relatedPods(context, { of: node, among: ({ pods }) => pods.byNode(node.name), args });
  }

  @Authorized<Role>('ADMIN')
  @Mutation(() => CordonClusterNodePayload, { description: 'Says whether the scheduler may give new pods to a node. Pods that are there stay; a drain is called off when it may.' })
  async cordonClusterNode(
    @Arg('input', () => CordonClusterNodeInput, { description: 'The node, and whether.' }) input: CordonClusterNodeInput,
    @Ctx() { registries, loaders }: RequestContext,
  ): Promise<ClusterNodePayload> {
    const clusterNode = await registries.clusterNodes.cordon(refOf(input), input.unschedulable, writeOptions(input));
    loaders.forget();
    return { clusterNode };
  }

  @Authorized<Role>('ADMIN')
  @Mutation(() => TaintClusterNodePayload, { description: 'Replaces the taints of a node. With NO_EXECUTE, pods that do not tolerate it are evicted.' })
  async taintClusterNode(
    @Arg('input', () => TaintClusterNodeInput, { description: 'The node, and its taints.' }) input: TaintClusterNodeInput,
    @Ctx() { registries, loaders }: RequestContext,
  ): Promise<ClusterNodePayload> {
    const clusterNode = await registries.clusterNodes.taint(refOf(input), input.taints, writeOptions(input));
    loaders.forget();
    return { clusterNode };
  }

  @Authorized<Role>('ADMIN')
  @Mutation(() => DrainClusterNodePayload, {
    description:
      'Cordons a node and has its pods leave, as few of a replication controller at a time as asked; they are replaced on other nodes. The field drain of the node says how far it is. cordonClusterNode with unschedulable: false calls it off.',
  })
  async drainClusterNode(
    @Arg('input', () => DrainClusterNodeInput, { description: 'The node, and how.' }) input: DrainClusterNodeInput,
    @Ctx() { registries, loaders }: RequestContext,
  ): Promise<ClusterNodePayload> {
    const clusterNode = await registries.clusterNodes.drain(refOf(input), input, writeOptions(input));
    loaders.forget();
    return { clusterNode };
  }

  @Authorized<Role>('ADMIN')
  @Mutation(() => DeleteClusterNodePayload, {
    description:
      'Forgets a node that does not come back. Its pods that were being deleted go at once, those that ran there after 40 s. A kubelet that runs registers its node again.',
  })
  async deleteClusterNode(
    @Arg('input', () => DeleteClusterNodeInput, { description: 'The node.' }) input: DeleteClusterNodeInput,
    @Ctx() { registries, loaders }: RequestContext,
  ): Promise<ClusterNodePayload> {
    const clusterNode = await registries.clusterNodes.delete(refOf(input), writeOptions(input));
    loaders.forget();
    return { clusterNode };
  }

  @Authorized<Role>('VIEW')
  @Subscription(() => ClusterNodeChange, {
    description: 'Changes of nodes as they happen. First a snapshot and BOOKMARK; with since, exactly the changes after it. Heartbeats are no changes.',
    subscribe({ args, context }: SubscribeResolverData<unknown, ClusterNodeChangesArgs, RequestContext>) {
      const { streams } = context.registries;
      const open = (signal: AbortSignal) => streams.clusterNodes({ since: args.since, matches: refPredicate(args), signal });
      return subscribeTo(open, changeAs('clusterNode'), context.signal);
    },
  })
  clusterNodeChanges(
    @Root() item: StreamItem<ClusterNodeChange>,
    @Args(() => ClusterNodeChangesArgs) _args: ClusterNodeChangesArgs,
    @Ctx() { loaders }: RequestContext,
  ): ClusterNodeChange {
    loaders.forget();
    return unwrap(item);
  }
}
