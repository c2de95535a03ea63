import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import type * as api from '../../api/event';
import { DateTime, ResourceVersion } from '../scalars';
import { EventType } from '../types/enums';
import { PageArgs } from './list-args';

@ArgsType()
export class EventsArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'Only events of objects of this namespace; those of nodes are in "default". Of all if left out.' })
  readonly namespace?: string | null;

  @Field(() => EventType, { nullable: true, description: 'Only events of this type.' })
  readonly type?: api.EventType | null;
}

@ArgsType()
export class ResourceEventsArgs {
  @Field(() => Int, { nullable: true, defaultValue: 20, description: 'How many entries at most, from 1 to 1000.' })
  readonly first?: number | null;

  @Field(() => String, { nullable: true, description: 'The endCursor of the page before, of this same list; the first page if left out.' })
  readonly after?: string | null;
}

@ArgsType()
export class EventChangesArgs {
  @Field(() => String, { nullable: true, description: 'Only events of objects of this namespace; those of nodes are in "default". Of all if left out.' })
  readonly namespace?: string | null;

  @Field(() => EventType, { nullable: true, description: 'Only events of this type.' })
  readonly type?: api.EventType | null;

  @Field(() => ResourceVersion, {
    nullable: true,
    description: 'Exactly the changes after this version, each once, in order; RESYNC and a snapshot if history that old is gone. Left out: a snapshot first.',
  })
  readonly since?: string | null;
}

@InputType('NodeEventInput', { description: 'Something that a kubelet saw happen.' })
export class NodeEventInput {
  @Field(() => EventType, { description: 'Whether it is one to worry about.' })
  readonly type!: api.EventType;

  @Field(() => String, { description: 'One CamelCase word, at most 128 characters.' })
  readonly reason!: string;

  @Field(() => String, { description: 'A sentence for people; what is longer than 1024 characters is cut.' })
  readonly message!: string;

  @Field(() => Int, { defaultValue: 1, description: 'How often it happened since it was last told.' })
  readonly count!: number;

  @Field(() => DateTime, { description: 'When it happened for the first time since it was last told.' })
  readonly firstSeenAt!: string;

  @Field(() => DateTime, { description: 'When it happened last. Told again with the same time it is not counted twice.' })
  readonly lastSeenAt!: string;

  @Field(() => ID, { nullable: true, description: 'The uid of the pod it happened to; null: to the node itself.' })
  readonly podUid?: string | null;
}

@InputType('RecordEventsInput', { description: 'What a kubelet saw happen.' })
export class RecordEventsInput {
  @Field(() => String, { description: 'The node whose kubelet this is.' })
  readonly nodeName!: string;

  @Field(() => [NodeEventInput], { description: 'The events, at most 500.' })
  readonly events!: NodeEventInput[];
}
