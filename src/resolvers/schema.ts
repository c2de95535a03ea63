import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import type { PubSub } from 'type-graphql';
import { buildSchemaSync } from 'type-graphql';
import { ApplyResolver } from './apply';
import { checkAuthorisation } from './authorisation';
import { ClusterNodeResolver } from './cluster-node';
import { EventResolver } from './event';
import { KubeletResolver } from './kubelet';
import { PodResolver } from './pod';
import { PodLogsResolver } from './pod-logs';
import { RejectedNodesResolver } from './rejected-nodes';
import { ReplicationControllerResolver } from './replication-controller';
import { NodeResolver, ResourceResolver } from './resource';
import { VersionResolver } from './version';

/** Every subscription brings its own source; type-graphql wants one all the same as soon as there are subscriptions. */
const noPubSub: PubSub = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error('no subscription reads from a topic');
  },
};

const rootDescriptions = {
  Query: 'Everything that can be asked.',
  Mutation: 'Everything that can be changed. Each takes one input and answers with one payload.',
  Subscription: 'Everything that can be followed as it happens.',
} as const;

/** The executable schema. Each call builds a new one; a server builds one and keeps it. */
export function createSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      NodeResolver,
      ResourceResolver,
      PodResolver,
      PodLogsResolver,
      RejectedNodesResolver,
      ReplicationControllerResolver,
      ClusterNodeResolver,
      EventResolver,
      KubeletResolver,
      ApplyResolver,
      VersionResolver,
    ],
    authChecker: checkAuthorisation,
    disableInferringDefaultValues: true,
    pubSub: noPubSub,
    validate: false,
  });
  for (const [name, description] of Object.entries(rootDescriptions)) {
    const type = schema.getType(name);
    if (type) type.description = description;
  }
  return schema;
}
