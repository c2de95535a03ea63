import type { Node, Scalar } from 'yaml';
import { isMap, isScalar, isSeq } from 'yaml';
import type { FieldType } from './fields';

/** How messages speak of what stands in a manifest. */

export function isAbsent(node: Node | null): node is null {
  return node === null || (isScalar(node) && node.value === null);
}

/** As it was written, for plain words; the content of quoted ones. */
export function sourceOf(scalar: Scalar): string {
  return typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? String(scalar.value));
}

export function shown(text: string, quote = '"'): string {
  return `${quote}${text.length > 80 ? `${text.slice(0, 77)}...` : text}${quote}`;
}

export function describe(node: Node | null): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node) || node.value === null) return 'nothing';
  return typeof node.value === 'string' ? `the text ${shown(node.value)}` : `the ${typeof node.value} ${shown(sourceOf(node), '')}`;
}

export function nameOf(type: FieldType): string {
  switch (type.type) {
    case 'object':
      return type.shape.noun;
    case 'list':
      return 'a list';
    case 'text':
      return 'a text';
    default:
      return `a ${type.type}`;
  }
}
