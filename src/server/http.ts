import { readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fastify from 'fastify';
import type { Clock } from '../base/clock';
import type { Identity } from '../base/identity';
import type { ApiRouteOptions } from './api-route';
import { addApi, apiPath, capital } from './api-route';
import { crossOriginHeaders, preflightHeaders } from './cors';
import type { ReadinessCheck } from './health';
import { readiness } from './health';
import type { ServerLimits } from './options';
import type { OriginRules } from './origin';
import { judgeOrigin } from './origin';
import { assetsPath, contentSecurityPolicy, readPlayground } from './playground';
import { pathOf, refuse, refuseThrown } from './refuse';

export interface HttpOptions extends ApiRouteOptions {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly limits: ServerLimits;
  readonly origins: OriginRules;
  readonly checks: readonly ReadinessCheck[];
}

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
    // An address that cannot be read.
    frameworkErrors: (error, request, reply) => void refuseThrown(error, request, reply, options),
    genReqId: (request) => requestIdOf(request.headers['x-request-id']) ?? identity.uid(),
    // A router that forgives is a router that surprises.
    routerOptions: { ignoreTrailingSlash: false },
  });
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
  app.setErrorHandler((error, request, reply) => refuseThrown(error, request, reply, options));
  app.setNotFoundHandler((request, reply) =>
    refuse(request, reply, 'NOT_FOUND', `There is nothing at ${request.method} ${pathOf(request.url)}. The API is POST ${apiPath}.`),
  );
  addHealth(app, options);
  addPlayground(app);
  addApi(app, options);
  return app;
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

/** Ours unless the client's is harmless in a log and a header. */
function requestIdOf(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && /^[\w.-]{1,64}$/.test(header) ? header : null;
}

function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
}
