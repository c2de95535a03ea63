import { Field, ID, Int, ObjectType } from 'type-graphql';
import type * as api from '../../api/event';
import { DateTime, ResourceVersion } from '../scalars';
import { connectionOf } from './connection';
import { EventType } from './enums';
import { Node } from './resource';

/** What it is about stands flat; resolvers/event.ts reads it out of the reference. */
@ObjectType('Event', {
  description: 'Something that happened to a pod, a replication controller or a node: said once, and counted when it happens again. Kept for about an hour, as well as can be: nothing may depend on it.',
  implements: Node,
  simpleResolvers: true,
})
export class Event extends Node implements api.EventFacts {
  readonly kind!: 'Event';

  @Field(() => EventType, { description: 'Whether it is one to worry about.' })
  readonly type!: api.EventType;

  @Field(() => String, { description: 'One CamelCase word for programs: Scheduled, BackOff, Unhealthy, …' })
  readonly reason!: string;

  @Field(() => String, { description: 'A sentence for people.' })
  readonly message!: string;

  @Field(() => Int, { description: 'How often it happened, from firstSeenAt to lastSeenAt.' })
  readonly count!: number;

  @Field(() => DateTime, { description: 'When it happened for the first time.' })
  readonly firstSeenAt!: string;

  @Field(() => DateTime, { description: 'When it happened last.' })
  readonly lastSeenAt!: string;

  @Field(() => ResourceVersion, { description: 'Names this state of the event; changes when it is counted again.' })
  readonly resourceVersion!: string;

  @Field(() => String, { description: 'Who says so: kubelet/NODE, scheduler, replication-controller, node-lifecycle, eviction, drain.' })
  readonly source!: string;

  @Field(() => String, { description: 'The kind of the object it is about.' })
  readonly involvedKind!: string;

  @Field(() => String, { nullable: true, description: 'The namespace of that object; null if it has none.' })
  readonly involvedNamespace!: string | null;

  @Field(() => String, { description: 'The name of that object.' })
  readonly involvedName!: string;

  @Field(() => ID, { description: 'The uid of that object.' })
  readonly involvedUid!: string;
}

export const EventConnection = connectionOf<Event>('Event', 'events', () => Event);
