import { Field, ObjectType } from 'type-graphql';
import type * as api from '../../api/cluster-node';
import { Node, Resource } from './resource';

@ObjectType('ClusterNodeInfo', { description: 'What a node is made of.', simpleResolvers: true })
export class ClusterNodeInfo implements api.ClusterNodeInfo {
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

/** The API shows a node flat; its fields are read out of the stored spec and status in resolvers/cluster-node.ts. */
@ObjectType('ClusterNode', {
  description: 'A machine that runs pods.',
  implements: [Node, Resource],
  simpleResolvers: true,
})
export class ClusterNode extends Resource {
  readonly kind!: 'ClusterNode';
}
