import type { KindInfo } from '../api/kinds';
import type { ObjectRef } from '../api/meta';
import type { Cause, Operation } from '../errors/api-error';
import { ApiError } from '../errors/api-error';
import type { Subject } from '../errors/interpret';
import { detailsOf, titleOf } from '../errors/interpret';

/** What a call on one object (or on the kind, when there is no ref) was about. */
export function subjectOf(info: KindInfo, operation: Operation, ref?: Partial<ObjectRef>): Subject {
  const namespace = info.namespaced ? ref?.namespace : undefined;
  return { operation, kind: info.kind, noun: info.noun, ...(namespace == null ? {} : { namespace }), ...(ref?.name ? { name: ref.name } : {}) };
}

export function notFound(subject: Subject): ApiError {
  const write = subject.operation !== 'get' && subject.operation !== 'list' && subject.operation !== 'watch';
  return new ApiError('NOT_FOUND', `there is no ${titleOf(subject)}.${write ? ' Nothing was changed.' : ''}`, {
    details: detailsOf(subject),
    outcome: write ? 'notApplied' : undefined,
  });
}

export function alreadyExists(subject: Subject, because: string, retryAfterSeconds?: number): ApiError {
  return new ApiError('ALREADY_EXISTS', `cannot create ${titleOf(subject)}: ${because}. Nothing was changed.`, {
    details: detailsOf(subject),
    outcome: 'notApplied',
    retryAfterSeconds,
  });
}

/** All broken rules in one error; the first of them in its message. */
export function invalid(subject: Subject, causes: readonly Cause[]): ApiError {
  const [first] = causes;
  const shown = first ? `${first.field} ${first.message}` : 'it breaks a rule';
  const more = causes.length > 1 ? ` (and ${causes.length - 1} more; see details.causes)` : '';
  return new ApiError('INVALID', `cannot ${subject.operation} ${titleOf(subject)}: ${shown}${more}. Nothing was changed.`, {
    details: { ...detailsOf(subject), causes },
    outcome: 'notApplied',
  });
}

export function tooLarge(subject: Subject, bytes: number, limit: number): ApiError {
  return new ApiError(
    'REQUEST_TOO_LARGE',
    `cannot ${subject.operation} ${titleOf(subject)}: stored it would have ${bytes} bytes, and ${limit} is the limit. Nothing was changed.`,
    { details: detailsOf(subject), outcome: 'notApplied' },
  );
}

export function unreadable(subject: Subject, cause: unknown): ApiError {
  return new ApiError('INTERNAL_SERVER_ERROR', `cannot ${subject.operation} ${titleOf(subject)}: what is stored of it cannot be read; the server's log says where.`, {
    details: detailsOf(subject),
    outcome: subject.operation === 'get' || subject.operation === 'list' || subject.operation === 'watch' ? undefined : 'notApplied',
    cause,
  });
}
