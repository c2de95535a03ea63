import { Field, Int, ObjectType } from 'type-graphql';
import type * as api from '../../api/pod';
import { ImagePullPolicy, Protocol, RestartPolicy, TerminationMessagePolicy } from './enums';
import { Lifecycle } from './lifecycle';
import { Probe } from './probe';
import { ResourceRequirements } from './resource-list';
import { SecurityContext } from './security';

@ObjectType('EnvVar', { description: 'One environment variable, or one header of a probe.', simpleResolvers: true })
export class EnvVar implements api.EnvVar {
  @Field(() => String, { description: 'Its name.' })
  readonly name!: string;

  @Field(() => String, { description: 'Its value; "" if none was given.' })
  readonly value!: string;
}

@ObjectType('ContainerPort', { description: 'A port the container listens on.', simpleResolvers: true })
export class ContainerPort implements api.ContainerPort {
  @Field(() => String, { nullable: true, description: 'A name for the port, unique within the pod.' })
  readonly name!: string | null;

  @Field(() => Int, { description: 'The number inside the container, 1 to 65535.' })
  readonly containerPort!: number;

  @Field(() => Int, { nullable: true, description: 'The number on the node, if it is opened there.' })
  readonly hostPort!: number | null;

  @Field(() => Protocol, { description: 'TCP unless said otherwise.' })
  readonly protocol!: api.Protocol;
}

@ObjectType('VolumeMount', { description: 'Where a container sees a volume of its pod.', simpleResolvers: true })
export class VolumeMount implements api.VolumeMount {
  @Field(() => String, { description: 'The name of the volume in spec.volumes.' })
  readonly name!: string;

  @Field(() => String, { description: 'The path inside the container.' })
  readonly mountPath!: string;

  @Field(() => Boolean, { description: 'Whether the container may only read it.' })
  readonly readOnly!: boolean;

  @Field(() => String, { nullable: true, description: 'The part of the volume to mount, as a path relative to its root.' })
  readonly subPath!: string | null;
}

@ObjectType('Container', { description: 'One program of a pod: what to run, and how to tell that it is well.', simpleResolvers: true })
export class Container implements api.Container {
  @Field(() => String, { description: 'Unique within the pod.' })
  readonly name!: string;

  @Field(() => String, { description: 'The image to run; "host" on a node that runs local processes: the host\'s own file system.' })
  readonly image!: string;

  @Field(() => [String], { description: 'The program and its first arguments; empty: what the image says.' })
  readonly command!: readonly string[];

  @Field(() => [String], { description: 'Arguments after command.' })
  readonly args!: readonly string[];

  @Field(() => String, { nullable: true, description: 'The directory it starts in; null: what the image says.' })
  readonly workingDir!: string | null;

  @Field(() => [EnvVar], { description: 'Environment variables, added to those of the image.' })
  readonly env!: readonly EnvVar[];

  @Field(() => [ContainerPort], { description: 'The ports it listens on.' })
  readonly ports!: readonly ContainerPort[];

  @Field(() => ResourceRequirements, { description: 'What it needs and what it may use at most.' })
  readonly resources!: ResourceRequirements;

  @Field(() => Probe, { nullable: true, description: 'When this check fails, the container is stopped and the restart policy decides.' })
  readonly livenessProbe!: Probe | null;

  @Field(() => Probe, { nullable: true, description: 'While this check fails, the container runs but is not ready.' })
  readonly readinessProbe!: Probe | null;

  @Field(() => Probe, { nullable: true, description: 'Until this check has succeeded once, the other two wait.' })
  readonly startupProbe!: Probe | null;

  @Field(() => ImagePullPolicy, { description: 'When the node fetches the image.' })
  readonly imagePullPolicy!: api.ImagePullPolicy;

  @Field(() => [VolumeMount], { description: 'The volumes it sees, and where.' })
  readonly volumeMounts!: readonly VolumeMount[];

  @Field(() => RestartPolicy, {
    nullable: true,
    description: 'Overrides the policy of the pod for this container; an init container with ALWAYS is a sidecar. Null: as the pod says.',
  })
  readonly restartPolicy!: api.RestartPolicy | null;

  @Field(() => SecurityContext, { nullable: true, description: 'As whom it runs, and with which powers. Null: as the pod says.' })
  readonly securityContext!: SecurityContext | null;

  @Field(() => String, { description: 'The file in the container in which it may say why it ends.' })
  readonly terminationMessagePath!: string;

  @Field(() => TerminationMessagePolicy, { description: 'Where the message of its end comes from.' })
  readonly terminationMessagePolicy!: api.TerminationMessagePolicy;

  @Field(() => Lifecycle, { nullable: true, description: 'What is done at the turns of its life.' })
  readonly lifecycle!: Lifecycle | null;
}
