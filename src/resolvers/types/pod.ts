import { Field, Int, ObjectType } from 'type-graphql';
import type * as api from '../../api/pod';
import { DateTime } from '../scalars';
import { PodSpec } from './pod-spec';
import { PodStatus } from './pod-status';
import { Node, Resource } from './resource';

/** What is stored. What is computed when asked (ready, owner, logs, …) is in resolvers/pod.ts. */
@ObjectType('Pod', {
  description: 'Containers that run together on one node.',
  implements: [Node, Resource],
  simpleResolvers: true,
})
export class Pod extends Resource implements api.Pod {
  readonly kind!: 'Pod';

  @Field(() => String, { description: 'The namespace it is in.' })
  readonly namespace!: string;

  @Field(() => PodSpec, { description: 'What shall run.' })
  readonly spec!: PodSpec;

  @Field(() => PodStatus, { description: 'What was seen to run.' })
  readonly status!: PodStatus;
}

@ObjectType('LogLine', { description: 'One line of the output of a container.', simpleResolvers: true })
export class LogLine implements Omit<api.LogLine, 'stream'> {
  @Field(() => DateTime, { description: 'When it was written.' })
  readonly time!: string;

  @Field(() => String, { description: '"stdout" or "stderr".' })
  readonly stream!: string;

  @Field(() => String, { description: 'The text, without the end of line.' })
  readonly text!: string;

  @Field(() => Int, { description: 'The run that wrote it; 0 is the first.' })
  readonly attempt!: number;
}
