import { Field, Int, ObjectType } from 'type-graphql';
import type { Labels } from '../../api/meta';
import type * as api from '../../api/replication-controller';
import { StringMap } from '../scalars';
import { PodSpec } from './pod-spec';
import { Condition, Node, Resource } from './resource';

@ObjectType('PodTemplate', { description: 'What the pods of a replication controller look like when they are created.', simpleResolvers: true })
export class PodTemplate implements api.PodTemplate {
  @Field(() => StringMap, { description: 'Their labels; the selector of the controller must match them.' })
  readonly labels!: Labels;

  @Field(() => StringMap, { description: 'Their annotations.' })
  readonly annotations!: Labels;

  @Field(() => PodSpec, { description: 'What they run.' })
  readonly spec!: PodSpec;
}

@ObjectType('ReplicationControllerSpec', { description: 'How many pods there shall be, and of which sort.', simpleResolvers: true })
export class ReplicationControllerSpec implements api.ReplicationControllerSpec {
  @Field(() => Int, { description: 'How many pods there shall be.' })
  readonly replicas!: number;

  @Field(() => StringMap, { description: 'The labels by which the controller knows its pods: a pod must have all of them.' })
  readonly selector!: Labels;

  @Field(() => Int, { description: 'Seconds that a pod must have been ready to count as available.' })
  readonly minReadySeconds!: number;

  @Field(() => PodTemplate, { description: 'What a new pod looks like; a change of it does not touch the pods that are there.' })
  readonly template!: PodTemplate;
}

@ObjectType('ReplicationControllerStatus', {
  description: 'What the control loop saw last. The counts are not here: they are computed when asked, on the controller itself.',
  simpleResolvers: true,
})
export class ReplicationControllerStatus implements api.ReplicationControllerStatus {
  @Field(() => Int, { description: 'The generation of spec that the control loop has acted on.' })
  readonly observedGeneration!: number;

  @Field(() => [Condition], { description: 'Statements of the control loop, such as ReplicaFailure.' })
  readonly conditions!: readonly Condition[];
}

/** What is stored. The counts and the pods are in resolvers/replication-controller.ts. */
@ObjectType('ReplicationController', {
  description: 'Keeps a number of pods of one sort running.',
  implements: [Node, Resource],
  simpleResolvers: true,
})
export class ReplicationController extends Resource implements api.ReplicationController {
  readonly kind!: 'ReplicationController';

  @Field(() => String, { description: 'The namespace it is in.' })
  readonly namespace!: string;

  @Field(() => ReplicationControllerSpec, { description: 'How many pods there shall be, and of which sort.' })
  readonly spec!: ReplicationControllerSpec;

  @Field(() => ReplicationControllerStatus, { description: 'What the control loop saw last.' })
  readonly status!: ReplicationControllerStatus;
}
