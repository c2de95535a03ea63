import { kinds } from '../../api/kinds';
import type { ObjectMeta } from '../../api/meta';
import type { Cause } from '../../errors/api-error';
import { ApiError } from '../../errors/api-error';
import type { ManifestObject } from './parse';
import { Problems } from './problems';
import { kubernetesWords } from './shapes';

/** What went wrong with one object of a manifest: always an ApiError; INVALID has lines and the manifest's own paths and words. */
export function refusalOf(error: unknown, object: ManifestObject): ApiError {
  if (!(error instanceof ApiError)) {
    return new ApiError('INTERNAL_SERVER_ERROR', `something in podql is broken; the server's log says what`, { outcome: 'unknown', cause: error });
  }
  const { causes } = error.details;
  if (error.code !== 'INVALID' || !causes) return inContext(error, object);
  const problems = new Problems();
  for (const cause of causes) {
    const field = manifestPath(cause.field);
    problems.add(object.locate(field), { field, reason: cause.reason, message: `${field} ${inKubernetesWords(cause.message)}`.trim() });
  }
  return problems.error();
}

/** Several refusals in one: all causes when every object is INVALID, else the first refusal that is something else. */
export function combineRefusals(refusals: readonly ApiError[]): ApiError {
  const other = refusals.find((refusal) => refusal.code !== 'INVALID');
  if (other) return other;
  const problems = new Problems();
  for (const { line = 1, column = 1, field, reason, message } of refusals.flatMap((refusal) => refusal.details.causes ?? [])) {
    problems.add({ line, column }, { field, reason, message: message.replace(/^line \d+: /, '') });
  }
  return problems.error();
}

export interface Progress {
  readonly applied: readonly { readonly action: string; readonly object: ObjectMeta & { readonly kind: ManifestObject['kind'] } }[];
  /** The one that failed. */
  readonly object: ManifestObject;
  /** How many were not tried any more. */
  readonly left: number;
}

/** A write failed after everything had been found in order: the error, and exactly what has happened. */
export function partlyApplied(error: ApiError, { applied, object, left }: Progress): ApiError {
  const done = applied.map(({ action, object: each }) => `${action} ${kinds[each.kind].noun} ${each.namespace}/${each.name}`);
  const account = [
    done.length > 0 ? `Applied before it: ${done.join(', ')}.` : 'Nothing was applied before it.',
    error.outcome === 'unknown' ? `Whether ${titleOf(object)} was applied is not known.` : `${titleOf(object)} was not applied.`,
    ...(left > 0 ? [`Not tried: the ${left} after it.`] : []),
  ];
  const { code, details, retryAfterSeconds, outcome } = error;
  const what = error.message.replace(/\s*Nothing was (changed|created or changed)\.$/, '').replace(/([^.?!])$/, '$1.');
  return new ApiError(code, `${what} ${account.join(' ')}`, {
    details,
    retryAfterSeconds,
    // Something of the call may have happened, even if not to this object.
    outcome: done.length > 0 ? 'unknown' : outcome,
    cause: error,
  });
}

function inContext(error: ApiError, object: ManifestObject): ApiError {
  const { line } = object.locate('metadata.name');
  const { code, message, details, retryAfterSeconds, outcome } = error;
  return new ApiError(code, `line ${line}: ${message}`, { details, retryAfterSeconds, outcome, cause: error });
}

function titleOf({ kind, draft }: ManifestObject): string {
  return `${kinds[kind].noun} ${draft.namespace}/${draft.name ?? `${draft.generateName}…`}`;
}

const metadataFields = /^(name|namespace|generateName|uid|labels|annotations|ownerReferences)(?![A-Za-z])/;

/** The API is flat and has names of its own; a manifest has metadata and Kubernetes' names. */
export function manifestPath(field: string): string {
  return field
    .replace(metadataFields, 'metadata.$1')
    .replace(/^spec\.template\.(labels|annotations)(?![A-Za-z])/, 'spec.template.metadata.$1')
    .replace(/\.httpGet\.headers(?![A-Za-z])/, '.httpGet.httpHeaders');
}

function inKubernetesWords(message: Cause['message']): string {
  return message
    .replace(/\b[A-Z]+(_[A-Z]+)*\b/g, (word) => kubernetesWords.get(word) ?? word)
    .replace(/\bspec\.template\.(labels|annotations)\b/g, 'spec.template.metadata.$1');
}
