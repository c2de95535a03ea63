import type { ErrorDetails, Operation, Outcome } from './api-error';
import { ApiError } from './api-error';
import type { ErrorCode } from './codes';
import type { StoreErrorCode } from './store-error';
import { StoreError } from './store-error';

/** What a call was about: for messages and details. */
export interface Subject {
  readonly operation: Operation;
  readonly kind: string;
  /** The word in messages: "pod", "node". */
  readonly noun: string;
  readonly namespace?: string | null;
  readonly name?: string;
  readonly uid?: string;
}

/**
 * Store error -> API error, by operation: the second of the three tiers. The first question is whether the outcome is
 * known (D5), the second what the store said. Nothing of the store's own text is kept but as `cause`, for the log.
 */
export function interpretStoreError(error: unknown, subject: Subject): ApiError {
  if (error instanceof ApiError) return error;
  const write = isWrite(subject.operation);
  if (!(error instanceof StoreError)) {
    return build(subject, internal, { outcome: write ? 'unknown' : undefined, cause: error });
  }
  const verdict = verdictFor(error.code, subject.operation);
  if (!write) return build(subject, verdict, { outcome: undefined, cause: error });
  if (error.outcome === 'unknown' && verdict.code !== 'INTERNAL_SERVER_ERROR') {
    return build(subject, outcomeUnknown, { outcome: 'unknown', cause: error });
  }
  return build(subject, verdict, { outcome: error.outcome, cause: error });
}

/** What is wrong with a store that refuses every write, in the words that whoever writes gets. */
export function explainStoreFault(fault: StoreError): string {
  return table[fault.code].otherwise.because;
}

/** "pod default/web", "node a", "pods in default", "pods" */
export function titleOf(subject: Omit<Subject, 'operation'>): string {
  const { noun, namespace, name } = subject;
  if (name) return namespace ? `${noun} ${namespace}/${name}` : `${noun} ${name}`;
  return namespace ? `${noun}s in ${namespace}` : `${noun}s`;
}

export function detailsOf(subject: Subject): ErrorDetails {
  const { operation, kind, namespace, name, uid } = subject;
  return {
    operation,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(uid === undefined ? {} : { uid }),
  };
}

interface Verdict {
  readonly code: ErrorCode;
  /** What stopped it, and what to do; written so that it follows "cannot create pod default/web: ". */
  readonly because: string;
  readonly retryAfterSeconds?: number;
}

const internal: Verdict = { code: 'INTERNAL_SERVER_ERROR', because: 'something in podql is broken; the server\'s log says what' };
const notFound: Verdict = { code: 'NOT_FOUND', because: 'there is none of that name' };
const exists: Verdict = { code: 'ALREADY_EXISTS', because: 'the name is taken; choose another, or update what is there' };
const conflict: Verdict = { code: 'CONFLICT', because: 'it changed meanwhile; read it again and decide again' };
const expired: Verdict = { code: 'EXPIRED', because: 'history that old is gone; list again from the start' };
const future: Verdict = { code: 'BAD_USER_INPUT', because: 'that version has not happened yet' };
const tooSlow: Verdict = { code: 'TOO_MANY_REQUESTS', because: 'this reader is too slow; start again from the last version you saw', retryAfterSeconds: 1 };
const tooLarge: Verdict = { code: 'REQUEST_TOO_LARGE', because: 'the object exceeds the size limit; make it smaller' };
const full: Verdict = { code: 'SERVICE_UNAVAILABLE', because: 'the store has no space left; free some on the server', retryAfterSeconds: 30 };
const busy: Verdict = { code: 'TOO_MANY_REQUESTS', because: 'the store has too much to do; try again', retryAfterSeconds: 1 };
const unavailable: Verdict = { code: 'SERVICE_UNAVAILABLE', because: 'the store cannot be reached; try again', retryAfterSeconds: 2 };
const late: Verdict = { code: 'SERVER_TIMEOUT', because: 'the store did not answer in time; try again', retryAfterSeconds: 2 };
const closing: Verdict = { code: 'SERVICE_UNAVAILABLE', because: 'the server is shutting down; try again', retryAfterSeconds: 1 };
const notOurs: Verdict = { code: 'SERVICE_UNAVAILABLE', because: 'the store refuses this server; look at its log', retryAfterSeconds: 10 };
const outcomeUnknown: Verdict = {
  code: 'TIMEOUT',
  because: 'the store\'s answer was lost; whether it happened is not known: read before you try again',
};

type Rule = Partial<Record<Operation, Verdict>> & { readonly otherwise: Verdict };

/** One row per store code. What cannot come out of an operation is a fault of ours, not of the caller. */
const table: Record<StoreErrorCode, Rule> = {
  EXISTS: { create: exists, bind: exists, update: conflict, delete: conflict, otherwise: internal },
  NOT_FOUND: { get: notFound, update: notFound, delete: notFound, bind: notFound, otherwise: internal },
  CONFLICT: { update: conflict, delete: conflict, bind: conflict, otherwise: internal },
  COMPACTED: { get: expired, list: expired, watch: expired, otherwise: internal },
  FUTURE: { get: future, list: future, watch: future, otherwise: internal },
  LAGGED: { watch: tooSlow, otherwise: internal },
  TOO_LARGE: { create: tooLarge, update: tooLarge, bind: tooLarge, otherwise: internal },
  LEASE_GONE: { otherwise: internal },
  FULL: { otherwise: full },
  BUSY: { otherwise: busy },
  UNAVAILABLE: { otherwise: unavailable },
  TIMEOUT: { otherwise: late },
  CORRUPT: { otherwise: internal },
  CLOSED: { otherwise: closing },
  IN_USE: { otherwise: notOurs },
  MISCONFIGURED: { otherwise: notOurs },
};

function verdictFor(code: StoreErrorCode, operation: Operation): Verdict {
  return table[code][operation] ?? table[code].otherwise;
}

function isWrite(operation: Operation): boolean {
  return operation === 'create' || operation === 'update' || operation === 'delete' || operation === 'bind';
}

function build(subject: Subject, verdict: Verdict, known: { outcome: Outcome | undefined; cause: unknown }): ApiError {
  const { code, because, retryAfterSeconds } = verdict;
  const changed = known.outcome === 'notApplied' ? ' Nothing was changed.' : '';
  return new ApiError(code, `cannot ${subject.operation} ${titleOf(subject)}: ${because}.${changed}`, {
    details: detailsOf(subject),
    retryAfterSeconds,
    outcome: known.outcome,
    cause: known.cause,
  });
}
