import { isDeepStrictEqual } from 'node:util';
import type { ClusterNode } from '../../api/cluster-node';
import type { Pod } from '../../api/pod';
import type { ReplicationController } from '../../api/replication-controller';
import type { Field, FieldType, Shape } from './fields';
import { withBackoffAnnotation } from './restart-backoff';
import { documentShapes, kubernetesWords } from './shapes';

export type PrintableObject = Pod | ReplicationController | ClusterNode;

export interface EncodeOptions {
  /** What everybody gets who says nothing. */
  readonly defaults: 'keep' | 'omit';
}

type Plain = Readonly<Record<string, unknown>>;

/**
 * The object as a plain Kubernetes v1 document: Kubernetes' names and words, nothing that is null or empty. Of metadata only
 * what a user may say; no status.
 */
export function encodeObject(object: PrintableObject, options: EncodeOptions): Plain {
  const { kubernetesKind, shape } = documentShapes[object.kind];
  const { name, generateName, namespace, labels, annotations } = object;
  const flat = { apiVersion: 'v1', kind: kubernetesKind, name, generateName, namespace, labels, annotations, spec: object.spec };
  return encodeShape(withAnnotatedBackoff(object, flat), shape, options);
}

/** The back-off leaves the spec and becomes an annotation beside it. */
function withAnnotatedBackoff(object: PrintableObject, flat: Plain): Plain {
  switch (object.kind) {
    case 'Pod':
      return {
        ...flat,
        annotations: withBackoffAnnotation(object.annotations, object.spec.restartBackoff),
        spec: { ...object.spec, restartBackoff: null },
      };
    case 'ReplicationController': {
      const { template } = object.spec;
      const annotations = withBackoffAnnotation(template.annotations, template.spec.restartBackoff);
      return { ...flat, spec: { ...object.spec, template: { ...template, annotations, spec: { ...template.spec, restartBackoff: null } } } };
    }
    case 'ClusterNode':
      return flat;
  }
}

function encodeShape(object: Plain, shape: Shape, options: EncodeOptions): Plain {
  const entries = Object.entries(shape.fields).flatMap(([name, field]): [string, unknown][] => {
    const value = field.flat ? object : object[field.as ?? name];
    if (value === null || value === undefined) return [];
    if (options.defaults === 'omit' && field.unless !== undefined && isDeepStrictEqual(value, field.unless)) return [];
    const encoded = encodeValue(value, field.value, options);
    return isEmpty(encoded, field) ? [] : [[name, encoded]];
  });
  return Object.fromEntries(entries);
}

function encodeValue(value: unknown, type: FieldType, options: EncodeOptions): unknown {
  switch (type.type) {
    case 'ignored':
      return undefined;
    case 'words':
      return kubernetesWords.get(String(value)) ?? value;
    case 'list':
      return Array.isArray(value) ? value.map((item: unknown) => encodeValue(item, type.of, options)) : [];
    case 'map':
      return sorted(value);
    case 'object':
      return encodeShape(isPlain(value) ? value : {}, type.shape, options);
    default:
      return value;
  }
}

function sorted(map: unknown): Plain {
  return isPlain(map) ? Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))) : {};
}

function isEmpty(encoded: unknown, field: Field): boolean {
  if (encoded === undefined) return true;
  if (field.keepEmpty || typeof encoded !== 'object' || encoded === null) return false;
  return Object.keys(encoded).length === 0;
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
