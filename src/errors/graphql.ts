import type { GraphQLFormattedError } from 'graphql';
import { GraphQLError } from 'graphql';
import type { Logger } from '../base/logger';
import type { Outcome } from './api-error';
import { ApiError } from './api-error';
import { errorCodes } from './codes';
import { isStoreError } from './store-error';

/** What is known of the request that an error belongs to. */
export interface ErrorFacts {
  readonly requestId: string;
  /** Of a mutation, each error of a root field says whether something happened; left out, only those that know by themselves. */
  readonly operation?: 'query' | 'mutation' | 'subscription';
  /** Of a mutation whose data is null: the response names of its fields that took effect. */
  readonly applied?: readonly string[];
  /** HTTP's number where it says more than that of the code: 405, 406, 415. */
  readonly status?: number;
  readonly logger: Logger;
}

/** Of these, what is known of the operation; the rest belongs to the request. */
export type OperationFacts = Omit<ErrorFacts, 'requestId' | 'logger'>;

/** Codes that GraphQL servers share; all of them say that the request itself cannot be understood. */
const protocolCodes: ReadonlySet<string> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/**
 * API error -> what a client sees: the third of the three tiers, and the only place where extensions are made. What is no
 * API error and not GraphQL's own is masked, and logged in full under the same requestId. What the server could not do
 * (5xx) is logged too, with its cause; at level debug while the store is away, which is news only once.
 */
export function presentError(error: unknown, facts: ErrorFacts): GraphQLFormattedError {
  const presented = presentAlone(error, facts);
  const { applied = [] } = facts;
  if (applied.length === 0) return presented;
  // Payloads are never null: with the field that failed, the results of those that did not are lost to the client.
  const message = `${presented.message} (Applied, although there is no data: ${applied.join(', ')}.)`;
  return { ...presented, message, extensions: { ...presented.extensions, applied } };
}

function presentAlone(error: unknown, facts: ErrorFacts): GraphQLFormattedError {
  const located = error instanceof GraphQLError ? error : undefined;
  const cause = rootCause(error);
  const code = protocolCode(located, cause);
  if (code !== undefined) return presentProtocolError(code, located, facts);
  if (cause instanceof ApiError && cause.code !== 'INTERNAL_SERVER_ERROR') return presentApiError(cause, located, facts);
  return mask(cause, located, facts);
}

/** GraphQL wraps what a resolver throws, sometimes twice. */
function rootCause(error: unknown): unknown {
  let cause = error;
  for (let depth = 0; depth < 8 && cause instanceof GraphQLError && cause.originalError; depth += 1) cause = cause.originalError;
  return cause;
}

/**
 * The code of an error that GraphQL itself made. Without a code of its own it is about the request's input, if it points
 * into the document (an argument or variable that does not fit) or came before any field was resolved. A GraphQLError from within a
 * field that points nowhere is a value of ours that did not fit the schema: a fault, to be masked.
 */
function protocolCode(located: GraphQLError | undefined, cause: unknown): string | undefined {
  if (!located || !(cause instanceof GraphQLError)) return undefined;
  const code = located.extensions.code ?? cause.extensions.code;
  if (typeof code === 'string') return protocolCodes.has(code) || code === 'BAD_USER_INPUT' ? code : undefined;
  return cause.nodes || located.path === undefined ? 'BAD_USER_INPUT' : undefined;
}

function presentProtocolError(code: string, located: GraphQLError | undefined, facts: ErrorFacts): GraphQLFormattedError {
  const { reason, status } = errorCodes.BAD_USER_INPUT;
  const extensions = { code, reason, status: facts.status ?? status, retryable: false, ...outcomeOf(undefined, 'notApplied', located, facts), requestId: facts.requestId };
  return formatted(located?.message ?? 'the request cannot be understood', located, extensions);
}

function presentApiError(error: ApiError, located: GraphQLError | undefined, facts: ErrorFacts): GraphQLFormattedError {
  const { code, retryAfterSeconds, details, retryable } = error;
  const { reason, status } = errorCodes[code];
  if (status >= 500) facts.logger[isOutage(error) ? 'debug' : 'warn'](error.message, { requestId: facts.requestId, code, error });
  return formatted(error.message, located, {
    code,
    reason,
    status: facts.status ?? status,
    retryable,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...outcomeOf(error.outcome, code === 'TIMEOUT' ? 'unknown' : 'notApplied', located, facts),
    ...(Object.keys(details).length === 0 ? {} : { details }),
    requestId: facts.requestId,
  });
}

/** The store is away. Those who follow it warn when it goes and say when it is back; here each call would, with a stack. */
function isOutage({ retryable, cause }: ApiError): boolean {
  return retryable && (isStoreError(cause, 'UNAVAILABLE') || isStoreError(cause, 'TIMEOUT'));
}

function mask(cause: unknown, located: GraphQLError | undefined, facts: ErrorFacts): GraphQLFormattedError {
  const { requestId, logger } = facts;
  logger.error('an operation failed in a way that podql does not know', { requestId, path: located?.path?.join('.'), error: cause });
  const code = 'INTERNAL_SERVER_ERROR';
  const { reason, status, retryable } = errorCodes[code];
  const outcome = cause instanceof ApiError ? cause.outcome : undefined;
  return formatted(`something in podql is broken; its log says more under requestId ${requestId}.`, located, {
    code,
    reason,
    status,
    retryable,
    ...outcomeOf(outcome, 'unknown', located, facts),
    requestId,
  });
}

/** Below a mutation's root field the mutation has happened already, and only reading the answer failed. */
function outcomeOf(
  own: Outcome | undefined,
  otherwise: Outcome,
  located: GraphQLError | undefined,
  { operation }: ErrorFacts,
): { outcome?: Outcome } {
  const isRoot = (located?.path?.length ?? 0) <= 1;
  const outcome = operation === 'mutation' ? (own ?? otherwise) : operation === undefined ? own : undefined;
  return isRoot && outcome ? { outcome } : {};
}

function formatted(message: string, located: GraphQLError | undefined, extensions: Record<string, unknown>): GraphQLFormattedError {
  const { locations, path } = located ?? {};
  return { message, ...(locations ? { locations } : {}), ...(path ? { path } : {}), extensions };
}
