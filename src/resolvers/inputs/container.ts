import { Field, InputType, Int } from 'type-graphql';
import type { Loose } from '../../api/loose';
import type * as api from '../../api/pod';
import { Quantity } from '../scalars';
import { ImagePullPolicy, Protocol, RestartPolicy, TerminationMessagePolicy } from '../types/enums';
import { LifecycleInput } from './lifecycle';
import { ProbeInput } from './probe';
import { SecurityContextInput } from './security';

/**
 * What a person may leave out is nullable; the registry fills in Kubernetes' defaults and names everything that is
 * missing at once. Only what Kubernetes' own schema requires is required here (so `image` may be absent: INVALID names it).
 */
@InputType('EnvVarInput', { description: 'One environment variable.' })
export class EnvVarInput implements Loose<api.EnvVar> {
  @Field(() => String, { description: 'Its name.' })
  readonly name!: string;

  @Field(() => String, { nullable: true, description: 'Its value; "" if left out.' })
  readonly value?: string | null;
}

@InputType('ContainerPortInput', { description: 'A port the container listens on.' })
export class ContainerPortInput implements Loose<api.ContainerPort> {
  @Field(() => String, { nullable: true, description: 'A name for the port, unique within the pod.' })
  readonly name?: string | null;

  @Field(() => Int, { description: 'The number inside the container, 1 to 65535.' })
  readonly containerPort!: number;

  @Field(() => Int, { nullable: true, description: 'The number to open on the node.' })
  readonly hostPort?: number | null;

  @Field(() => Protocol, { nullable: true, description: 'TCP if left out.' })
  readonly protocol?: api.Protocol | null;
}

@InputType('VolumeMountInput', { description: 'Where a container sees a volume of its pod.' })
export class VolumeMountInput implements Loose<api.VolumeMount> {
  @Field(() => String, { description: 'The name of the volume in spec.volumes.' })
  readonly name!: string;

  @Field(() => String, { description: 'The path inside the container.' })
  readonly mountPath!: string;

  @Field(() => Boolean, { nullable: true, description: 'Whether the container may only read it; false if left out.' })
  readonly readOnly?: boolean | null;

  @Field(() => String, { nullable: true, description: 'The part of the volume to mount, as a path relative to its root.' })
  readonly subPath?: string | null;
}

@InputType('ResourceListInput', { description: 'Amounts of what a node has or a pod needs.' })
export class ResourceListInput implements Loose<api.ResourceList> {
  @Field(() => Quantity, { nullable: true, description: 'Processors: "250m" is a quarter of one.' })
  readonly cpu?: string | null;

  @Field(() => Quantity, { nullable: true, description: 'Memory in bytes: "64Mi".' })
  readonly memory?: string | null;

  @Field(() => Int, { nullable: true, description: 'A number of pods; of nodes only.' })
  readonly pods?: number | null;
}

@InputType('ResourceRequirementsInput', { description: 'What a container needs and what it may use.' })
export class ResourceRequirementsInput implements Loose<api.ResourceRequirements> {
  @Field(() => ResourceListInput, { nullable: true, description: 'What the scheduler sets aside for it; the limits if left out.' })
  readonly requests?: ResourceListInput | null;

  @Field(() => ResourceListInput, { nullable: true, description: 'What it may use at most; no limit if left out.' })
  readonly limits?: ResourceListInput | null;
}

@InputType('ContainerInput', { description: 'One program of a pod: what to run, and how to tell that it is well.' })
export class ContainerInput implements Loose<api.Container> {
  @Field(() => String, { description: 'Unique within the pod.' })
  readonly name!: string;

  @Field(() => String, { nullable: true, description: 'Required: the image to run; "host" on a node that runs local processes.' })
  readonly image?: string | null;

  @Field(() => [String], { nullable: true, description: 'The program and its first arguments; what the image says if left out.' })
  readonly command?: readonly string[] | null;

  @Field(() => [String], { nullable: true, description: 'Arguments after command.' })
  readonly args?: readonly string[] | null;

  @Field(() => String, { nullable: true, description: 'The directory it starts in; what the image says if left out.' })
  readonly workingDir?: string | null;

  @Field(() => [EnvVarInput], { nullable: true, description: 'Environment variables, added to those of the image.' })
  readonly env?: readonly EnvVarInput[] | null;

  @Field(() => [ContainerPortInput], { nullable: true, description: 'The ports it listens on.' })
  readonly ports?: readonly ContainerPortInput[] | null;

  @Field(() => ResourceRequirementsInput, { nullable: true, description: 'What it needs and what it may use at most.' })
  readonly resources?: ResourceRequirementsInput | null;

  @Field(() => ProbeInput, { nullable: true, description: 'When it fails, the container is stopped and the restart policy decides.' })
  readonly livenessProbe?: ProbeInput | null;

  @Field(() => ProbeInput, { nullable: true, description: 'While it fails, the container runs but is not ready.' })
  readonly readinessProbe?: ProbeInput | null;

  @Field(() => ProbeInput, { nullable: true, description: 'Until it has succeeded once, the other two wait.' })
  readonly startupProbe?: ProbeInput | null;

  @Field(() => ImagePullPolicy, {
    nullable: true,
    description: 'If left out: ALWAYS for an image with the tag latest or none, else IF_NOT_PRESENT.',
  })
  readonly imagePullPolicy?: api.ImagePullPolicy | null;

  @Field(() => [VolumeMountInput], { nullable: true, description: 'The volumes it sees, and where.' })
  readonly volumeMounts?: readonly VolumeMountInput[] | null;

  @Field(() => RestartPolicy, { nullable: true, description: 'Overrides the policy of the pod; ALWAYS makes an init container a sidecar.' })
  readonly restartPolicy?: api.RestartPolicy | null;

  @Field(() => SecurityContextInput, { nullable: true, description: 'As whom it runs, and with which powers; as the pod says if left out.' })
  readonly securityContext?: SecurityContextInput | null;

  @Field(() => String, { nullable: true, description: 'The file in the container in which it may say why it ends; /dev/termination-log if left out.' })
  readonly terminationMessagePath?: string | null;

  @Field(() => TerminationMessagePolicy, { nullable: true, description: 'Where the message of its end comes from; FILE if left out.' })
  readonly terminationMessagePolicy?: api.TerminationMessagePolicy | null;

  @Field(() => LifecycleInput, { nullable: true, description: 'What is done at the turns of its life.' })
  readonly lifecycle?: LifecycleInput | null;
}
