import { Field, InputType, Int } from 'type-graphql';
import type { Loose } from '../../api/loose';
import type * as api from '../../api/pod';

@InputType('CapabilitiesInput', { description: 'Single powers of the user root, like NET_ADMIN; ALL stands for all of them.' })
export class CapabilitiesInput implements Loose<api.Capabilities> {
  @Field(() => [String], { nullable: true, description: 'Given to the container.' })
  readonly add?: readonly string[] | null;

  @Field(() => [String], { nullable: true, description: 'Taken from it.' })
  readonly drop?: readonly string[] | null;
}

@InputType('SecurityContextInput', { description: 'As whom one container runs, and with which powers.' })
export class SecurityContextInput implements Loose<api.SecurityContext> {
  @Field(() => Int, { nullable: true, description: 'The number of the user; what the pod says, else the image, if left out.' })
  readonly runAsUser?: number | null;

  @Field(() => Int, { nullable: true, description: 'The number of the group; what the pod says, else the image, if left out.' })
  readonly runAsGroup?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is refused to start as user 0; what the pod says, else false, if left out.' })
  readonly runAsNonRoot?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it may do all that root may on the node; false if left out.' })
  readonly privileged?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it can write to its volumes only; false if left out.' })
  readonly readOnlyRootFilesystem?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether its programs can gain powers that it does not have; true if left out.' })
  readonly allowPrivilegeEscalation?: boolean | null;

  @Field(() => CapabilitiesInput, { nullable: true, description: 'Differences from the powers that the runtime gives to every container.' })
  readonly capabilities?: CapabilitiesInput | null;
}

@InputType('PodSecurityContextInput', { description: 'As whom the containers of a pod run, unless they say otherwise.' })
export class PodSecurityContextInput implements Loose<api.PodSecurityContext> {
  @Field(() => Int, { nullable: true, description: 'The number of the user; what the image says if left out.' })
  readonly runAsUser?: number | null;

  @Field(() => Int, { nullable: true, description: 'The number of the group; what the image says if left out.' })
  readonly runAsGroup?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether its containers are refused to start as user 0; false if left out.' })
  readonly runAsNonRoot?: boolean | null;

  @Field(() => [Int], { nullable: true, description: 'Numbers of further groups that its containers belong to.' })
  readonly supplementalGroups?: readonly number[] | null;

  @Field(() => Int, { nullable: true, description: 'The number of one more such group, to which its emptyDir volumes belong.' })
  readonly fsGroup?: number | null;
}
