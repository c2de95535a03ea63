import type { Context, ServerOptions } from 'graphql-ws';
import type { ExecutionResult } from 'graphql';
import { GraphQLError } from 'graphql';
import type { Identity } from '../base/identity';
import type { Caller } from '../resolvers/authorisation';
import type { Access } from './access';
import type { Call } from './call';
import type { EventStream } from './event-stream';
import type { Executor, PreparedOperation, SafeResult } from './executor';
import { asGraphQLError } from './executor';
import { isPrepared } from './in-process-executor';
import type { ServerLimits } from './options';
import { tooManyOperations } from './request-errors';

/** What is known of one socket. */
export interface SocketExtra {
  /** Null until the connection is acknowledged. */
  caller: Caller | null;
  /** Of the upgrade request; connectionParams.authorization goes before it. */
  readonly authorization: string | undefined;
  /** Aborts when the socket has closed. */
  readonly gone: AbortSignal;
}

export interface SocketProtocolOptions {
  readonly executor: Executor;
  readonly access: Access;
  readonly identity: Identity;
  readonly limits: ServerLimits;
  readonly socketsOf: (callerName: string) => number;
}

type Socket = Context<Record<string, unknown> | undefined, SocketExtra>;

/** Why a socket is refused; the closing code and reason say it (SocketConnection closes with them). */
export class SocketRefusal extends Error {
  constructor(
    readonly closeCode: number,
    reason: string,
  ) {
    super(reason);
  }
}

/**
 * graphql-ws' hooks. Its defaults would close the whole socket for a syntax error, show raw exceptions and bypass all
 * limits: onSubscribe prepares operations as HTTP does and answers inside the operation; results come out of the
 * executor formatted; onError formats what ends a stream.
 */
export function socketProtocol(options: SocketProtocolOptions): ServerOptions<Record<string, unknown> | undefined, SocketExtra> {
  const { executor, access, identity, limits } = options;
  /** What belongs to the arguments that graphql-ws hands from hook to hook. */
  const running = new WeakMap<object, { readonly prepared: PreparedOperation; readonly call: Call }>();
  const newCall = ({ caller, gone }: SocketExtra): Call => ({
    caller: caller ?? nobody,
    transport: 'websocket',
    requestId: identity.uid(),
    signal: gone,
  });

  return {
    connectionInitWaitTimeout: 10_000,
    onConnect: (socket: Socket) => {
      const caller = access.identify(authorizationOf(socket));
      // 4401: clients take it as final, where 4403 would be tried again.
      if ('refused' in caller) throw new SocketRefusal(4401, caller.refused);
      if (options.socketsOf(caller.name) >= limits.socketsPerCaller) {
        throw new SocketRefusal(4429, `${caller.name} has ${limits.socketsPerCaller} connections, which is the most that is allowed`);
      }
      socket.extra.caller = caller;
      return true;
    },
    onSubscribe: (socket, _id, payload) => {
      // The new one is among them already.
      if (Object.keys(socket.subscriptions).length > limits.operationsPerSocket) {
        return [asGraphQLError(tooManyOperations(limits.operationsPerSocket))];
      }
      const prepared = executor.prepare(payload, socket.extra.caller ?? nobody);
      if (!isPrepared(prepared)) return prepared;
      const args = { schema: executor.schema, document: prepared.document, operationName: prepared.operationName };
      running.set(args, { prepared, call: newCall(socket.extra) });
      return args;
    },
    execute: async (args) => {
      const { prepared, call } = known(running.get(args));
      return unread(await executor.run(prepared, call));
    },
    subscribe: async (args) => {
      const { prepared, call } = known(running.get(args));
      return unread(await executor.subscribe(prepared, call));
    },
    onNext: (_socket, _id, _payload, _args, result) => result,
    onError: (socket, _id, _payload, errors) => executor.format(errors.map(thrownByStream), newCall(socket.extra)),
  };
}

/**
 * What execute and subscribe return goes to onNext unread, which sends it as it is. The library's type asks for
 * GraphQLError objects, which it would format itself; ours are formatted and masked already.
 */
function unread(result: SafeResult | EventStream<SafeResult>): ExecutionResult | AsyncGenerator<ExecutionResult> {
  return result as unknown as ExecutionResult | AsyncGenerator<ExecutionResult>;
}

/** The library wraps what a stream throws once more. */
function thrownByStream(error: GraphQLError): GraphQLError {
  return error.originalError instanceof GraphQLError && !error.nodes ? error.originalError : error;
}

const nobody: Caller = { name: 'nobody', roles: [], nodeName: null };

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('an operation that was not prepared');
  return value;
}

function authorizationOf({ connectionParams, extra }: Socket): string | undefined {
  const entry = Object.entries(connectionParams ?? {}).find(([key]) => key.toLowerCase() === 'authorization');
  return typeof entry?.[1] === 'string' ? entry[1] : extra.authorization;
}
