import { Field, ID, InputType, Int } from 'type-graphql';
import type * as api from '../../api/pod';
import { DateTime } from '../scalars';
import { PodPhase } from '../types/enums';
import { ConditionInput } from './cluster-node';

@InputType('ContainerWaitingInput', { description: 'The container does not run yet, or not again yet.' })
export class ContainerWaitingInput {
  @Field(() => String, { description: 'One CamelCase word.' })
  readonly reason!: string;

  @Field(() => String, { nullable: true, description: 'A sentence for people.' })
  readonly message?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the next start is tried.' })
  readonly nextAttemptAt?: string | null;
}

@InputType('ContainerRunningInput', { description: 'The container runs.' })
export class ContainerRunningInput {
  @Field(() => DateTime, { description: 'When this run began.' })
  readonly startedAt!: string;
}

@InputType('ContainerTerminatedInput', { description: 'The container ran and has ended.' })
export class ContainerTerminatedInput {
  @Field(() => Int, { description: 'Its exit code; 128 plus the signal if a signal ended it.' })
  readonly exitCode!: number;

  @Field(() => Int, { nullable: true, description: 'The signal that ended it.' })
  readonly signal?: number | null;

  @Field(() => String, { description: 'One CamelCase word.' })
  readonly reason!: string;

  @Field(() => String, { nullable: true, description: 'A sentence for people.' })
  readonly message?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the run began.' })
  readonly startedAt?: string | null;

  @Field(() => DateTime, { description: 'When the run ended.' })
  readonly finishedAt!: string;
}

@InputType('ContainerStateInput', { description: 'What a container does. Give exactly one.' })
export class ContainerStateInput {
  @Field(() => ContainerWaitingInput, { nullable: true, description: 'It waits.' })
  readonly waiting?: ContainerWaitingInput | null;

  @Field(() => ContainerRunningInput, { nullable: true, description: 'It runs.' })
  readonly running?: ContainerRunningInput | null;

  @Field(() => ContainerTerminatedInput, { nullable: true, description: 'It has ended.' })
  readonly terminated?: ContainerTerminatedInput | null;
}

@InputType('ContainerStatusInput', { description: 'What the node saw of one container.' })
export class ContainerStatusInput {
  @Field(() => String, { description: 'The name of the container in spec.' })
  readonly name!: string;

  @Field(() => String, { description: 'The image it runs.' })
  readonly image!: string;

  @Field(() => String, { nullable: true, description: 'What the runtime calls the image that runs.' })
  readonly imageID?: string | null;

  @Field(() => String, { nullable: true, description: '"docker://ID" or "process://PID".' })
  readonly containerID?: string | null;

  @Field(() => Boolean, { description: 'Whether it runs and its readiness probe succeeds.' })
  readonly ready!: boolean;

  @Field(() => Boolean, { nullable: true, description: 'Whether its startup probe has passed, or it has none; null while it does not run.' })
  readonly started?: boolean | null;

  @Field(() => Int, { description: 'How often it was started again.' })
  readonly restartCount!: number;

  @Field(() => ContainerStateInput, { description: 'What it does now.' })
  readonly state!: ContainerStateInput;

  @Field(() => ContainerTerminatedInput, { nullable: true, description: 'How the run before this one ended.' })
  readonly lastState?: ContainerTerminatedInput | null;
}

@InputType('PodStatusInput', { description: 'What the node saw of one pod.' })
export class PodStatusInput {
  @Field(() => PodPhase, { description: 'Where the pod is in its life.' })
  readonly phase!: api.PodPhase;

  @Field(() => String, { nullable: true, description: 'One CamelCase word: why it is in this phase.' })
  readonly reason?: string | null;

  @Field(() => String, { nullable: true, description: 'A sentence for people: why it is in this phase.' })
  readonly message?: string | null;

  @Field(() => [ConditionInput], { description: 'PodScheduled, Initialized, ContainersReady, Ready.' })
  readonly conditions!: readonly ConditionInput[];

  @Field(() => String, { nullable: true, description: 'The address of the node.' })
  readonly hostIP?: string | null;

  @Field(() => String, { nullable: true, description: 'The address of the pod.' })
  readonly podIP?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the node took it on.' })
  readonly startTime?: string | null;

  @Field(() => Int, { description: 'The generation of spec that this status answers.' })
  readonly observedGeneration!: number;

  @Field(() => [ContainerStatusInput], { description: 'One entry per init container.' })
  readonly initContainerStatuses!: readonly ContainerStatusInput[];

  @Field(() => [ContainerStatusInput], { description: 'One entry per container.' })
  readonly containerStatuses!: readonly ContainerStatusInput[];
}

@InputType('PodStatusUpdateInput', { description: 'The status of one pod.' })
export class PodStatusUpdateInput {
  @Field(() => String, { description: 'The namespace of the pod.' })
  readonly namespace!: string;

  @Field(() => String, { description: 'The name of the pod.' })
  readonly name!: string;

  @Field(() => ID, { description: 'The uid of the pod: a pod of the same name with another uid is left alone.' })
  readonly uid!: string;

  @Field(() => PodStatusInput, { description: 'The whole status.' })
  readonly status!: PodStatusInput;
}

@InputType('UpdatePodStatusesInput', { description: 'What a kubelet has to report about its pods.' })
export class UpdatePodStatusesInput {
  @Field(() => String, { description: 'The node that reports; only pods bound to it are changed.' })
  readonly nodeName!: string;

  @Field(() => [PodStatusUpdateInput], { description: 'At most 500.' })
  readonly statuses!: readonly PodStatusUpdateInput[];
}

@InputType('LogLineInput', { description: 'One line of the output of a container.' })
export class LogLineInput {
  @Field(() => DateTime, { description: 'When it was written.' })
  readonly time!: string;

  @Field(() => String, { description: '"stdout" or "stderr".' })
  readonly stream!: string;

  @Field(() => String, { description: 'The text, without the end of line.' })
  readonly text!: string;

  @Field(() => Int, { description: 'The run that wrote it; 0 is the first.' })
  readonly attempt!: number;
}

@InputType('AnswerPodLogRequestInput', { description: 'The answer of a kubelet to a PodLogRequest.' })
export class AnswerPodLogRequestInput {
  @Field(() => ID, { description: 'The request it answers.' })
  readonly requestId!: string;

  @Field(() => [LogLineInput], { description: 'The lines, oldest first.' })
  readonly lines!: readonly LogLineInput[];

  @Field(() => String, { nullable: true, description: 'Why there are no lines, if they could not be read.' })
  readonly error?: string | null;

  @Field(() => [Int], { nullable: true, description: 'If the run that was asked for is not here: those of that container that are.' })
  readonly keptAttempts?: readonly number[] | null;
}
