import { Field, ID, InputType, Int } from 'type-graphql';
import type { Labels } from '../../api/meta';
import type * as api from '../../api/pod';
import { StringMap } from '../scalars';
import { PodPhase, RestartPolicy } from '../types/enums';
import { PodSpecInput } from './pod-spec';
import { NamespacedTarget } from './target';

@InputType('CreatePodInput', { description: 'A pod to create.' })
export class CreatePodInput {
  @Field(() => String, { defaultValue: 'default', description: 'The namespace to create it in.' })
  readonly namespace!: string;

  @Field(() => String, { nullable: true, description: 'Its name. Give this or generateName.' })
  readonly name?: string | null;

  @Field(() => String, { nullable: true, description: 'A prefix: five characters are added that make the name unique.' })
  readonly generateName?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'A UUID chosen by the client makes the create safe to send twice: the second answers with the pod of the first, or is ALREADY_EXISTS when that was deleted meanwhile.',
  })
  readonly uid?: string | null;

  @Field(() => StringMap, { nullable: true, description: 'Words to select by.' })
  readonly labels?: Labels | null;

  @Field(() => StringMap, { nullable: true, description: 'Notes that nothing selects by.' })
  readonly annotations?: Labels | null;

  @Field(() => PodSpecInput, { description: 'What it shall run.' })
  readonly spec!: PodSpecInput;

  @Field(() => Boolean, { defaultValue: false, description: 'Check and answer as if, but create nothing.' })
  readonly dryRun!: boolean;
}

@InputType('UpdateContainerInput', { description: 'What may change of a container of a pod that is there.' })
export class UpdateContainerInput {
  @Field(() => String, { description: 'The name of the container.' })
  readonly name!: string;

  @Field(() => String, { nullable: true, description: 'The image it shall run; the container is started anew with it.' })
  readonly image?: string | null;
}

@InputType('UpdatePodSpecInput', { description: 'What may change of the spec of a pod that is there. What is left out stays.' })
export class UpdatePodSpecInput {
  @Field(() => [UpdateContainerInput], { nullable: true, description: 'Containers to change, by name.' })
  readonly containers?: readonly UpdateContainerInput[] | null;

  @Field(() => [UpdateContainerInput], { nullable: true, description: 'Init containers to change, by name.' })
  readonly initContainers?: readonly UpdateContainerInput[] | null;

  @Field(() => Int, { nullable: true, description: 'Seconds after which a pod that still runs is failed. May be set or lowered, not raised.' })
  readonly activeDeadlineSeconds?: number | null;
}

@InputType('UpdatePodInput', {
  description: 'A change of a pod. A map that is given replaces the whole map; what is left out stays.',
})
export class UpdatePodInput extends NamespacedTarget {
  @Field(() => StringMap, { nullable: true, description: 'The new labels, all of them.' })
  readonly labels?: Labels | null;

  @Field(() => StringMap, { nullable: true, description: 'The new annotations, all of them.' })
  readonly annotations?: Labels | null;

  @Field(() => UpdatePodSpecInput, { nullable: true, description: 'The parts of spec that change.' })
  readonly spec?: UpdatePodSpecInput | null;
}

@InputType('DeletePodInput', { description: 'A pod to delete.' })
export class DeletePodInput extends NamespacedTarget {
  @Field(() => Int, {
    nullable: true,
    description: 'Seconds its containers have to end; what its spec says if left out. 0 removes the object at once, whatever runs.',
  })
  readonly gracePeriodSeconds?: number | null;
}

@InputType('BindPodInput', { description: 'A node for a pod that has none.' })
export class BindPodInput {
  @Field(() => String, { defaultValue: 'default', description: 'The namespace of the pod.' })
  readonly namespace!: string;

  @Field(() => String, { description: 'The name of the pod.' })
  readonly name!: string;

  @Field(() => String, { description: 'The name of the node. A pod is bound once and never moves.' })
  readonly nodeName!: string;

  @Field(() => ID, { nullable: true, description: 'Precondition: CONFLICT if the pod of that name has another uid.' })
  readonly uid?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Check and answer as if, but change nothing.' })
  readonly dryRun!: boolean;
}

@InputType('PodFilter', { description: 'Selects pods; all that is given must hold.' })
export class PodFilter {
  @Field(() => PodPhase, { nullable: true, description: 'Pods in this phase.' })
  readonly phase?: api.PodPhase | null;

  @Field(() => String, { nullable: true, description: 'Pods bound to this node; "" for pods that are bound to none.' })
  readonly nodeName?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Pods that are ready, or that are not.' })
  readonly ready?: boolean | null;

  @Field(() => RestartPolicy, { nullable: true, description: 'Pods with this restart policy.' })
  readonly restartPolicy?: api.RestartPolicy | null;
}
