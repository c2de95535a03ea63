import { Field, ObjectType } from 'type-graphql';
import type * as api from '../../api/node-fit';

@ObjectType('NodeRejection', { description: 'Why one node cannot run a pod that waits for a node.', simpleResolvers: true })
export class NodeRejection implements api.NodeRejection {
  @Field(() => String, { description: 'The name of the node.' })
  readonly nodeName!: string;

  @Field(() => String, {
    description:
      'The first thing that is in the way, as one CamelCase word: NodeTerminating, NodeNotReady, NodeCordoned, UntoleratedTaint, NodeSelectorMismatch, TooManyPods, InsufficientCPU, InsufficientMemory, HostPortInUse.',
  })
  readonly reason!: string;

  @Field(() => String, { description: 'The same for people, with what the pod asks for and what is left.' })
  readonly message!: string;
}
