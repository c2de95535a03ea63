import type { ApolloServerPlugin, GraphQLRequestContext, GraphQLRequestContextWillSendResponse } from '@apollo/server';
import { ApolloServer, HeaderMap } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import type { GraphQLFormattedError } from 'graphql';
import { GraphQLError } from 'graphql';
import { ApiError } from '../errors/api-error';
import type { ErrorFacts } from '../errors/graphql';
import { presentError } from '../errors/graphql';
import type { Logger } from '../base/logger';
import { limits } from '../resolvers/limits';
import type { Call } from './call';
import type { Executor, SafeResult } from './executor';
import { asGraphQLError } from './executor';
import { isPrepared } from './in-process-executor';

export interface HttpContext {
  readonly call: Call;
}

/**
 * Apollo speaks HTTP (media types, methods, parameters); operations run in the same Executor as those of the other
 * transports, so that limits, masking and authorisation cannot differ.
 *
 * Its cross-site rule (a special header on GET and simple POSTs) is off: origin.ts keeps foreign pages out by Host, Origin
 * and content type, and with the rule on, plain GET queries of the HTTP specification's audits would be refused.
 */
export function createApollo(executor: Executor, logger: Logger): ApolloServer<HttpContext> {
  return new ApolloServer<HttpContext>({
    schema: executor.schema,
    // A new array each time: Apollo adds its own to it. Cache control would wrap every resolver of the schema.
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), runInExecutor(executor)],
    csrfPrevention: false,
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    // The executor validates; twice would cost twice. Parsing stays, with the same bound on tokens.
    dangerouslyDisableValidation: true,
    parseOptions: { maxTokens: limits.maxTokens },
    // Documents come and go; the executor remembers those that it has checked.
    documentStore: null,
    nodeEnv: 'production',
    formatError: (formatted, error) => formatOutsideOperations(formatted, error, logger),
    logger: quietLogger(logger),
  });
}

function runInExecutor(executor: Executor): ApolloServerPlugin<HttpContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        responseForOperation: async (request) => {
          const result = await runOperation(executor, request);
          return {
            http: { status: statusOf(result), headers: new HeaderMap() },
            body: { kind: 'single', singleResult: { ...result } },
          };
        },
        willSendResponse: (request) => {
          const { errors, response } = request;
          // Apollo's own (a document that does not parse, a mutation by GET), in our form.
          if (errors && response.body.kind === 'single') {
            const { status = 200 } = response.http;
            const about = status >= 400 ? { status } : {};
            response.body.singleResult.errors = executor.format(errors.map(inOurWords), request.contextValue.call, about);
          }
          keepLegacyStatus(request);
          return Promise.resolve();
        },
      }),
  };
}

async function runOperation(executor: Executor, request: GraphQLRequestContext<HttpContext>): Promise<SafeResult> {
  const { call } = request.contextValue;
  const { operationName, variables } = request.request;
  const prepared = executor.prepare({ query: request.source, operationName, variables }, call.caller);
  if (!isPrepared(prepared)) return { errors: executor.format(prepared, call) };
  if (prepared.type === 'subscription') return { errors: executor.format([asGraphQLError(subscriptionOverHttp)], call) };
  return executor.run(prepared, call);
}

const subscriptionOverHttp = new ApiError(
  'BAD_USER_INPUT',
  'Subscriptions travel over a WebSocket (protocol graphql-transport-ws) at this same address.',
);

/** GraphQL's rule: 200 as soon as there is data, even null; else what the error says. */
function statusOf(result: SafeResult): number | undefined {
  if (result.data !== undefined) return undefined;
  const status = result.errors?.[0]?.extensions?.status;
  return typeof status === 'number' && status >= 400 ? status : 400;
}

/**
 * The specification's older media type, application/json, wants 200 for a well-formed request whose document does not
 * parse, validate or fit its variables; only the newer one tells these apart by status.
 */
function keepLegacyStatus({ request, response, errors }: GraphQLRequestContextWillSendResponse<HttpContext>): void {
  const accept = request.http?.headers.get('accept') ?? '';
  if (response.http.status !== 400 || accept.includes('application/graphql-response+json')) return;
  if (!errors?.some(isBadRequest)) response.http.status = 200;
}

/** Apollo's word for a request that is none of GraphQL; over the other transports that is BAD_USER_INPUT. */
function isBadRequest({ extensions }: { readonly extensions?: Readonly<Record<string, unknown>> }): boolean {
  return extensions?.code === 'BAD_REQUEST';
}

function inOurWords(error: GraphQLError): GraphQLError {
  return isBadRequest(error) ? asGraphQLError(new ApiError('BAD_USER_INPUT', error.message, { outcome: 'notApplied' })) : error;
}

/**
 * An answer of Apollo's whose errors came before there was an operation: Apollo formats those itself and does not say to
 * which request they belong, so that their answer is taken apart here. Other answers stay as they are.
 */
export function presentOutsideErrors(body: string, facts: ErrorFacts): string {
  const { errors = [] } = JSON.parse(body) as { readonly errors?: readonly GraphQLFormattedError[] };
  if (errors.every(({ extensions }) => extensions?.requestId !== undefined)) return body;
  return JSON.stringify({ errors: errors.map(({ message, extensions }) => presentError(inOurWords(new GraphQLError(message, { extensions })), facts)) });
}

/** Errors before there is an operation: parameters that make no sense. Anything else there is a fault, and is masked. */
function formatOutsideOperations(formatted: GraphQLFormattedError, error: unknown, logger: Logger): GraphQLFormattedError {
  const code = formatted.extensions?.code;
  if (typeof code === 'string' && code !== 'INTERNAL_SERVER_ERROR') return formatted;
  logger.error('a request failed before its operation started', { error });
  return { message: 'A fault in podql; the log has the details.', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

function quietLogger(logger: Logger): ConstructorParameters<typeof ApolloServer>[0]['logger'] {
  const say = (level: 'debug' | 'info' | 'warn' | 'error') => (message: unknown) => logger[level](String(message));
  return { debug: say('debug'), info: say('debug'), warn: say('warn'), error: say('error') };
}
