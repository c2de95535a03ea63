import type { SubscribeResolverData } from 'type-graphql';
import { Arg, Args, Authorized, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import type * as api from '../api/pod';
import type { ClusterNode as ApiClusterNode } from '../api/cluster-node';
import { kinds } from '../api/kinds';
import type { ObjectRef } from '../api/meta';
import { controllerOf } from '../api/meta';
import { isReady, restartCountOf } from '../api/pod';
import { qosClassOf } from '../api/qos';
import type { ReplicationController as ApiReplicationController } from '../api/replication-controller';
import { ApiError } from '../errors/api-error';
import { notFound, subjectOf } from '../registry/object-errors';
import { hasRole, hasSight, requireSight } from './authorisation';
import type { Role } from './authorisation';
import type { RequestContext } from './context';
import { PodChangesArgs, PodsArgs, RefArgs } from './inputs/list-args';
import { BindPodInput, CreatePodInput, DeletePodInput, UpdatePodInput } from './inputs/pod';
import { updatedPod } from './pod-changes';
import { deleteOptions, refOf, writeOptions } from './precondition';
import { allOf, chosenLabels, connectionFrom, labelPredicate, pageSize, podPredicate, refPredicate } from './selection';
import { PodChange } from './types/change';
import { ClusterNode } from './types/cluster-node';
import type { Connection } from './types/connection';
import { PodConnection } from './types/connection';
import type { PodPayload } from './types/payload';
import { BindPodPayload, CreatePodPayload, DeletePodPayload, UpdatePodPayload } from './types/payload';
import { Pod } from './types/pod';
import { PodStatus } from './types/pod-status';
import { ReplicationController } from './types/replication-controller';
import type { StreamItem } from './watch';
import { changeAs, subscribeTo, unwrap } from './watch';

@Resolver(() => Pod)
export class PodResolver {
  @Authorized<Role>('VIEW', 'NODE')
  @Query(() => Pod, { nullable: true, description: 'One pod. Null and NOT_FOUND if there is none of that name; to a kubelet also if it is not of its node.' })
  async pod(@Args(() => RefArgs) ref: RefArgs, @Ctx() context: RequestContext): Promise<api.Pod> {
    requireSight(context.caller, context.caller?.nodeName ?? null, 'pod');
    return seenPod(context, ref);
  }

  @Authorized<Role>('VIEW', 'NODE')
  @Query(() => PodConnection, { description: 'Pods, ordered by namespace and name.' })
  async pods(@Args(() => PodsArgs) args: PodsArgs, @Ctx() { caller, registries, loaders: { snapshots } }: RequestContext): Promise<Connection<api.Pod>> {
    requireSight(caller, args.filter?.nodeName ?? null, 'pods');
    const { namespace, at, after } = args;
    const labels = chosenLabels(args.labelSelector);
    const page = await registries.pods.list({
      namespace,
      matches: allOf<api.Pod>(labels.matches, podPredicate(args.filter)),
      selection: { labels: labels.text, filter: args.filter },
      at,
      after,
      limit: pageSize(args.first),
      snapshot: () => snapshots.present(),
    });
    return connectionFrom(page, snapshots);
  }

  /** With what is computed from spec only if the query asks for it. */
  @FieldResolver(() => PodStatus)
  status(@Root() pod: api.Pod): api.PodStatus & { qosClass(): api.PodQOSClass } {
    return { ...pod.status, qosClass: () => qosClassOf(pod.spec) };
  }

  @FieldResolver(() => Boolean, { description: 'Whether all its containers run and are ready.' })
  ready(@Root() pod: api.Pod): boolean {
    return isReady(pod);
  }

  @FieldResolver(() => Int, { description: 'How often its containers were started again, all together.' })
  restartCount(@Root() pod: api.Pod): number {
    return restartCountOf(pod);
  }

  @FieldResolver(() => ClusterNode, { nullable: true, description: 'The node it is bound to; null if it is bound to none, or the node is gone.' })
  async clusterNode(@Root() pod: api.Pod, @Ctx() { loaders: { snapshots } }: RequestContext): Promise<ApiClusterNode | null> {
    if (pod.spec.nodeName === null) return null;
    const snapshot = await snapshots.of(pod);
    const node = snapshot.clusterNodes.get(null, pod.spec.nodeName);
    return node ? snapshots.handOut(node, snapshot) : null;
  }

  @Authorized<Role>('VIEW')
  @FieldResolver(() => ReplicationController, { nullable: true, description: 'The replication controller that manages it; null if none does.' })
  async owner(@Root() pod: api.Pod, @Ctx() { loaders: { snapshots } }: RequestContext): Promise<ApiReplicationController | null> {
    const owner = controllerOf(pod);
    if (owner?.kind !== 'ReplicationController') return null;
    const snapshot = await snapshots.of(pod);
    const controller = snapshot.replicationControllers.byUid(owner.uid);
    return controller ? snapshots.handOut(controller, snapshot) : null;
  }

  @Authorized<Role>('EDIT')
  @Mutation(() => CreatePodPayload, { description: 'Creates a pod. The scheduler gives it a node, and the kubelet there runs it.' })
  async createPod(@Arg('input', () => CreatePodInput, { description: 'The pod.' }) input: CreatePodInput, @Ctx() context: RequestContext): Promise<PodPayload> {
    const { name = null, generateName = null, namespace, uid, labels, annotations, spec, dryRun } = input;
    const draft = { name, generateName, namespace, uid, labels: labels ?? {}, annotations: annotations ?? {}, spec };
    return payload(context, await context.registries.pods.create(draft, { dryRun }));
  }

  @Authorized<Role>('EDIT')
  @Mutation(() => UpdatePodPayload, { description: 'Changes labels, annotations, images or the deadline of a pod. Nothing else of it can change.' })
  async updatePod(@Arg('input', () => UpdatePodInput, { description: 'The change.' }) input: UpdatePodInput, @Ctx() context: RequestContext): Promise<PodPayload> {
    const change = (current: api.Pod): api.Pod => updatedPod(current, input);
    return payload(context, await context.registries.pods.update(refOf(input), change, writeOptions(input)));
  }

  @Authorized<Role>('EDIT', 'NODE')
  @Mutation(() => DeletePodPayload, {
    description: 'Deletes a pod: its containers are asked to end and the object goes once they have. A kubelet may delete pods of its own node; others are NOT_FOUND to it.',
  })
  async deletePod(@Arg('input', () => DeletePodInput, { description: 'The pod, and how.' }) input: DeletePodInput, @Ctx() context: RequestContext): Promise<PodPayload> {
    const options = deleteOptions(input);
    const uid = await uidIfOwn(context, input);
    return payload(context, await context.registries.pods.delete(refOf(input), { ...options, preconditions: { ...options.preconditions, uid } }));
  }

  @Authorized<Role>('EDIT')
  @Mutation(() => BindPodPayload, {
    description:
      'Gives a pod its node, once. The scheduler does this by itself. NOT_FOUND if there is no such node; CONFLICT if the pod has another, has finished or is being deleted, or if the node is cordoned.',
  })
  async bindPod(@Arg('input', () => BindPodInput, { description: 'The pod and the node.' }) input: BindPodInput, @Ctx() context: RequestContext): Promise<PodPayload> {
    return payload(context, await context.registries.pods.bind(refOf(input), input.nodeName, writeOptions(input)));
  }

  @Authorized<Role>('VIEW', 'NODE')
  @Subscription(() => PodChange, {
    description:
      'Changes of pods as they happen. First an ADDED for each pod that matches, then BOOKMARK, then changes; with since, exactly the changes after it.',
    subscribe({ args, context }: SubscribeResolverData<unknown, PodChangesArgs, RequestContext>) {
      requireSight(context.caller, args.filter?.nodeName ?? null, 'podChanges');
      const matches = allOf<api.Pod>(refPredicate(args), labelPredicate(args.labelSelector), podPredicate(args.filter));
      const { streams } = context.registries;
      return subscribeTo((signal) => streams.pods({ since: args.since, matches, signal }), changeAs('pod'), context.signal);
    },
  })
  podChanges(@Root() item: StreamItem<PodChange>, @Args(() => PodChangesArgs) _args: PodChangesArgs, @Ctx() { loaders }: RequestContext): PodChange {
    loaders.forget();
    return unwrap(item);
  }
}

/** What is read after the write must not come from before it. */
function payload({ loaders }: RequestContext, pod: api.Pod): PodPayload {
  loaders.forget();
  return { pod };
}

/** NOT_FOUND also for what the caller may not see: whether a pod of another node exists is not for a kubelet to know. */
async function seenPod({ caller, registries }: RequestContext, ref: ObjectRef): Promise<api.Pod> {
  const pod = await registries.pods.get(ref);
  if (caller && hasSight(caller, pod.spec.nodeName)) return pod;
  throw notFound(subjectOf(kinds.Pod, 'get', ref));
}

/** A caller that is only a kubelet deletes only what is bound to its node: the uid pins the pod that was looked at. */
async function uidIfOwn(context: RequestContext, input: DeletePodInput): Promise<string | null | undefined> {
  const { caller } = context;
  if (!caller || hasRole(caller, 'EDIT')) return input.uid;
  const pod = caller.nodeName === null ? null : await seenPod(context, refOf(input));
  if (pod && pod.spec.nodeName === caller.nodeName) return input.uid ?? pod.uid;
  const bound = caller.nodeName === null ? 'a node of its own, and has none' : `node ${caller.nodeName}`;
  throw new ApiError('FORBIDDEN', `deletePod needs the role EDIT: ${caller.name} may only delete pods of ${bound}.`, { outcome: 'notApplied' });
}
