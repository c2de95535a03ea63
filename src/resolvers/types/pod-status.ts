import { createUnionType, Field, Int, ObjectType } from 'type-graphql';
import type * as api from '../../api/pod';
import { DateTime } from '../scalars';
import { PodPhase, PodQOSClass } from './enums';
import { Condition } from './resource';

@ObjectType('ContainerWaiting', { description: 'The container does not run yet, or not again yet.', simpleResolvers: true })
export class ContainerWaiting implements Omit<api.ContainerWaiting, 'kind'> {
  @Field(() => String, { description: 'One CamelCase word: CrashLoopBackOff, ContainerCreating, …' })
  readonly reason!: string;

  @Field(() => String, { nullable: true, description: 'A sentence for people.' })
  readonly message!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the next start is tried, if that is known.' })
  readonly nextAttemptAt!: string | null;
}

@ObjectType('ContainerRunning', { description: 'The container runs.', simpleResolvers: true })
export class ContainerRunning implements Omit<api.ContainerRunning, 'kind'> {
  @Field(() => DateTime, {
    nullable: true,
    description: 'When this run began. Never null; it may be by its type only so that one query can ask for it here and in ContainerTerminated.',
  })
  readonly startedAt!: string;
}

@ObjectType('ContainerTerminated', { description: 'The container ran and has ended.', simpleResolvers: true })
export class ContainerTerminated implements Omit<api.ContainerTerminated, 'kind'> {
  @Field(() => Int, { description: 'Its exit code; 128 plus the signal if a signal ended it.' })
  readonly exitCode!: number;

  @Field(() => Int, { nullable: true, description: 'The signal that ended it, if one did.' })
  readonly signal!: number | null;

  @Field(() => String, { description: 'One CamelCase word: Completed, Error, OOMKilled, …' })
  readonly reason!: string;

  @Field(() => String, { nullable: true, description: 'A sentence for people.' })
  readonly message!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the run began; null if it never did.' })
  readonly startedAt!: string | null;

  @Field(() => DateTime, { description: 'When the run ended.' })
  readonly finishedAt!: string;
}

export const ContainerState = createUnionType({
  name: 'ContainerState',
  description: 'What a container does: it waits, it runs, or it has ended.',
  types: () => [ContainerWaiting, ContainerRunning, ContainerTerminated] as const,
  resolveType: (value: unknown) => (value as api.ContainerState).kind,
});

@ObjectType('ContainerStatus', { description: 'What the node saw of one container.', simpleResolvers: true })
export class ContainerStatus implements api.ContainerStatus {
  @Field(() => String, { description: 'The name of the container in spec.' })
  readonly name!: string;

  @Field(() => String, { description: 'The image it runs.' })
  readonly image!: string;

  @Field(() => String, { nullable: true, description: 'What the runtime calls the image that runs, if it says: a digest.' })
  readonly imageID!: string | null;

  @Field(() => String, { nullable: true, description: '"docker://ID" or "process://PID" of the present or last run.' })
  readonly containerID!: string | null;

  @Field(() => Boolean, { description: 'Whether it runs and its readiness probe succeeds.' })
  readonly ready!: boolean;

  @Field(() => Boolean, { nullable: true, description: 'Whether its startup probe has passed, or it has none; null while it does not run.' })
  readonly started!: boolean | null;

  @Field(() => Int, { description: 'How often it was started again.' })
  readonly restartCount!: number;

  @Field(() => ContainerState, { description: 'What it does now.' })
  readonly state!: api.ContainerState;

  @Field(() => ContainerState, { nullable: true, description: 'How the run before this one ended.' })
  readonly lastState!: api.ContainerTerminated | null;
}

@ObjectType('PodStatus', { description: 'What the node of a pod saw last.', simpleResolvers: true })
export class PodStatus implements api.PodStatus {
  @Field(() => PodPhase, { description: 'Where the pod is in its life.' })
  readonly phase!: api.PodPhase;

  /** Not stored: resolvers/pod.ts computes it from spec. */
  @Field(() => PodQOSClass, { description: 'Who gives way first when the node runs out of memory; computed from the resources in spec.' })
  readonly qosClass!: api.PodQOSClass;

  @Field(() => String, { nullable: true, description: 'One CamelCase word: why it is in this phase.' })
  readonly reason!: string | null;

  @Field(() => String, { nullable: true, description: 'A sentence for people: why it is in this phase.' })
  readonly message!: string | null;

  @Field(() => [Condition], { description: 'PodScheduled, Initialized, ContainersReady, Ready.' })
  readonly conditions!: readonly Condition[];

  @Field(() => String, { nullable: true, description: 'The address of its node.' })
  readonly hostIP!: string | null;

  @Field(() => String, { nullable: true, description: 'The address of the pod.' })
  readonly podIP!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the node took it on.' })
  readonly startTime!: string | null;

  @Field(() => Int, { description: 'The generation of spec that this status answers.' })
  readonly observedGeneration!: number;

  @Field(() => [ContainerStatus], { description: 'One entry per init container.' })
  readonly initContainerStatuses!: readonly ContainerStatus[];

  @Field(() => [ContainerStatus], { description: 'One entry per container.' })
  readonly containerStatuses!: readonly ContainerStatus[];
}
