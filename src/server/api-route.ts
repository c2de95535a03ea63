import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../base/logger';
import { acceptsAnswers, prefersPage } from './accept';
import type { Access } from './access';
import type { HttpContext } from './apollo';
import { presentOutsideErrors } from './apollo';
import type { Call } from './call';
import type { ServerMetrics } from './metrics';
import { pageHeaders, readPlayground } from './playground';
import { refuse } from './refuse';

declare module 'fastify' {
  interface FastifyRequest {
    call: Call | null;
  }
}

export interface ApiRouteOptions {
  readonly apollo: ApolloServer<HttpContext>;
  readonly access: Access;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  /** Null: operations are served. Else why not, for SERVICE_UNAVAILABLE. */
  readonly closedBecause: () => string | null;
}

export const apiPath = '/graphql';
const allowedMethods = 'GET, POST, OPTIONS';
const notAcceptable =
  'The API answers in JSON, which the request does not accept; nothing was done. Send "accept: application/json" or "accept: application/graphql-response+json".';

/** The API, and the playground for browsers, at one address. */
export function addApi(app: FastifyInstance, options: ApiRouteOptions): void {
  const { apollo, access, closedBecause, metrics, logger } = options;
  const apolloHandler = fastifyApolloHandler(apollo, { context: (request: FastifyRequest) => Promise.resolve({ call: callOf(request) }) });
  const { page } = readPlayground();
  app.decorateRequest('call', null);
  app.route({
    method: ['GET', 'POST'],
    url: apiPath,
    exposeHeadRoute: false,
    preValidation: (request, reply, done) => {
      void reply.header('cache-control', 'no-store').header('vary', 'accept, origin');
      if (request.method === 'GET' && !hasQuery(request.url) && prefersPage(request.headers.accept)) {
        void reply.headers(pageHeaders).send(page);
        return;
      }
      const closed = closedBecause();
      if (closed !== null) {
        metrics.refused('closed');
        void refuse(request, reply, 'SERVICE_UNAVAILABLE', `${capital(closed)}; nothing was done. Try again.`, { retryAfterSeconds: 1 });
        return;
      }
      // Apollo would find that out when the operation has been executed.
      if (!acceptsAnswers(request.headers.accept)) {
        void refuse(request, reply, 'BAD_USER_INPUT', notAcceptable, { status: 406 });
        return;
      }
      const caller = access.identify(request.headers.authorization);
      if ('refused' in caller) {
        metrics.refused('token');
        void refuse(request, reply.header('www-authenticate', 'Bearer realm="podql"'), 'UNAUTHENTICATED', caller.refused);
        return;
      }
      request.call = { caller, transport: 'http', requestId: request.id, signal: goneSignal(reply) };
      done();
    },
    handler: async (request, reply) => {
      const body: unknown = await apolloHandler.call(app, request, reply);
      const { statusCode: status } = reply;
      return typeof body === 'string' && status >= 400 ? presentOutsideErrors(body, { requestId: request.id, status, logger }) : body;
    },
  });
  refuseOtherMethods(app);
}

function refuseOtherMethods(app: FastifyInstance): void {
  app.options(apiPath, (_request, reply) => reply.code(204).header('allow', allowedMethods).send());
  app.route({
    method: ['HEAD', 'PUT', 'PATCH', 'DELETE', 'TRACE'],
    url: apiPath,
    // Before anybody looks at a body that nobody wants.
    onRequest: (request, reply) => {
      const message = `The API does not take ${request.method}: send operations with POST, or queries with GET.`;
      void refuse(request, reply.header('allow', allowedMethods), 'BAD_USER_INPUT', message, { status: 405 });
    },
    handler: (_request, reply) => reply.callNotFound(),
  });
}

/** Aborts when the client goes away before it has its answer. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

function callOf(request: FastifyRequest): Call {
  if (!request.call) throw new Error('a request came to its handler without a caller');
  return request.call;
}

function hasQuery(url: string): boolean {
  const at = url.indexOf('?');
  return at >= 0 && new URLSearchParams(url.slice(at + 1)).has('query');
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
