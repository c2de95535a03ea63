import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import type { Logger } from '../base/logger';
import { silentLogger } from '../base/logger';
import { ApiError } from '../errors/api-error';
import type { ErrorCode } from '../errors/codes';
import type { ServerMetrics } from './metrics';
import type { ServerLimits } from './options';
import type { RequestRefusal } from './request-errors';
import { explainHttpError, refusal } from './request-errors';

/** Answers in GraphQL's form a request that shall go no further. */
export function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  code: ErrorCode,
  message: string,
  options: { readonly status?: number; readonly retryAfterSeconds?: number } = {},
): FastifyReply {
  const { retryAfterSeconds, status } = options;
  const error = new ApiError(code, message, { retryAfterSeconds, outcome: 'notApplied' });
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  // Counted, not logged: whoever knocks must not fill the log.
  return answer(request, reply, refusal(error, { requestId: request.id, status, logger: silentLogger }));
}

/** What fastify throws: the client's fault in our words, or our own, masked. */
export async function refuseThrown(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { logger, metrics, limits, clock }: { readonly logger: Logger; readonly metrics: ServerMetrics; readonly limits: ServerLimits; readonly clock: Clock },
): Promise<FastifyReply> {
  const known = error instanceof Error ? explainHttpError(error, limits) : null;
  if (!known) return answer(request, reply, refusal(error, { requestId: request.id, logger: logger.child({ url: pathOf(request.url) }) }));
  metrics.refused(known.code);
  if (known.status === 413) await takeRest(request, clock);
  return refuse(request, reply, known.code, known.message, { status: known.status });
}

function answer(request: FastifyRequest, reply: FastifyReply, { status, body }: RequestRefusal): FastifyReply {
  const newer = (request.headers.accept ?? '').includes('application/graphql-response+json');
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type(`${newer ? 'application/graphql-response+json' : 'application/json'}; charset=utf-8`)
    .send(JSON.stringify(body));
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

export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
