import { Field, ID, InputType, Int } from 'type-graphql';
import type { Loose } from '../../api/loose';
import type { Labels } from '../../api/meta';
import type * as api from '../../api/replication-controller';
import { StringMap } from '../scalars';
import { Cascade } from '../types/enums';
import { PodSpecInput } from './pod-spec';
import { NamespacedTarget } from './target';

@InputType('PodTemplateInput', { description: 'What the pods of a replication controller look like.' })
export class PodTemplateInput implements Loose<api.PodTemplate> {
  @Field(() => StringMap, { nullable: true, description: 'Their labels; the selector must match them.' })
  readonly labels?: Labels | null;

  @Field(() => StringMap, { nullable: true, description: 'Their annotations.' })
  readonly annotations?: Labels | null;

  @Field(() => PodSpecInput, { description: 'What they run; the restart policy must be ALWAYS.' })
  readonly spec!: PodSpecInput;
}

@InputType('ReplicationControllerSpecInput', { description: 'How many pods there shall be, and of which sort.' })
export class ReplicationControllerSpecInput implements Loose<api.ReplicationControllerSpec> {
  @Field(() => Int, { nullable: true, description: 'How many; 1 if left out.' })
  readonly replicas?: number | null;

  @Field(() => StringMap, { nullable: true, description: 'The labels it knows its pods by; the labels of the template if left out.' })
  readonly selector?: Labels | null;

  @Field(() => Int, { nullable: true, description: 'Seconds a pod must have been ready to count as available; 0 if left out.' })
  readonly minReadySeconds?: number | null;

  @Field(() => PodTemplateInput, { nullable: true, description: 'Required: what a new pod looks like.' })
  readonly template?: PodTemplateInput | null;
}

@InputType('CreateReplicationControllerInput', { description: 'A replication controller to create.' })
export class CreateReplicationControllerInput {
  @Field(() => String, { defaultValue: 'default', description: 'The namespace to create it in.' })
  readonly namespace!: string;

  @Field(() => String, { nullable: true, description: 'Its name. Give this or generateName.' })
  readonly name?: string | null;

  @Field(() => String, { nullable: true, description: 'A prefix: five characters are added that make the name unique.' })
  readonly generateName?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'A UUID chosen by the client makes the create safe to send twice: the second answers with the object of the first, or is ALREADY_EXISTS when that was deleted meanwhile.',
  })
  readonly uid?: string | null;

  @Field(() => StringMap, { nullable: true, description: 'Words to select by; the labels of the template if left out.' })
  readonly labels?: Labels | null;

  @Field(() => StringMap, { nullable: true, description: 'Notes that nothing selects by.' })
  readonly annotations?: Labels | null;

  @Field(() => ReplicationControllerSpecInput, { description: 'How many pods, and of which sort.' })
  readonly spec!: ReplicationControllerSpecInput;

  @Field(() => Boolean, { defaultValue: false, description: 'Check and answer as if, but create nothing.' })
  readonly dryRun!: boolean;
}

@InputType('UpdatePodTemplateInput', { description: 'The parts of the template that change.' })
export class UpdatePodTemplateInput {
  @Field(() => StringMap, { nullable: true, description: 'The new labels of new pods, all of them.' })
  readonly labels?: Labels | null;

  @Field(() => StringMap, { nullable: true, description: 'The new annotations of new pods, all of them.' })
  readonly annotations?: Labels | null;

  @Field(() => PodSpecInput, { nullable: true, description: 'The new spec of new pods, the whole of it.' })
  readonly spec?: PodSpecInput | null;
}

@InputType('UpdateReplicationControllerSpecInput', { description: 'The parts of the spec that change. What is left out stays.' })
export class UpdateReplicationControllerSpecInput {
  @Field(() => Int, { nullable: true, description: 'How many pods there shall be.' })
  readonly replicas?: number | null;

  @Field(() => StringMap, { nullable: true, description: 'The new selector, the whole of it.' })
  readonly selector?: Labels | null;

  @Field(() => Int, { nullable: true, description: 'Seconds a pod must have been ready to count as available.' })
  readonly minReadySeconds?: number | null;

  @Field(() => UpdatePodTemplateInput, { nullable: true, description: 'The parts of the template that change; the pods that are there stay as they are.' })
  readonly template?: UpdatePodTemplateInput | null;
}

@InputType('UpdateReplicationControllerInput', {
  description: 'A change of a replication controller. A map that is given replaces the whole map; what is left out stays.',
})
export class UpdateReplicationControllerInput extends NamespacedTarget {
  @Field(() => StringMap, { nullable: true, description: 'The new labels, all of them.' })
  readonly labels?: Labels | null;

  @Field(() => StringMap, { nullable: true, description: 'The new annotations, all of them.' })
  readonly annotations?: Labels | null;

  @Field(() => UpdateReplicationControllerSpecInput, { nullable: true, description: 'The parts of spec that change.' })
  readonly spec?: UpdateReplicationControllerSpecInput | null;
}

@InputType('ScaleReplicationControllerInput', { description: 'A new number of replicas.' })
export class ScaleReplicationControllerInput extends NamespacedTarget {
  @Field(() => Int, { description: 'How many pods there shall be.' })
  readonly replicas!: number;
}

@InputType('DeleteReplicationControllerInput', { description: 'A replication controller to delete.' })
export class DeleteReplicationControllerInput extends NamespacedTarget {
  @Field(() => Int, { nullable: true, description: 'Accepted for symmetry with pods; a replication controller runs nothing itself and goes at once.' })
  readonly gracePeriodSeconds?: number | null;

  @Field(() => Cascade, { defaultValue: Cascade.BACKGROUND, description: 'What happens to its pods.' })
  readonly cascade!: 'BACKGROUND' | 'ORPHAN';
}
