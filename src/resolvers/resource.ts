import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { Event } from '../api/event';
import { eventsIn, involvedIn, isTold, logUidOf } from '../api/event';
import type { KindTypes, ResourceKind } from '../api/kinds';
import { kinds } from '../api/kinds';
import { ApiError } from '../errors/api-error';
import { printManifest } from '../registry/manifest/print';
import { listerOf } from '../registry/snapshots';
import type { Snapshot } from '../registry/types';
import type { Role } from './authorisation';
import type { RequestContext } from './context';
import { ResourceEventsArgs } from './inputs/event';
import { decodeNodeId, encodeNodeId } from './node-id';
import { connectionFrom, pageSize } from './selection';
import type { Connection } from './types/connection';
import { EventConnection } from './types/event';
import { Node, Resource } from './types/resource';

type AnyResource = KindTypes[ResourceKind];

@Resolver(() => Node)
export class NodeResolver {
  @FieldResolver(() => ID, { description: 'Opaque, and the same for the whole life of the object: node(id:) finds it by this.' })
  id(@Root() object: AnyResource | Event): string {
    return encodeNodeId(object);
  }

  @Authorized<Role>('VIEW')
  @Query(() => Node, { nullable: true, description: 'The object with this id, of whatever kind. Null and NOT_FOUND if it is gone.' })
  async node(
    @Arg('id', () => ID, { description: 'The id that an answer of this server contained.' }) id: string,
    @Ctx() { loaders, clock }: RequestContext,
  ): Promise<AnyResource | Event> {
    const { kind, uid } = decodeNodeId(id);
    const snapshot = await loaders.snapshots.present();
    const found = kind === 'Event' ? eventIn(snapshot, uid, clock.now()) : listerOf(snapshot, kind).byUid(uid);
    if (found) return found;
    throw new ApiError('NOT_FOUND', `there is no ${kinds[kind].noun} with uid ${uid}: it was deleted.`, {
      details: { kind, uid, operation: 'get' },
    });
  }
}

@Resolver(() => Resource)
export class ResourceResolver {
  @FieldResolver(() => String, { description: 'The object as Kubernetes v1 YAML, for kubectl apply and podql apply.' })
  manifest(@Root() object: AnyResource): string {
    return printManifest(object);
  }

  @FieldResolver(() => EventConnection, { description: 'What happened to it, what was seen last first. Kept for about an hour.' })
  async events(@Root() object: AnyResource, @Args(() => ResourceEventsArgs) args: ResourceEventsArgs, @Ctx() context: RequestContext): Promise<Connection<Event>> {
    const { snapshots } = context.loaders;
    const page = await context.registries.events.list({
      of: involvedIn(object),
      limit: pageSize(args.first),
      after: args.after,
      snapshot: () => snapshots.of(object),
    });
    return connectionFrom(page, snapshots);
  }
}

function eventIn(snapshot: Snapshot, uid: string, now: number): Event | undefined {
  const log = snapshot.events.byUid(logUidOf(uid));
  return log && eventsIn(log).find((event) => event.uid === uid && isTold(event, now));
}
