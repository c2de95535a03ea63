import type { SubscribeResolverData } from 'type-graphql';
import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import type * as api from '../api/event';
import { involvedIn } from '../api/event';
import type { KindTypes, ResourceKind } from '../api/kinds';
import { kinds } from '../api/kinds';
import { ApiError } from '../errors/api-error';
import { listerOf } from '../registry/snapshots';
import type { Role } from './authorisation';
import { requireNode } from './authorisation';
import type { RequestContext } from './context';
import { EventChangesArgs, EventsArgs, RecordEventsInput } from './inputs/event';
import { connectionFrom, pageSize } from './selection';
import { EventChange } from './types/change';
import type { Connection } from './types/connection';
import { Event, EventConnection } from './types/event';
import { RecordEventsPayload } from './types/payload';
import { Resource } from './types/resource';
import type { StreamItem } from './watch';
import { changeAs, subscribeTo, unwrap } from './watch';

const mostEvents = 500;

@Resolver(() => Event)
export class EventResolver {
  @Authorized<Role>('VIEW')
  @Query(() => EventConnection, { description: 'Events of all objects, what was seen last first.' })
  async events(@Args(() => EventsArgs) args: EventsArgs, @Ctx() { registries, loaders: { snapshots } }: RequestContext): Promise<Connection<api.Event>> {
    const { namespace, type, after } = args;
    const page = await registries.events.list({ namespace, type, after, limit: pageSize(args.first), snapshot: () => snapshots.present() });
    return connectionFrom(page, snapshots);
  }

  @FieldResolver(() => Resource, { nullable: true, description: 'The object it is about; null when that is gone.' })
  async involved(@Root() event: api.Event, @Ctx() { loaders: { snapshots } }: RequestContext): Promise<KindTypes[ResourceKind] | null> {
    const { kind, uid } = event.involved;
    if (!isResourceKind(kind)) return null;
    const snapshot = await snapshots.of(event);
    const found = listerOf(snapshot, kind).byUid(uid);
    return found ? snapshots.handOut(found, snapshot) : null;
  }

  @FieldResolver(() => String)
  involvedKind(@Root() { involved }: api.Event): string {
    return involved.kind;
  }

  @FieldResolver(() => String, { nullable: true })
  involvedNamespace(@Root() { involved }: api.Event): string | null {
    return involved.namespace;
  }

  @FieldResolver(() => String)
  involvedName(@Root() { involved }: api.Event): string {
    return involved.name;
  }

  @FieldResolver(() => ID)
  involvedUid(@Root() { involved }: api.Event): string {
    return involved.uid;
  }

  @Authorized<Role>('NODE')
  @Mutation(() => RecordEventsPayload, {
    description:
      'For kubelets: what happened to pods of their node, and to the node. Kept as well as can be, and a moment later; FORBIDDEN if a pod is bound to another node. Sent again, the same events are not counted twice.',
  })
  recordEvents(
    @Arg('input', () => RecordEventsInput, { description: 'The node and the events.' }) input: RecordEventsInput,
    @Ctx() { caller, registries }: RequestContext,
  ): RecordEventsPayload {
    const { nodeName, events } = input;
    requireNode(caller, nodeName, 'recordEvents');
    if (events.length > mostEvents) {
      throw new ApiError('BAD_USER_INPUT', `recordEvents takes at most ${mostEvents} events; ${events.length} are given. Nothing was recorded.`, { outcome: 'notApplied' });
    }
    const drafts = events.flatMap((event): api.EventDraft[] => {
      const involved = event.podUid == null ? nodeOf(registries, nodeName) : podOf(registries, nodeName, event.podUid);
      const { type, reason, message, count, firstSeenAt, lastSeenAt } = event;
      return involved ? [{ type, reason, message, source: sourceOf(nodeName), involved, seen: { count, firstSeenAt, lastSeenAt } }] : [];
    });
    registries.events.report(drafts);
    return { accepted: drafts.length };
  }

  @Authorized<Role>('VIEW')
  @Subscription(() => EventChange, {
    description:
      'Events as they are told. First an ADDED for each that matches, then BOOKMARK, then changes: MODIFIED when one is counted again, DELETED when it is forgotten; with since, exactly the changes after it.',
    subscribe({ args, context }: SubscribeResolverData<unknown, EventChangesArgs, RequestContext>) {
      const { namespace, type, since } = args;
      const matches = (event: api.Event): boolean => (namespace == null || event.namespace === namespace) && (type == null || event.type === type);
      const { streams } = context.registries;
      return subscribeTo((signal) => streams.events({ since, matches, signal }), changeAs('event'), context.signal);
    },
  })
  eventChanges(@Root() item: StreamItem<EventChange>, @Args(() => EventChangesArgs) _args: EventChangesArgs, @Ctx() { loaders }: RequestContext): EventChange {
    loaders.forget();
    return unwrap(item);
  }
}

function sourceOf(nodeName: string): string {
  return `kubelet/${nodeName}`;
}

function isResourceKind(kind: string): kind is ResourceKind {
  return kind !== 'Event' && Object.hasOwn(kinds, kind);
}

function nodeOf({ clusterNodes }: RequestContext['registries'], nodeName: string): api.InvolvedObject | null {
  const node = clusterNodes.informer.lister.get(null, nodeName);
  return node ? involvedIn(node) : null;
}

/** Of a pod that is gone its kubelet may tell the rest, if it told of it before. Null: nobody knows whose it was. */
function podOf({ pods, events }: RequestContext['registries'], nodeName: string, uid: string): api.InvolvedObject | null {
  const pod = pods.informer.lister.byUid(uid);
  if (!pod) {
    const log = events.logOf(uid);
    return log?.status.entries.some(({ source }) => source === sourceOf(nodeName)) ? log.spec.involved : null;
  }
  if (pod.spec.nodeName === nodeName) return involvedIn(pod);
  throw new ApiError('FORBIDDEN', `recordEvents: pod ${pod.namespace}/${pod.name} is bound to ${pod.spec.nodeName ?? 'no node'}, not to ${nodeName}. Nothing was recorded.`, {
    outcome: 'notApplied',
  });
}
