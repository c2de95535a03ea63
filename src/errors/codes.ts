/**
 * The one table of error codes (contract.graphql; docs/errors.md prints it; a test keeps both equal).
 * `reason` is Kubernetes' word, `status` its HTTP number (research: apimachinery's errors), `retryable` says whether
 * the same request may succeed later without the caller changing anything.
 */
export const errorCodes = {
  NOT_FOUND: { reason: 'NotFound', status: 404, retryable: false, meaning: 'No object of that name, or not any more.' },
  ALREADY_EXISTS: { reason: 'AlreadyExists', status: 409, retryable: false, meaning: 'The name is taken, or the uid is used up.' },
  CONFLICT: {
    reason: 'Conflict',
    status: 409,
    retryable: false,
    meaning: 'The object changed since the version that was given as a precondition. Read it again, decide again.',
  },
  INVALID: { reason: 'Invalid', status: 422, retryable: false, meaning: 'One or more fields break a rule; details.causes names each.' },
  BAD_USER_INPUT: { reason: 'BadRequest', status: 400, retryable: false, meaning: 'An argument cannot be understood.' },
  UNAUTHENTICATED: { reason: 'Unauthorized', status: 401, retryable: false, meaning: 'No token, or one that is not known.' },
  FORBIDDEN: { reason: 'Forbidden', status: 403, retryable: false, meaning: 'The token lacks the role for this.' },
  TOO_MANY_REQUESTS: { reason: 'TooManyRequests', status: 429, retryable: true, meaning: 'A limit on work at a time is reached; wait retryAfterSeconds.' },
  EXPIRED: { reason: 'Expired', status: 410, retryable: false, meaning: 'History that old is gone. List again from the start.' },
  REQUEST_TOO_LARGE: { reason: 'RequestEntityTooLarge', status: 413, retryable: false, meaning: 'The object or request exceeds the size limit.' },
  SERVICE_UNAVAILABLE: { reason: 'ServiceUnavailable', status: 503, retryable: true, meaning: 'The store or a part of the server cannot serve now.' },
  SERVER_TIMEOUT: { reason: 'ServerTimeout', status: 500, retryable: true, meaning: 'The store did not answer in time; nothing was changed.' },
  TIMEOUT: { reason: 'Timeout', status: 504, retryable: false, meaning: 'The outcome of a write is not known: read before you try again.' },
  QUERY_TOO_COSTLY: { reason: 'BadRequest', status: 400, retryable: false, meaning: 'The operation exceeds a limit on depth, aliases or cost.' },
  INTERNAL_SERVER_ERROR: { reason: 'InternalError', status: 500, retryable: false, meaning: 'A fault in podql. The log has the details under requestId.' },
} as const;

export type ErrorCode = keyof typeof errorCodes;
