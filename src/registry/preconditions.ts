import type { ApiObject } from '../api/meta';
import type { ErrorDetails } from '../errors/api-error';
import { ApiError } from '../errors/api-error';
import { changedFields } from './changed-fields';
import type { Stored } from './codec';
import type { Revision } from './store/store';
import type { Preconditions } from './types';
import { parseResourceVersion, printResourceVersion } from './versions';

export interface PreconditionContext<T extends ApiObject> {
  readonly details: ErrorDetails;
  /** "pod default/web" */
  readonly title: string;
  /** The object as it was at that revision, if memory still knows. Only used to say which fields changed. */
  readonly at: (revision: Revision) => T | undefined;
  /** Of the kind's strategy. */
  readonly isUserField: (path: string, states: readonly T[]) => boolean;
  /** The latest revision known to have happened. */
  readonly head: Revision;
}

/**
 * D4. Throws CONFLICT when the caller acted upon a state that is not the present one, BAD_USER_INPUT for a version that
 * cannot be read. A version, the object's own or that of a list or a bookmark it was seen in, is stale only if user-owned fields
 * changed after it; versions from before the creation belong to an earlier object of that name and are stale too. A version
 * the store has not reached yet can be of no state anybody saw.
 */
export function checkPreconditions<T extends ApiObject & { readonly spec: unknown }>(
  current: Stored<T>,
  preconditions: Preconditions | undefined,
  context: PreconditionContext<T>,
): void {
  const { uid, resourceVersion } = preconditions ?? {};
  if (uid != null && uid !== current.object.uid) {
    throw conflict(current, context, `its uid is ${current.object.uid}, not ${uid}: the one you mean was replaced`, []);
  }
  if (resourceVersion == null) return;
  const revision = parseResourceVersion(resourceVersion, 'resourceVersion');
  const stale = revision < current.userRevision;
  if (!stale && revision <= Math.max(context.head, current.modRevision)) return;
  const before = stale ? context.at(revision) : undefined;
  const fields = before && before.uid === current.object.uid ? userFieldsThatDiffer(before, current.object, context) : [];
  const what = fields.length > 0 ? `${fields.join(', ')} changed since version ${resourceVersion}` : `it changed since version ${resourceVersion}`;
  const never = `version ${resourceVersion} has not happened yet`;
  throw conflict(current, context, stale ? what : never, fields);
}

function conflict<T extends ApiObject>(
  current: Stored<T>,
  context: PreconditionContext<T>,
  why: string,
  fields: readonly string[],
): ApiError {
  const version = printResourceVersion(current.modRevision);
  return new ApiError('CONFLICT', `${context.title}: ${why}; it is at version ${version} now. Read it again and decide again. Nothing was changed.`, {
    outcome: 'notApplied',
    details: {
      ...context.details,
      uid: current.object.uid,
      currentResourceVersion: version,
      ...(fields.length > 0 ? { changedFields: fields } : {}),
    },
  });
}

/** By path; what the system wrote there is not among them. */
function userFieldsThatDiffer<T extends ApiObject & { readonly spec: unknown }>(before: T, after: T, { isUserField }: PreconditionContext<T>): string[] {
  const parts = ({ labels, annotations, spec }: T): unknown => ({ labels, annotations, spec });
  return changedFields(parts(before), parts(after), '').flatMap(({ field }) => (isUserField(field, [before, after]) ? [field] : []));
}
