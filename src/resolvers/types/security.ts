import { Field, Int, ObjectType } from 'type-graphql';
import type * as api from '../../api/pod';

@ObjectType('Capabilities', { description: 'Single powers of the user root, like NET_ADMIN; ALL stands for all of them.', simpleResolvers: true })
export class Capabilities implements api.Capabilities {
  @Field(() => [String], { description: 'Given to the container.' })
  readonly add!: readonly string[];

  @Field(() => [String], { description: 'Taken from it.' })
  readonly drop!: readonly string[];
}

@ObjectType('SecurityContext', { description: 'As whom one container runs, and with which powers. What is null is not said.', simpleResolvers: true })
export class SecurityContext implements api.SecurityContext {
  @Field(() => Int, { nullable: true, description: 'The number of the user; null: what the pod says, else the image.' })
  readonly runAsUser!: number | null;

  @Field(() => Int, { nullable: true, description: 'The number of the group; null: what the pod says, else the image.' })
  readonly runAsGroup!: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is refused to start as user 0; null: what the pod says, else false.' })
  readonly runAsNonRoot!: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it may do all that root may on the node; null: false.' })
  readonly privileged!: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it can write to its volumes only; null: false.' })
  readonly readOnlyRootFilesystem!: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether its programs can gain powers that it does not have; null: true.' })
  readonly allowPrivilegeEscalation!: boolean | null;

  @Field(() => Capabilities, { description: 'Differences from the powers that the runtime gives to every container.' })
  readonly capabilities!: Capabilities;
}

@ObjectType('PodSecurityContext', {
  description: 'As whom the containers of a pod run, unless they say otherwise. What is null is not said.',
  simpleResolvers: true,
})
export class PodSecurityContext implements api.PodSecurityContext {
  @Field(() => Int, { nullable: true, description: 'The number of the user; null: what the image says.' })
  readonly runAsUser!: number | null;

  @Field(() => Int, { nullable: true, description: 'The number of the group; null: what the image says.' })
  readonly runAsGroup!: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether its containers are refused to start as user 0; null: false.' })
  readonly runAsNonRoot!: boolean | null;

  @Field(() => [Int], { description: 'Numbers of further groups that its containers belong to.' })
  readonly supplementalGroups!: readonly number[];

  @Field(() => Int, { nullable: true, description: 'The number of one more such group, to which its emptyDir volumes belong.' })
  readonly fsGroup!: number | null;
}
