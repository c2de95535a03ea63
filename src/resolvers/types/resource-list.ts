import { Field, Int, ObjectType } from 'type-graphql';
import type * as api from '../../api/pod';
import { Quantity } from '../scalars';

@ObjectType('ResourceList', { description: 'Amounts of what a node has and a pod needs; null where nothing is said.', simpleResolvers: true })
export class ResourceList implements api.ResourceList {
  @Field(() => Quantity, { nullable: true, description: 'Processors: "250m" is a quarter of one.' })
  readonly cpu!: string | null;

  @Field(() => Quantity, { nullable: true, description: 'Memory in bytes: "64Mi".' })
  readonly memory!: string | null;

  @Field(() => Int, { nullable: true, description: 'A number of pods; of nodes only.' })
  readonly pods!: number | null;
}

@ObjectType('ResourceRequirements', { description: 'What a container needs and what it may use.', simpleResolvers: true })
export class ResourceRequirements implements api.ResourceRequirements {
  @Field(() => ResourceList, { description: 'What the scheduler sets aside for it on a node.' })
  readonly requests!: ResourceList;

  @Field(() => ResourceList, { description: 'What it may use at most.' })
  readonly limits!: ResourceList;
}
