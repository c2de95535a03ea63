import { GraphQLError } from 'graphql';
import type { Identity } from '../base/identity';
import type { InProcessExecutor, InProcessRequest } from '../client/in-process';
import type { TransportResult } from '../client/transport';
import type { Caller } from '../resolvers/authorisation';
import type { Call } from './call';
import type { Executor, PreparedOperation, SafeResult } from './executor';
import { asGraphQLError } from './executor';

/** The pipeline for a caller in this process, whose identity the server vouches for. */
export function inProcessExecutor(executor: Executor, caller: Caller, identity: Identity): InProcessExecutor {
  const callFor = (request: InProcessRequest): Call => ({
    caller,
    transport: 'in-process',
    requestId: identity.uid(),
    signal: request.signal,
  });
  const refused = (errors: readonly GraphQLError[], call: Call): TransportResult => onTheWire({ errors: executor.format(errors, call) });
  const wrongType = (expected: string): GraphQLError[] => [
    new GraphQLError(`a ${expected} was expected`, { extensions: { code: 'BAD_USER_INPUT' } }),
  ];

  return {
    async execute(request) {
      const call = callFor(request);
      const prepared = executor.prepare(request, caller);
      if (!isPrepared(prepared)) return refused(prepared, call);
      if (prepared.type === 'subscription') return refused(wrongType('query or mutation'), call);
      return onTheWire(await executor.run(prepared, call));
    },
    async subscribe(request) {
      const call = callFor(request);
      const prepared = executor.prepare(request, caller);
      if (!isPrepared(prepared)) return refused(prepared, call);
      if (prepared.type !== 'subscription') return refused(wrongType('subscription'), call);
      const stream = await executor.subscribe(prepared, call);
      return Symbol.asyncIterator in stream ? lastErrorAsResult(stream, executor, call) : onTheWire(stream);
    },
  };
}

export function isPrepared(value: PreparedOperation | readonly GraphQLError[]): value is PreparedOperation {
  return !Array.isArray(value);
}

/** On a socket a failed stream sends a last message with errors; here it is a last result. */
async function* lastErrorAsResult(stream: AsyncIterable<SafeResult>, executor: Executor, call: Call): AsyncGenerator<TransportResult> {
  try {
    for await (const result of stream) yield onTheWire(result);
  } catch (error) {
    yield onTheWire({ errors: executor.format([asGraphQLError(error)], call, { operation: 'subscription' }) });
  }
}

function onTheWire({ data, errors }: SafeResult): TransportResult {
  return {
    ...(data === undefined ? {} : { data }),
    ...(errors ? { errors: errors.map(({ message, path, extensions }) => ({ message, path, extensions })) } : {}),
  };
}
