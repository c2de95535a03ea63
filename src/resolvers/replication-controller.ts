import type { SubscribeResolverData } from 'type-graphql';
import { Arg, Args, Authorized, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { Pod } from '../api/pod';
import type * as api from '../api/replication-controller';
import type { Snapshot } from '../registry/types';
import type { Role } from './authorisation';
import type { RequestContext } from './context';
import { countsFor } from './counts';
import { RefArgs, RelatedPodsArgs, ReplicationControllerChangesArgs, ReplicationControllersArgs } from './inputs/list-args';
import {
  CreateReplicationControllerInput,
  DeleteReplicationControllerInput,
  ScaleReplicationControllerInput,
  UpdateReplicationControllerInput,
} from './inputs/replication-controller';
import type { Loaders } from './loaders';
import { deleteOptions, refOf, writeOptions } from './precondition';
import { relatedPods } from './related-pods';
import { updatedController } from './replication-controller-changes';
import { allOf, chosenLabels, connectionFrom, labelPredicate, pageSize, refPredicate } from './selection';
import { ReplicationControllerChange } from './types/change';
import type { Connection } from './types/connection';
import { PodConnection, ReplicationControllerConnection } from './types/connection';
import type { ReplicationControllerPayload } from './types/payload';
import {
  CreateReplicationControllerPayload,
  DeleteReplicationControllerPayload,
  ScaleReplicationControllerPayload,
  UpdateReplicationControllerPayload,
} from './types/payload';
import { ReplicationController } from './types/replication-controller';
import type { StreamItem } from './watch';
import { changeAs, subscribeTo, unwrap } from './watch';

const unlisted = 'Null, with an error on this field, if the pods cannot be listed: never a false 0.';

@Resolver(() => ReplicationController)
export class ReplicationControllerResolver {
  @Authorized<Role>('VIEW')
  @Query(() => ReplicationController, { nullable: true, description: 'One replication controller. Null and NOT_FOUND if there is none of that name.' })
  replicationController(@Args(() => RefArgs) ref: RefArgs, @Ctx() { registries }: RequestContext): Promise<api.ReplicationController> {
    return registries.replicationControllers.get(ref);
  }

  @Authorized<Role>('VIEW')
  @Query(() => ReplicationControllerConnection, { description: 'Replication controllers, ordered by namespace and name.' })
  async replicationControllers(
    @Args(() => ReplicationControllersArgs) args: ReplicationControllersArgs,
    @Ctx() { registries, loaders: { snapshots } }: RequestContext,
  ): Promise<Connection<api.ReplicationController>> {
    const { namespace, at, after } = args;
    const { matches, text } = chosenLabels(args.labelSelector);
    const page = await registries.replicationControllers.list({
      namespace,
      matches,
      selection: { labels: text },
      at,
      after,
      limit: pageSize(args.first),
      snapshot: () => snapshots.present(),
    });
    return connectionFrom(page, snapshots);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: `Pods that match the selector now, are neither finished nor being deleted, and belong to no other controller. ${unlisted}`,
  })
  currentReplicas(@Root() controller: api.ReplicationController, @Ctx() { loaders }: RequestContext): Promise<number> {
    return loaders.podsOf(controller).then(({ counts }) => counts.current);
  }

  @FieldResolver(() => Int, { nullable: true, description: `Those of currentReplicas that are ready. ${unlisted}` })
  readyReplicas(@Root() controller: api.ReplicationController, @Ctx() { loaders }: RequestContext): Promise<number> {
    return loaders.podsOf(controller).then(({ counts }) => counts.ready);
  }

  @FieldResolver(() => Int, { nullable: true, description: `Those of readyReplicas that have been ready for spec.minReadySeconds. ${unlisted}` })
  availableReplicas(@Root() controller: api.ReplicationController, @Ctx() { loaders }: RequestContext): Promise<number> {
    return loaders.podsOf(controller).then(({ counts }) => counts.available);
  }

  @FieldResolver(() => Int, { nullable: true, description: `Pods that match the selector, still run and are being deleted. ${unlisted}` })
  terminatingReplicas(@Root() controller: api.ReplicationController, @Ctx() { loaders }: RequestContext): Promise<number> {
    return loaders.podsOf(controller).then(({ counts }) => counts.terminating);
  }

  @FieldResolver(() => PodConnection, { description: 'The pods that match its selector and belong to no other controller, finished ones included.' })
  pods(
    @Root() controller: api.ReplicationController,
    @Args(() => RelatedPodsArgs) args: RelatedPodsArgs,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Pod>> {
    return relatedPods(context, { of: controller, among: (snapshot) => podsIn(snapshot, controller, context.loaders), args });
  }

  @Authorized<Role>('EDIT')
  @Mutation(() => CreateReplicationControllerPayload, { description: 'Creates a replication controller, which then creates its pods.' })
  async createReplicationController(
    @Arg('input', () => CreateReplicationControllerInput, { description: 'The replication controller.' }) input: CreateReplicationControllerInput,
    @Ctx() context: RequestContext,
  ): Promise<ReplicationControllerPayload> {
    const { name = null, generateName = null, namespace, uid, labels, annotations, spec, dryRun } = input;
    const draft = { name, generateName, namespace, uid, labels: labels ?? {}, annotations: annotations ?? {}, spec };
    return payload(context, await context.registries.replicationControllers.create(draft, { dryRun }));
  }

  @Authorized<Role>('EDIT')
  @Mutation(() => UpdateReplicationControllerPayload, {
    description: 'Changes a replication controller. Its pods stay as they are: delete them and their successors follow the new template.',
  })
  async updateReplicationController(
    @Arg('input', () => UpdateReplicationControllerInput, { description: 'The change.' }) input: UpdateReplicationControllerInput,
    @Ctx() context: RequestContext,
  ): Promise<ReplicationControllerPayload> {
    const change = (current: api.ReplicationController) => updatedController(current, input);
    return payload(context, await context.registries.replicationControllers.update(refOf(input), change, writeOptions(input)));
  }

  @Authorized<Role>('EDIT')
  @Mutation(() => ScaleReplicationControllerPayload, { description: 'Sets how many pods there shall be.' })
  async scaleReplicationController(
    @Arg('input', () => ScaleReplicationControllerInput, { description: 'The controller and the number.' }) input: ScaleReplicationControllerInput,
    @Ctx() context: RequestContext,
  ): Promise<ReplicationControllerPayload> {
    const change = (current: api.ReplicationController) => ({ ...current, spec: { ...current.spec, replicas: input.replicas } });
    return payload(context, await context.registries.replicationControllers.update(refOf(input), change, writeOptions(input)));
  }

  @Authorized<Role>('EDIT')
  @Mutation(() => DeleteReplicationControllerPayload, { description: 'Deletes a replication controller, and its pods unless cascade is ORPHAN.' })
  async deleteReplicationController(
    @Arg('input', () => DeleteReplicationControllerInput, { description: 'The controller, and what becomes of its pods.' }) input: DeleteReplicationControllerInput,
    @Ctx() context: RequestContext,
  ): Promise<ReplicationControllerPayload> {
    const deleted = await context.registries.replicationControllers.deleteWithCascade(refOf(input), input.cascade, deleteOptions(input));
    return payload(context, deleted);
  }

  @Authorized<Role>('VIEW')
  @Subscription(() => ReplicationControllerChange, {
    description:
      'Changes of replication controllers as they happen; a change of what their counts say is a MODIFIED. First a snapshot and BOOKMARK; with since, exactly the changes after it.',
    subscribe({ args, context }: SubscribeResolverData<unknown, ReplicationControllerChangesArgs, RequestContext>) {
      const matches = allOf<api.ReplicationController>(refPredicate(args), labelPredicate(args.labelSelector));
      const { streams } = context.registries;
      const open = (signal: AbortSignal) => streams.replicationControllers({ since: args.since, matches, signal });
      return subscribeTo(open, changeAs('replicationController'), context.signal);
    },
  })
  replicationControllerChanges(
    @Root() item: StreamItem<ReplicationControllerChange>,
    @Args(() => ReplicationControllerChangesArgs) _args: ReplicationControllerChangesArgs,
    @Ctx() { loaders }: RequestContext,
  ): ReplicationControllerChange {
    loaders.forget();
    return unwrap(item);
  }
}

/** A later page is made by the selector that its first page was made by. */
async function podsIn(snapshot: Snapshot, controller: api.ReplicationController, loaders: Loaders): Promise<readonly Pod[]> {
  const { snapshots } = loaders;
  const isOwn = snapshot === (await snapshots.of(controller));
  const then = isOwn ? controller : snapshots.handOut(snapshot.replicationControllers.byUid(controller.uid) ?? controller, snapshot);
  const { matching } = await loaders.podsOf(then);
  return matching.filter((pod) => countsFor(then, pod));
}

/** What is read after the write must not come from before it. */
function payload({ loaders }: RequestContext, replicationController: api.ReplicationController): ReplicationControllerPayload {
  loaders.forget();
  return { replicationController };
}
