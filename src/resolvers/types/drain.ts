import { Field, Int, ObjectType } from 'type-graphql';
import type * as api from '../../api/drain';
import type { Pod as ApiPod } from '../../api/pod';
import type { DrainProgress } from '../drain';
import { DateTime } from '../scalars';
import { DrainBlockReason } from './enums';
import { Pod } from './pod';

@ObjectType('DrainBlock', { description: 'A pod that is still on a node which is being drained, and why.', simpleResolvers: true })
export class DrainBlock implements api.DrainBlock {
  @Field(() => Pod, { description: 'The pod.' })
  readonly pod!: ApiPod;

  @Field(() => DrainBlockReason, { description: 'Why it has not left, in one word.' })
  readonly reason!: api.DrainBlockReason;

  @Field(() => String, { description: 'Why, for people, and what helps.' })
  readonly message!: string;
}

@ObjectType('ClusterNodeDrain', { description: 'The wish that a node be emptied, and how far that is.', simpleResolvers: true })
export class ClusterNodeDrain implements DrainProgress {
  @Field(() => DateTime, { description: 'When it was asked for first.' })
  readonly requestedAt!: string;

  @Field(() => Int, { nullable: true, description: 'Seconds its pods have to end; null: what each says itself.' })
  readonly gracePeriodSeconds!: number | null;

  @Field(() => Int, { description: 'How many pods of one replication controller may be away at a time.' })
  readonly maxUnavailable!: number;

  @Field(() => Boolean, { description: 'Whether pods go as well that no replication controller would replace.' })
  readonly force!: boolean;

  @Field(() => Int, { description: 'How many pods that have not finished are still on the node; those that are going are among them.' })
  readonly remaining!: number;

  @Field(() => Boolean, { description: 'Whether none is left.' })
  readonly completed!: boolean;

  @Field(() => [DrainBlock], { description: 'The pods that cannot leave at the moment, each with the reason. Those that wait for their turn are among them.' })
  readonly blockedBy!: readonly DrainBlock[];
}
