import { kinds } from '../api/kinds';
import type { Kind } from '../api/kinds';
import type { Labels, ObjectMeta } from '../api/meta';
import { dnsLabelProblem, dnsSubdomainProblem, isUuid, labelKeyProblem, labelValueProblem, namePrefixProblem } from '../api/names';
import type { Cause } from '../errors/api-error';
import { Causes, entryPath } from './causes';

/** How a manifest carries spec.restartBackoff, so that it stays valid Kubernetes; nobody else may use it. */
export const restartBackoffAnnotation = 'podql.io/restart-backoff';

const mostLabels = 256;
/** Keys and values together, in UTF-8. */
const mostAnnotationBytes = 256 * 1024;

export type CheckedMetadata = Pick<
  ObjectMeta,
  'name' | 'namespace' | 'generateName' | 'uid' | 'labels' | 'annotations' | 'ownerReferences'
> & { readonly kind: Kind };

/**
 * The rules that all kinds share: name, namespace, uid, labels, annotations. For create and update; the name is the one
 * that was given or generated already. An empty uid (not stamped yet) is fine. Pure; all causes at once.
 */
export function validateMetadata(object: CheckedMetadata): readonly Cause[] {
  const causes = new Causes();
  validateName(causes, object);
  const info = kinds[object.kind];
  if (!info.namespaced) {
    if (object.namespace !== null) causes.forbidden('namespace', `must be absent: a ${info.noun} belongs to no namespace`);
  } else if (!object.namespace) {
    causes.required('namespace', `must be given: a ${info.noun} lives in a namespace`);
  } else {
    causes.problem('namespace', dnsLabelProblem(object.namespace));
  }
  if (object.uid !== '' && !isUuid(object.uid)) {
    causes.invalid('uid', 'must be a UUID in lower case, like 123e4567-e89b-42d3-a456-426614174000; leave it out to have one made');
  }
  validateLabels(causes, 'labels', object.labels);
  validateAnnotations(causes, 'annotations', object.annotations);
  if (object.ownerReferences.filter((owner) => owner.controller).length > 1) {
    causes.invalid('ownerReferences', 'must name at most one controller');
  }
  return causes.list();
}

function validateName(causes: Causes, { kind, name, generateName }: CheckedMetadata): void {
  const prefixProblem = generateName ? namePrefixProblem(generateName) : null;
  if (prefixProblem !== null) causes.invalid('generateName', prefixProblem);
  else if (name === '') causes.required('name', `must be given: every ${kinds[kind].noun} has a name; or give generateName to have one made`);
  else causes.problem('name', dnsSubdomainProblem(name));
}

export function validateLabels(causes: Causes, field: string, labels: Labels): void {
  const entries = Object.entries(labels);
  if (!causes.atMost(field, entries.length, mostLabels, 'labels')) return;
  for (const [key, value] of entries) {
    const keyProblem = labelKeyProblem(key);
    if (keyProblem !== null) causes.invalid(entryPath(field, key), `has a bad key, which ${keyProblem}`);
    causes.problem(entryPath(field, key), labelValueProblem(value));
  }
}

export function validateAnnotations(causes: Causes, field: string, annotations: Labels): void {
  const entries = Object.entries(annotations);
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  if (bytes > mostAnnotationBytes) {
    causes.add(field, 'FieldValueTooLong', `must have at most ${mostAnnotationBytes} bytes in keys and values together, not ${bytes}`);
    return;
  }
  for (const [key] of entries) {
    const keyProblem = labelKeyProblem(key);
    if (keyProblem !== null) causes.invalid(entryPath(field, key), `has a bad key, which ${keyProblem}`);
    if (key === restartBackoffAnnotation) {
      causes.forbidden(entryPath(field, key), 'must not be set by hand: in manifests this annotation stands for spec.restartBackoff; set that field');
    }
  }
}
