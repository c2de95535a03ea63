import type { ErrorCode } from './codes';
import { errorCodes } from './codes';

/** Kubernetes' words for one broken rule. */
export type CauseReason =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueNotFound'
  | 'FieldValueTypeInvalid';

export interface Cause {
  /** A path as a person writes it: spec.containers[0].image */
  readonly field: string;
  readonly reason: CauseReason;
  readonly message: string;
  /** Of a manifest: where the field stands in the text (from 1), and the path or word that was probably meant. */
  readonly line?: number;
  readonly column?: number;
  readonly suggestion?: string;
}

export interface ErrorDetails {
  readonly kind?: string;
  readonly namespace?: string | null;
  readonly name?: string;
  readonly uid?: string;
  readonly operation?: Operation;
  readonly currentResourceVersion?: string;
  readonly changedFields?: readonly string[];
  readonly causes?: readonly Cause[];
}

export type Operation = 'get' | 'list' | 'create' | 'update' | 'delete' | 'bind' | 'watch';

/** Of a write: did it happen? */
export type Outcome = 'notApplied' | 'unknown';

export interface ApiErrorOptions {
  readonly details?: ErrorDetails;
  readonly retryAfterSeconds?: number;
  readonly outcome?: Outcome;
  /** For the log only; never sent to a client. */
  readonly cause?: unknown;
}

/**
 * What a registry, a client or a kubelet throws and what becomes a GraphQL error. Compare `code`, never the class,
 * across a seam. The message says what was asked, what stopped it, and what to do next.
 */
export class ApiError extends Error {
  readonly details: ErrorDetails;
  readonly retryAfterSeconds: number | undefined;
  readonly outcome: Outcome | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: ApiErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ApiError';
    this.details = options.details ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.outcome = options.outcome;
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}

export function isApiError(error: unknown, code?: ErrorCode): error is ApiError {
  return error instanceof ApiError && (code === undefined || error.code === code);
}
