import { readFile } from 'node:fs/promises';
import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fastify from 'fastify';
import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import type { ErrorCode } from '../errors/codes';
import type { Access } from './access';
import type { HttpContext } from './apollo';
import type { Call } from './call';
import { crossOriginHeaders, preflightHeaders } from './cors';
import type { ReadinessCheck } from './health';
import { readiness } from './health';
import type { ServerMetrics } from './metrics';
import type { ServerLimits } from './options';
import type { OriginRules } from './origin';
import { judgeOrigin } from './origin';
import { assetsPath, contentSecurityPolicy, pageHeaders, prefersPage, readPlayground } from './playground';
import { explainHttpError, refusal } from './request-errors';

declare module 'fastify' {
  interface FastifyRequest {
    call: Call | null;
  }
}

export interface HttpOptions {
  readonly apollo: ApolloServer<HttpContext>;
  readonly access: Access;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  readonly limits: ServerLimits;
  readonly origins: OriginRules;
  readonly checks: readonly ReadinessCheck[];
  /** Null: operations are served. Else why not, for SERVICE_UNAVAILABLE. */
  readonly closedBecause: () => string | null;
}

export const apiPath = '/graphql';

/** Not listening yet; server.ts starts and ends it. `app.server` takes the WebSocket upgrades. */
export function createHttp(options: HttpOptions): FastifyInstance {
  const { limits, identity } = options;
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    keepAliveTimeout: 30_000,
    // A body that trickles in must not hold a socket for ever. fastify's handlerTimeout is not used: the executor's is.
    requestTimeout: 60_000,
    forceCloseConnections: true,
    genReqId: (request) => requestIdOf(request.headers['x-request-id']) ?? identity.uid(),
    // A router that forgives is a router that surprises.
    routerOptions: { ignoreTrailingSlash: false },
  });
  app.decorateRequest('call', null);
  // Only JSON: a form or plain text is what a foreign page can send without asking.
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id).header('vary', 'origin');
    const verdict = judgeOrigin({ host: request.headers.host, origin: request.headers.origin }, options.origins);
    if (verdict.kind === 'own') return done();
    if (verdict.kind === 'refused') {
      options.metrics.refused('origin');
      void refuse(request, reply, 'FORBIDDEN', `${capital(verdict.because)}.`);
      return;
    }
    void reply.headers(crossOriginHeaders(verdict.origin));
    // Before there can be a token: a browser asks without one.
    const preflight = preflightHeaders(request);
    if (preflight) void reply.code(204).headers(preflight).send();
    else done();
  });
  app.setErrorHandler((error, request, reply) => onError(error, request, reply, options));
  app.setNotFoundHandler((request, reply) =>
    refuse(request, reply, 'NOT_FOUND', `There is nothing at ${request.method} ${pathOf(request.url)}. The API is POST ${apiPath}.`),
  );
  addHealth(app, options);
  addPlayground(app);
  addApi(app, options);
  return app;
}

function addApi(app: FastifyInstance, options: HttpOptions): void {
  const { apollo, access, closedBecause, metrics } = options;
  const handler = fastifyApolloHandler(apollo, { context: (request: FastifyRequest) => Promise.resolve({ call: callOf(request) }) });
  const { page } = readPlayground();
  app.route({
    method: ['GET', 'POST'],
    url: apiPath,
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
      const caller = access.identify(request.headers.authorization);
      if ('refused' in caller) {
        metrics.refused('token');
        void refuse(request, reply.header('www-authenticate', 'Bearer realm="podql"'), 'UNAUTHENTICATED', caller.refused);
        return;
      }
      request.call = { caller, transport: 'http', requestId: request.id, signal: goneSignal(reply) };
      done();
    },
    handler,
  });
}

function addHealth(app: FastifyInstance, { access, checks, metrics }: HttpOptions): void {
  app.get('/livez', (_request, reply) => reply.type('text/plain').header('cache-control', 'no-store').send('ok\n'));
  app.get('/readyz', (request, reply) => {
    const { status, body } = readiness(checks, { verbose: new URLSearchParams(queryOf(request.url)).has('verbose') });
    return reply.code(status).type('text/plain').header('cache-control', 'no-store').send(body);
  });
  app.get('/metrics', async (request, reply) => {
    const caller = access.identify(request.headers.authorization);
    if ('refused' in caller) return refuse(request, reply.header('www-authenticate', 'Bearer realm="podql"'), 'UNAUTHENTICATED', caller.refused);
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

function addPlayground(app: FastifyInstance): void {
  app.get('/', (_request, reply) => reply.redirect(apiPath));
  app.get('/playground', (_request, reply) => reply.redirect(apiPath));
  app.get('/favicon.ico', (_request, reply) => reply.code(204).send());
  const { assets } = readPlayground();
  app.get(`${assetsPath}:name`, async (request: FastifyRequest<{ Params: { name: string } }>, reply) => {
    const asset = assets.get(request.params.name);
    if (!asset) return reply.callNotFound();
    return reply
      .headers({
        'content-type': asset.type,
        // Names contain a hash of the content.
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        // A worker runs under the policy of its own file.
        'content-security-policy': contentSecurityPolicy,
      })
      .send(await readFile(asset.path));
  });
}

async function onError(error: unknown, request: FastifyRequest, reply: FastifyReply, options: HttpOptions): Promise<FastifyReply> {
  const known = isHttpError(error) ? explainHttpError(error, options.limits) : null;
  if (!known) {
    options.logger.error('a request failed', { error, requestId: request.id, path: pathOf(request.url) });
    return refuse(request, reply, 'INTERNAL_SERVER_ERROR', 'A fault in podql; the log has the details under requestId.');
  }
  options.metrics.refused(known.code);
  if (known.status === 413) await takeRest(request, options.clock);
  return refuse(request, reply, known.code, known.message, { status: known.status });
}

/**
 * A client that is still sending would see a reset connection instead of the answer: its body is taken and thrown away,
 * for a bounded time.
 */
async function takeRest(request: FastifyRequest, clock: Clock): Promise<void> {
  if (request.raw.readableEnded || request.raw.destroyed) return;
  const end = new AbortController();
  request.raw.once('end', () => end.abort()).once('close', () => end.abort());
  request.raw.resume();
  await sleep(clock, 3_000, end.signal);
}

function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  code: ErrorCode,
  message: string,
  options: { readonly status?: number; readonly retryAfterSeconds?: number } = {},
): FastifyReply {
  const { status, body } = refusal(code, message, { ...options, requestId: request.id });
  const newer = (request.headers.accept ?? '').includes('application/graphql-response+json');
  if (options.retryAfterSeconds !== undefined) void reply.header('retry-after', String(options.retryAfterSeconds));
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type(`${newer ? 'application/graphql-response+json' : 'application/json'}; charset=utf-8`)
    .send(JSON.stringify(body));
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

function isHttpError(error: unknown): error is { code?: string; statusCode?: number; message: string } {
  return error instanceof Error;
}

/** Ours unless the client's is harmless in a log and a header. */
function requestIdOf(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && /^[\w.-]{1,64}$/.test(header) ? header : null;
}

function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
}

function hasQuery(url: string): boolean {
  return new URLSearchParams(queryOf(url)).has('query');
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
