import { Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import type * as api from '../../api/meta';
import { DateTime, ResourceVersion, StringMap } from '../scalars';
import { ConditionStatus } from './enums';

/** Its one field, `id`, is computed: resolvers/resource.ts. */
@InterfaceType('Node', {
  description: 'Whatever has an id by which node(id:) finds it. (A machine is a ClusterNode.)',
  resolveType: (value: api.ApiObject) => value.kind,
})
export abstract class Node {}

@ObjectType('OwnerReference', { description: 'Names an object that this one belongs to.', simpleResolvers: true })
export class OwnerReference implements api.OwnerReference {
  @Field(() => String, { description: 'The kind of the owner: ReplicationController.' })
  readonly kind!: string;

  @Field(() => String, { description: 'The name of the owner, in the same namespace.' })
  readonly name!: string;

  @Field(() => ID, { description: 'The uid of the owner: an object of the same name with another uid is not the owner.' })
  readonly uid!: string;

  @Field(() => Boolean, { description: 'Whether the owner manages this object. At most one owner does.' })
  readonly controller!: boolean;
}

@InterfaceType('Resource', {
  implements: Node,
  description: 'What every object that podql keeps has in common: who it is, and which version of it this is.',
  resolveType: (value: api.ApiObject) => value.kind,
})
export abstract class Resource {
  @Field(() => String, { description: 'Unique among the objects of its kind (and namespace, if the kind has namespaces).' })
  readonly name!: string;

  @Field(() => String, { nullable: true, description: 'The prefix from which the name was generated, if it was.' })
  readonly generateName!: string | null;

  @Field(() => ID, { description: 'Unique for ever: tells apart two objects that had the same name one after the other.' })
  readonly uid!: string;

  @Field(() => ResourceVersion, { description: 'Names this state of the object; changes with each write of it.' })
  readonly resourceVersion!: string;

  @Field(() => Int, { description: 'Counts the changes of what is wanted (spec); starts at 1.' })
  readonly generation!: number;

  @Field(() => StringMap, { description: 'Words to select by.' })
  readonly labels!: api.Labels;

  @Field(() => StringMap, { description: 'Notes that nothing selects by.' })
  readonly annotations!: api.Labels;

  @Field(() => DateTime, { description: 'When it was created.' })
  readonly creationTimestamp!: string;

  @Field(() => DateTime, { nullable: true, description: 'When its deletion was asked for; the object goes once what it runs has ended.' })
  readonly deletionTimestamp!: string | null;

  @Field(() => Int, { nullable: true, description: 'Seconds its containers have to end after deletionTimestamp.' })
  readonly deletionGracePeriodSeconds!: number | null;

  @Field(() => [OwnerReference], { description: 'The objects it belongs to.' })
  readonly ownerReferences!: readonly OwnerReference[];
}

@ObjectType('Condition', { description: 'One typed statement about an object, with the reason and since when.', simpleResolvers: true })
export class Condition implements api.Condition {
  @Field(() => String, { description: 'What the statement is about: Ready, PodScheduled, …' })
  readonly type!: string;

  @Field(() => ConditionStatus, { description: 'Whether it holds.' })
  readonly status!: api.ConditionStatus;

  @Field(() => String, { nullable: true, description: 'One CamelCase word for programs: why it is so.' })
  readonly reason!: string | null;

  @Field(() => String, { nullable: true, description: 'A sentence for people: why it is so.' })
  readonly message!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the status last changed.' })
  readonly lastTransitionTime!: string | null;
}
