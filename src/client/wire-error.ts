import { ApiError } from '../errors/api-error';
import type { ErrorDetails, Outcome } from '../errors/api-error';
import { errorCodes } from '../errors/codes';
import type { ErrorCode } from '../errors/codes';
import type { WireError } from './transport';

/** The server's own GraphQL codes, for which a client needs no words of its own. */
const protocolCodes: Readonly<Record<string, ErrorCode>> = {
  GRAPHQL_PARSE_FAILED: 'BAD_USER_INPUT',
  GRAPHQL_VALIDATION_FAILED: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_USER_INPUT',
};

/** C1: the error that the server meant. Of several, the first. */
export function toApiError(errors: readonly WireError[]): ApiError {
  const first = errors[0] ?? { message: 'the server answered with an empty list of errors' };
  const extensions = first.extensions ?? {};
  const retryAfter = extensions.retryAfterSeconds;
  return new ApiError(toCode(extensions.code), first.message, {
    details: isRecord(extensions.details) ? (extensions.details as ErrorDetails) : {},
    retryAfterSeconds: typeof retryAfter === 'number' ? retryAfter : undefined,
    outcome: isOutcome(extensions.outcome) ? extensions.outcome : undefined,
    cause: errors,
  });
}

function toCode(code: unknown): ErrorCode {
  if (typeof code !== 'string') return 'INTERNAL_SERVER_ERROR';
  if (isErrorCode(code)) return code;
  return protocolCodes[code] ?? 'INTERNAL_SERVER_ERROR';
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}

function isOutcome(value: unknown): value is Outcome {
  return value === 'notApplied' || value === 'unknown';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
