import { Field, InputType, Int } from 'type-graphql';
import type * as api from '../../api/cluster-node';
import type { ConditionStatus as Status, Labels } from '../../api/meta';
import { DateTime, StringMap } from '../scalars';
import { ConditionStatus } from '../types/enums';
import { ResourceListInput } from './container';
import { TaintInput } from './taint';
import { ClusterTarget } from './target';

@InputType('ConditionInput', { description: 'One typed statement about an object.' })
export class ConditionInput {
  @Field(() => String, { description: 'What the statement is about: Ready, PodScheduled, …' })
  readonly type!: string;

  @Field(() => ConditionStatus, { description: 'Whether it holds.' })
  readonly status!: Status;

  @Field(() => String, { nullable: true, description: 'One CamelCase word: why it is so.' })
  readonly reason?: string | null;

  @Field(() => String, { nullable: true, description: 'A sentence for people: why it is so.' })
  readonly message?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the status last changed; if left out, the server compares with what it has.' })
  readonly lastTransitionTime?: string | null;
}

@InputType('ClusterNodeInfoInput', { description: 'What a node is made of.' })
export class ClusterNodeInfoInput implements api.ClusterNodeInfo {
  @Field(() => String, { description: 'Its operating system: "linux".' })
  readonly os!: string;

  @Field(() => String, { description: 'Its processor architecture: "x64", "arm64".' })
  readonly architecture!: string;

  @Field(() => String, { description: 'What runs its containers: "process", "docker".' })
  readonly runtime!: string;

  @Field(() => String, { description: 'The version of what runs its containers.' })
  readonly runtimeVersion!: string;

  @Field(() => String, { description: 'The version of its kubelet.' })
  readonly kubeletVersion!: string;
}

@InputType('RegisterClusterNodeInput', { description: 'A node that reports for work, for the first time or again.' })
export class RegisterClusterNodeInput {
  @Field(() => String, { description: 'The name of the node.' })
  readonly name!: string;

  @Field(() => StringMap, { nullable: true, description: 'Its labels; those it had stay if left out.' })
  readonly labels?: Labels | null;

  @Field(() => StringMap, { nullable: true, description: 'Its annotations; those it had stay if left out.' })
  readonly annotations?: Labels | null;

  @Field(() => ResourceListInput, { description: 'What it has.' })
  readonly capacity!: ResourceListInput;

  @Field(() => ResourceListInput, { description: 'What pods may use of it.' })
  readonly allocatable!: ResourceListInput;

  @Field(() => ClusterNodeInfoInput, { description: 'What it is made of.' })
  readonly info!: ClusterNodeInfoInput;

  @Field(() => [ConditionInput], { description: 'Its conditions; Ready among them.' })
  readonly conditions!: readonly ConditionInput[];

  @Field(() => String, { description: 'The address other machines reach it at.' })
  readonly address!: string;

  @Field(() => Int, { defaultValue: 40, description: 'Seconds within which it promises to renew its lease.' })
  readonly leaseDurationSeconds!: number;
}

@InputType('RenewClusterNodeLeaseInput', { description: 'A sign of life of a node.' })
export class RenewClusterNodeLeaseInput {
  @Field(() => String, { description: 'The name of the node.' })
  readonly name!: string;
}

@InputType('CordonClusterNodeInput', { description: 'Whether the scheduler may give new pods to a node.' })
export class CordonClusterNodeInput extends ClusterTarget {
  @Field(() => Boolean, { defaultValue: true, description: 'True: no new pods. False: new pods again, and a drain is called off. Pods that are there stay.' })
  readonly unschedulable!: boolean;
}

@InputType('DrainClusterNodeInput', { description: 'A node that is to be emptied.' })
export class DrainClusterNodeInput extends ClusterTarget {
  @Field(() => Int, { nullable: true, description: 'Seconds its pods have to end; what each says itself if left out. 0 removes their objects at once, whatever runs.' })
  readonly gracePeriodSeconds?: number | null;

  @Field(() => Int, { defaultValue: 1, description: 'How many pods of one replication controller may be away at a time; at least 1.' })
  readonly maxUnavailable!: number;

  @Field(() => Boolean, { defaultValue: false, description: 'Whether pods go as well that no replication controller would replace.' })
  readonly force!: boolean;
}

@InputType('DeleteClusterNodeInput', { description: 'A node to forget.' })
export class DeleteClusterNodeInput extends ClusterTarget {}

@InputType('TaintClusterNodeInput', { description: 'The taints that a node is to have.' })
export class TaintClusterNodeInput extends ClusterTarget {
  @Field(() => [TaintInput], { description: 'All of them: those that are left out go. Those that say what became of the node (not-ready, unreachable) stay by themselves.' })
  readonly taints!: readonly TaintInput[];
}
