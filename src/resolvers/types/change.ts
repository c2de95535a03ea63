import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { StreamedChange } from '../../registry/types';
import { ResourceVersion } from '../scalars';
import { ClusterNode } from './cluster-node';
import { ChangeType } from './enums';
import { Event } from './event';
import { Pod } from './pod';
import { ReplicationController } from './replication-controller';

type Change = Pick<StreamedChange<never>, 'type' | 'resourceVersion'>;
const typeDescription = 'What this item says.';
const versionDescription = 'The stream is complete up to here: give it as `since` to go on after it.';

@ObjectType('PodChange', { description: 'One item of the stream of changes of pods.', simpleResolvers: true })
export class PodChange implements Change {
  @Field(() => ChangeType, { description: typeDescription })
  readonly type!: StreamedChange<never>['type'];

  @Field(() => Pod, { nullable: true, description: 'The pod; null for BOOKMARK and RESYNC.' })
  readonly pod!: object | null;

  @Field(() => ResourceVersion, { description: versionDescription })
  readonly resourceVersion!: string;
}

@ObjectType('ReplicationControllerChange', { description: 'One item of the stream of changes of replication controllers.', simpleResolvers: true })
export class ReplicationControllerChange implements Change {
  @Field(() => ChangeType, { description: typeDescription })
  readonly type!: StreamedChange<never>['type'];

  @Field(() => ReplicationController, { nullable: true, description: 'The replication controller; null for BOOKMARK and RESYNC.' })
  readonly replicationController!: object | null;

  @Field(() => ResourceVersion, { description: versionDescription })
  readonly resourceVersion!: string;
}

@ObjectType('ClusterNodeChange', { description: 'One item of the stream of changes of nodes.', simpleResolvers: true })
export class ClusterNodeChange implements Change {
  @Field(() => ChangeType, { description: typeDescription })
  readonly type!: StreamedChange<never>['type'];

  @Field(() => ClusterNode, { nullable: true, description: 'The node; null for BOOKMARK and RESYNC.' })
  readonly clusterNode!: object | null;

  @Field(() => ResourceVersion, { description: versionDescription })
  readonly resourceVersion!: string;
}

@ObjectType('EventChange', { description: 'One item of the stream of changes of events.', simpleResolvers: true })
export class EventChange implements Change {
  @Field(() => ChangeType, { description: typeDescription })
  readonly type!: StreamedChange<never>['type'];

  @Field(() => Event, { nullable: true, description: 'The event; null for BOOKMARK and RESYNC.' })
  readonly event!: object | null;

  @Field(() => ResourceVersion, { description: versionDescription })
  readonly resourceVersion!: string;
}

@ObjectType('PodLogRequest', { description: 'Asks a kubelet for lines of a container; answered with answerPodLogRequest.', simpleResolvers: true })
export class PodLogRequest {
  @Field(() => ID, { description: 'Names this request in the answer.' })
  readonly requestId!: string;

  @Field(() => ID, { description: 'The uid of the pod.' })
  readonly podUid!: string;

  @Field(() => String, { description: 'The name of the container.' })
  readonly container!: string;

  @Field(() => Int, { description: 'How many lines at most, the last ones.' })
  readonly tailLines!: number;

  @Field(() => Int, { nullable: true, description: 'The run whose lines are wanted, 0 is the first; null: all that are there.' })
  readonly attempt!: number | null;
}
