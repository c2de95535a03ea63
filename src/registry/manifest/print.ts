import { Document, isScalar, visit } from 'yaml';
import { kinds } from '../../api/kinds';
import { controllerOf } from '../../api/meta';
import { qosClassOf } from '../../api/qos';
import type { PrintableObject } from './encode';
import { encodeObject } from './encode';

/** Characters that readers of YAML 1.1 take for line ends or drop; they are written as escapes. */
const delicate = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;
/** Texts that alone mean something in YAML 1.1. */
const signs: ReadonlySet<string> = new Set(['=', '<<']);

/**
 * The object as Kubernetes v1 YAML: the way out, and what may be edited and applied again. Parsing it gives the draft of an equal
 * object. What the server sets (uid, versions, times, owner) stands in a comment: as fields it would make every later apply a conflict.
 */
export function printManifest(object: PrintableObject): string {
  const status = object.kind === 'Pod' ? { status: { phase: kubernetesWord(object.status.phase), qosClass: kubernetesWord(qosClassOf(object.spec)) } } : {};
  // compat: quote what YAML 1.1 (Kubernetes' own readers) would take for a boolean, a date or a number.
  const document = new Document({ ...encodeObject(object, { defaults: 'omit' }), ...status }, { version: '1.2', compat: 'yaml-1.1', aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, node) {
      if (!isScalar(node) || typeof node.value !== 'string') return;
      if (delicate.test(node.value) || signs.has(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  const body = document.toString({ lineWidth: 0 });
  return `${header(object)}\n${body.replace(new RegExp(delicate, 'g'), escaped)}`;
}

function header(object: PrintableObject): string {
  const title = object.namespace === null ? object.name : `${object.namespace}/${object.name}`;
  const facts = [`uid ${object.uid}`, `resourceVersion ${object.resourceVersion}`, `generation ${object.generation}`, `created ${object.creationTimestamp}`];
  if (object.deletionTimestamp !== null) facts.push(`deletion asked for ${object.deletionTimestamp}`);
  const owner = controllerOf(object);
  if (owner) facts.push(`owned by ${owner.kind} ${owner.name}`);
  return `# ${kinds[object.kind].noun} ${title}: ${facts.join(', ')}`;
}

/** Of words that are only ever printed: BEST_EFFORT is BestEffort. */
function kubernetesWord(word: string): string {
  return word.split('_').map((part) => part.charAt(0) + part.slice(1).toLowerCase()).join('');
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
