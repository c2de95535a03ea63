import type { ClassType } from 'type-graphql';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import type * as api from '../../api/cluster-node';
import type * as pods from '../../api/pod';
import type * as controllers from '../../api/replication-controller';
import { ClusterNode } from './cluster-node';
import { Pod } from './pod';
import { ReplicationController } from './replication-controller';

/** One type per mutation, so that each can grow by itself. The object stands under its own name. */
function payloadOf<Payload extends object>(
  mutation: string,
  field: keyof Payload & string,
  type: () => ClassType,
  description: string,
): ClassType<Payload> {
  class ObjectPayload {}
  Field(type, { description })(ObjectPayload.prototype, field);
  ObjectType(`${mutation}Payload`, {
    description: `What ${mutation.charAt(0).toLowerCase()}${mutation.slice(1)} answers.`,
    simpleResolvers: true,
  })(ObjectPayload);
  return ObjectPayload as ClassType<Payload>;
}

export interface PodPayload {
  readonly pod: pods.Pod;
}
export interface ReplicationControllerPayload {
  readonly replicationController: controllers.ReplicationController;
}
export interface ClusterNodePayload {
  readonly clusterNode: api.ClusterNode;
}

const podPayload = (mutation: string, description: string) => payloadOf<PodPayload>(mutation, 'pod', () => Pod, description);
const controllerPayload = (mutation: string, description: string) =>
  payloadOf<ReplicationControllerPayload>(mutation, 'replicationController', () => ReplicationController, description);

export const CreatePodPayload = podPayload('CreatePod', 'The pod as it is stored, with its defaults filled in.');
export const UpdatePodPayload = podPayload('UpdatePod', 'The pod after the change.');
export const DeletePodPayload = podPayload('DeletePod', 'The pod as it is now (being deleted), or as it last was (gone).');
export const BindPodPayload = podPayload('BindPod', 'The pod, bound.');

export const CreateReplicationControllerPayload = controllerPayload(
  'CreateReplicationController',
  'The replication controller as it is stored, with its defaults filled in.',
);
export const UpdateReplicationControllerPayload = controllerPayload(
  'UpdateReplicationController',
  'The replication controller after the change.',
);
export const ScaleReplicationControllerPayload = controllerPayload(
  'ScaleReplicationController',
  'The replication controller with its new number of replicas.',
);
export const DeleteReplicationControllerPayload = controllerPayload(
  'DeleteReplicationController',
  'The replication controller as it last was.',
);

const nodePayload = (mutation: string, description: string) => payloadOf<ClusterNodePayload>(mutation, 'clusterNode', () => ClusterNode, description);

export const CordonClusterNodePayload = nodePayload('CordonClusterNode', 'The node after the change.');
export const DrainClusterNodePayload = nodePayload('DrainClusterNode', 'The node after the change; its field drain says how far it is.');
export const DeleteClusterNodePayload = nodePayload('DeleteClusterNode', 'The node as it last was.');
export const TaintClusterNodePayload = nodePayload('TaintClusterNode', 'The node after the change.');

@ObjectType('RegisterClusterNodePayload', { description: 'What registerClusterNode answers.', simpleResolvers: true })
export class RegisterClusterNodePayload implements ClusterNodePayload {
  @Field(() => ClusterNode, { description: 'The node as it is stored.' })
  readonly clusterNode!: api.ClusterNode;

  @Field(() => Int, { description: 'Seconds within which the lease must be renewed.' })
  readonly leaseDurationSeconds!: number;
}

@ObjectType('RenewClusterNodeLeasePayload', { description: 'What renewClusterNodeLease answers.', simpleResolvers: true })
export class RenewClusterNodeLeasePayload implements ClusterNodePayload {
  @Field(() => ClusterNode, { description: 'The node as it is stored.' })
  readonly clusterNode!: api.ClusterNode;

  @Field(() => Int, { description: 'Seconds within which the lease must be renewed again.' })
  readonly leaseDurationSeconds!: number;
}

@ObjectType('PodStatusUpdateResult', { description: 'What became of one status of updatePodStatuses.', simpleResolvers: true })
export class PodStatusUpdateResult {
  @Field(() => String, { description: 'The namespace that was given.' })
  readonly namespace!: string;

  @Field(() => String, { description: 'The name that was given.' })
  readonly name!: string;

  @Field(() => ID, { description: 'The uid that was given.' })
  readonly uid!: string;

  @Field(() => Pod, { nullable: true, description: 'The pod with its new status; null if it was not applied.' })
  readonly pod!: pods.Pod | null;

  @Field(() => String, {
    nullable: true,
    description: 'Null: applied. Otherwise an error code of docs/errors.md; NOT_FOUND: the pod is gone, has another uid, or is not of this node.',
  })
  readonly code!: string | null;

  @Field(() => String, { nullable: true, description: 'A sentence for people, if it was not applied.' })
  readonly message!: string | null;
}

@ObjectType('UpdatePodStatusesPayload', { description: 'What updatePodStatuses answers.', simpleResolvers: true })
export class UpdatePodStatusesPayload {
  @Field(() => [PodStatusUpdateResult], { description: 'One result per status, in the order given.' })
  readonly results!: readonly PodStatusUpdateResult[];
}

@ObjectType('AnswerPodLogRequestPayload', { description: 'What answerPodLogRequest answers.', simpleResolvers: true })
export class AnswerPodLogRequestPayload {
  @Field(() => Boolean, { description: 'False if nobody waits for this answer any more.' })
  readonly accepted!: boolean;
}

@ObjectType('RecordEventsPayload', { description: 'What recordEvents answers.', simpleResolvers: true })
export class RecordEventsPayload {
  @Field(() => Int, { description: 'How many were taken. The others were about pods that are gone, and of which this kubelet told nothing before.' })
  readonly accepted!: number;
}
