import { ArgsType, Field, Int } from 'type-graphql';
import { LabelSelector, ResourceVersion } from '../scalars';
import { PodFilter } from './pod';

@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, defaultValue: 100, description: 'How many entries at most, from 1 to 1000.' })
  readonly first?: number | null;

  @Field(() => String, { nullable: true, description: 'The endCursor of the page before, of this same list; the first page if left out.' })
  readonly after?: string | null;
}

@ArgsType()
export class RelatedPodsArgs extends PageArgs {
  @Field(() => PodFilter, { nullable: true, description: 'Only pods that fit.' })
  readonly filter?: PodFilter | null;
}

@ArgsType()
export class ClusterNodesArgs extends PageArgs {
  @Field(() => LabelSelector, { nullable: true, description: 'Only objects whose labels match.' })
  readonly labelSelector?: string | null;
}

@ArgsType()
export class ReplicationControllersArgs extends ClusterNodesArgs {
  @Field(() => String, { nullable: true, description: 'Only objects of this namespace; of all if left out.' })
  readonly namespace?: string | null;

  @Field(() => ResourceVersion, { nullable: true, description: 'Read as of this version, counts and relations of the objects too. EXPIRED if history that old is gone.' })
  readonly at?: string | null;
}

@ArgsType()
export class PodsArgs extends ReplicationControllersArgs {
  @Field(() => PodFilter, { nullable: true, description: 'Only pods that fit.' })
  readonly filter?: PodFilter | null;
}

@ArgsType()
export class RefArgs {
  @Field(() => String, { defaultValue: 'default', description: 'The namespace of the object.' })
  readonly namespace!: string;

  @Field(() => String, { description: 'The name of the object.' })
  readonly name!: string;
}

@ArgsType()
export class ClusterNodeChangesArgs {
  @Field(() => String, { nullable: true, description: 'Only the object of this name.' })
  readonly name?: string | null;

  @Field(() => ResourceVersion, {
    nullable: true,
    description: 'Exactly the changes after this version, each once, in order; RESYNC and a snapshot if history that old is gone. Left out: a snapshot first.',
  })
  readonly since?: string | null;
}

@ArgsType()
export class ReplicationControllerChangesArgs extends ClusterNodeChangesArgs {
  @Field(() => String, { nullable: true, description: 'Only objects of this namespace; of all if left out.' })
  readonly namespace?: string | null;

  @Field(() => LabelSelector, { nullable: true, description: 'Only objects whose labels match.' })
  readonly labelSelector?: string | null;
}

@ArgsType()
export class PodChangesArgs extends ReplicationControllerChangesArgs {
  @Field(() => PodFilter, { nullable: true, description: 'Only pods that fit.' })
  readonly filter?: PodFilter | null;
}
