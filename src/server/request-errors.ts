import type { GraphQLFormattedError } from 'graphql';
import { ApiError } from '../errors/api-error';
import type { ErrorCode } from '../errors/codes';
import type { ErrorFacts } from '../errors/graphql';
import { presentError } from '../errors/graphql';

/** An answer in GraphQL's form to a request that GraphQL never saw. */
export interface RequestErrorBody {
  readonly errors: readonly [GraphQLFormattedError];
}

export interface RequestRefusal {
  /** HTTP's number; the code's own unless HTTP has a better one (415, 404). */
  readonly status: number;
  readonly body: RequestErrorBody;
}

export function refusal(error: unknown, facts: ErrorFacts): RequestRefusal {
  const presented = presentError(error, facts);
  const status = presented.extensions?.status;
  return { status: typeof status === 'number' ? status : 500, body: { errors: [presented] } };
}

/** What the HTTP layer itself refuses (fastify's codes), in our words. Null: it is a fault of ours. */
export function explainHttpError(
  error: { readonly code?: string; readonly statusCode?: number; readonly message: string },
  limits: { readonly bodyBytes: number },
): { readonly code: ErrorCode; readonly status: number; readonly message: string } | null {
  const limit = `${limits.bodyBytes / (1024 * 1024)} MiB`;
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { code: 'REQUEST_TOO_LARGE', status: 413, message: `The request is larger than ${limit}; nothing was read or changed.` };
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return { code: 'BAD_USER_INPUT', status: 415, message: 'The request must be sent with "content-type: application/json".' };
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return { code: 'BAD_USER_INPUT', status: 400, message: 'The request has no body; send {"query": "…"} as JSON.' };
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return { code: 'BAD_USER_INPUT', status: 400, message: 'The body of the request is not valid JSON.' };
    default:
      break;
  }
  const status = error.statusCode ?? 500;
  if (status < 400 || status >= 500) return null;
  return { code: 'BAD_USER_INPUT', status, message: `The request cannot be read: ${error.message}` };
}

/** For places that speak GraphQL already. */
export function tooManyOperations(limit: number): ApiError {
  return new ApiError(
    'TOO_MANY_REQUESTS',
    `This connection has ${limit} operations under way, which is the most that is allowed; end one, or open another connection.`,
    { retryAfterSeconds: 1, outcome: 'notApplied' },
  );
}
