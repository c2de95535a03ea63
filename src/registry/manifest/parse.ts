import type { Node } from 'yaml';
import { isMap, isScalar, isSeq } from 'yaml';
import type { KindTypes } from '../../api/kinds';
import { restartBackoffAnnotation } from '../metadata';
import type { Draft } from '../types';
import type { Decoded } from './decode';
import { Decoder } from './decode';
import type { Position } from './problems';
import { Problems } from './problems';
import { takeBackoffAnnotation } from './restart-backoff';
import { documentShapes, listShape } from './shapes';
import type { SourceDocument } from './source';
import { readSource } from './source';

/** One object of a manifest. */
export interface ManifestOf<K extends 'Pod' | 'ReplicationController'> {
  readonly kind: K;
  readonly draft: Draft<KindTypes[K]>;
  /** metadata.resourceVersion: the object must not have changed since. */
  readonly resourceVersion: string | null;
  /** Where a field stands, or the nearest around it that does: "spec.containers[0].image" (Kubernetes' names). */
  locate(field: string): Position;
}
export type ManifestObject = ManifestOf<'Pod'> | ManifestOf<'ReplicationController'>;

export interface ParseOptions {
  /** For objects that name no namespace. */
  readonly defaultNamespace: string;
}

const supported = 'podql takes Pod, ReplicationController and List of apiVersion v1';
const mostObjects = 1000;

/** Kinds of Kubernetes that people will try, and what does their work here. */
const otherKinds: Readonly<Record<string, string>> = {
  Deployment: 'use a ReplicationController',
  ReplicaSet: 'use a ReplicationController',
  StatefulSet: 'use a ReplicationController, or pods of their own',
  DaemonSet: 'use pods with a nodeSelector',
  Job: 'use a Pod with restartPolicy OnFailure',
  Node: 'nodes register themselves; cordonClusterNode changes one',
};

/**
 * Reads Kubernetes v1 YAML or JSON: pods, replication controllers, lists of them, several documents. Strict. Throws INVALID
 * with every problem, each with line, column, path and, where there is one, a suggestion. Documents without content are passed over.
 */
export function parseManifest(text: string, options: ParseOptions): readonly ManifestObject[] {
  const problems = new Problems();
  const objects = readSource(text).flatMap((source) => {
    const { root } = source;
    if (root === null || (isScalar(root) && root.value === null)) return [];
    return readDocument(source, root, problems, options);
  });
  if (objects.length > mostObjects) {
    problems.add({ line: 1, column: 1 }, { field: '', reason: 'FieldValueTooMany', message: `the manifest has ${objects.length} objects; apply at most ${mostObjects} at a time` });
  } else if (objects.length === 0 && problems.isEmpty) {
    problems.add({ line: 1, column: 1 }, { field: '', reason: 'FieldValueRequired', message: `there is no object in this manifest; ${supported}` });
  }
  problems.throwIfAny();
  return objects;
}

function readDocument(source: SourceDocument, node: Node, problems: Problems, options: ParseOptions): readonly ManifestObject[] {
  const at = source.position(node);
  if (!isMap(node)) {
    problems.add(at, { field: '', reason: 'FieldValueTypeInvalid', message: `a document must be an object with apiVersion, kind and metadata; ${supported}` });
    return [];
  }
  const kind = headerField(source, node, 'kind');
  const apiVersion = headerField(source, node, 'apiVersion');
  if (kind === undefined) {
    problems.add(at, { field: 'kind', reason: 'FieldValueRequired', message: `kind is missing; ${supported}` });
    return [];
  }
  if (kind.text !== 'Pod' && kind.text !== 'ReplicationController' && kind.text !== 'List') {
    const shown = JSON.stringify(kind.text.slice(0, 80));
    const advice = Object.hasOwn(otherKinds, kind.text) ? `; ${otherKinds[kind.text]}` : '';
    problems.add(kind.at, { field: 'kind', reason: 'FieldValueNotSupported', message: `kind ${shown} is not supported: ${supported}${advice}` });
    return [];
  }
  if (apiVersion?.text !== 'v1') {
    const message = apiVersion ? `apiVersion must be v1 for kind ${kind.text}, not ${JSON.stringify(apiVersion.text.slice(0, 80))}` : 'apiVersion is missing; write apiVersion: v1';
    problems.add(apiVersion?.at ?? at, { field: 'apiVersion', reason: apiVersion ? 'FieldValueNotSupported' : 'FieldValueRequired', message });
  }
  if (kind.text === 'List') return readList(source, node, problems, options);
  return [kind.text === 'Pod' ? readObject('Pod', source, node, problems, options) : readObject('ReplicationController', source, node, problems, options)];
}

