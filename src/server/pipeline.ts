import type { GraphQLSchema } from 'graphql';
import type { Logger } from '../base/logger';
import { presentError } from '../errors/graphql';
import { appliedFields } from '../resolvers/applied-fields';
import type { ResolverServices } from '../resolvers/context';
import { createContext } from '../resolvers/context';
import { prepareOperation } from '../resolvers/prepare-operation';
import type { Pipeline } from './executor';

/** The resolvers' rules and errors/graphql.ts, in the form that the executor wants. */
export function createPipeline(options: {
  readonly schema: GraphQLSchema;
  readonly services: ResolverServices;
  readonly logger: Logger;
}): Pipeline {
  const { schema, services, logger } = options;
  return {
    schema,
    prepare: ({ query, operationName, variables }, caller) =>
      prepareOperation({ schema, source: query, operationName: operationName ?? null, variables, caller }),
    contextFor: ({ caller, signal, requestId }) => createContext(services, { caller, signal, requestId }),
    staleness: () => services.registries.staleness(),
    appliedFields: (mutation, errors) => appliedFields(schema, mutation, errors),
    format: (error, { requestId }, about) => presentError(error, { requestId, ...about, logger }),
  };
}