function readList(source: SourceDocument, node: Node, problems: Problems, options: ParseOptions): readonly ManifestObject[] {
  new Decoder(source, listShape, problems).decode(node);
  const items = isMap<Node, Node | null>(node) ? node.items.find(({ key }) => isScalar(key) && key.value === 'items')?.value : null;
  if (!isSeq<Node>(items)) return [];
  return items.items.flatMap((item) => {
    const inner = source.resolve(item);
    if (isMap(inner) && headerField(source, inner, 'kind')?.text === 'List') {
      problems.add(source.position(item), { field: 'kind', reason: 'FieldValueNotSupported', message: 'a List must not contain a List; put its items here' });
      return [];
    }
    return readDocument(source, inner, problems, options);
  });
}

function readObject<K extends 'Pod' | 'ReplicationController'>(
  kind: K,
  source: SourceDocument,
  node: Node,
  problems: Problems,
  options: ParseOptions,
): ManifestOf<K> {
  const decoder = new Decoder(source, documentShapes[kind].shape, problems);
  const start = source.position(node);
  const locate = (field: string): Position => nearestPosition(decoder.positions, field) ?? start;
  const decoded = decoder.decode(node);
  const read = kind === 'Pod' ? withBackoff(decoded, '', problems, locate) : withTemplateBackoff(decoded, problems, locate);
  const [name, generateName] = [textOf(read.name), textOf(read.generateName)];
  if (name === null && generateName === null) {
    problems.add(locate('metadata'), { field: 'metadata.name', reason: 'FieldValueRequired', message: 'metadata.name is missing; every object has a name (or a generateName, to have one made)' });
  }
  if (read.spec === undefined) {
    problems.add(start, { field: 'spec', reason: 'FieldValueRequired', message: `spec is missing: it says what the ${kind === 'Pod' ? 'pod' : 'replication controller'} should be` });
  }
  const draft = {
    name,
    generateName,
    namespace: textOf(read.namespace) ?? options.defaultNamespace,
    uid: textOf(read.uid),
    labels: read.labels ?? {},
    annotations: read.annotations ?? {},
    spec: read.spec ?? {},
  };
  // The decoder let through only what the shape's table allows, and the table describes exactly this type (print and parse are tested to be inverse).
  return { kind, draft: draft as unknown as Draft<KindTypes[K]>, resourceVersion: textOf(read.resourceVersion), locate };
}

function withTemplateBackoff(decoded: Decoded, problems: Problems, locate: (field: string) => Position): Decoded {
  const spec = partOf(decoded, 'spec');
  const template = spec && partOf(spec, 'template');
  if (!template) return decoded;
  return { ...decoded, spec: { ...spec, template: withBackoff(template, 'spec.template.', problems, locate) } };
}

/** Moves the back-off from its annotation into the spec beside it. */
function withBackoff(pod: Decoded, path: string, problems: Problems, locate: (field: string) => Position): Decoded {
  const given = partOf(pod, 'annotations');
  if (!given) return pod;
  const { annotations, backoff, problem } = takeBackoffAnnotation(given as Record<string, string>);
  const field = `${path}metadata.annotations[${restartBackoffAnnotation}]`;
  const spec = partOf(pod, 'spec');
  if (problem !== undefined) {
    problems.add(locate(field), { field, reason: 'FieldValueInvalid', message: `${field} ${problem}` });
  } else if (backoff && spec?.restartBackoff !== undefined) {
    problems.add(locate(field), { field, reason: 'FieldValueDuplicate', message: `${field} and ${path}spec.restartBackoff say the same thing; keep one of them` });
  }
  return { ...pod, annotations, ...(backoff && spec && { spec: { ...spec, restartBackoff: backoff } }) };
}

function headerField(source: SourceDocument, node: Node, name: string): { readonly text: string; readonly at: Position } | undefined {
  if (!isMap<Node, Node | null>(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === name);
  const value = pair?.value && source.resolve(pair.value);
  return pair && isScalar(value) && typeof value.value === 'string' ? { text: value.value, at: source.position(pair.key) } : undefined;
}

function nearestPosition(positions: ReadonlyMap<string, Position>, field: string): Position | undefined {
  for (let path = field; path !== ''; path = path.slice(0, Math.max(path.lastIndexOf('.'), path.lastIndexOf('['), 0))) {
    const found = positions.get(path);
    if (found) return found;
  }
  return undefined;
}

function partOf(decoded: Decoded, name: string): Decoded | undefined {
  const part = decoded[name];
  return typeof part === 'object' && part !== null ? (part as Decoded) : undefined;
}

/** Empty counts as absent, as in Kubernetes. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
