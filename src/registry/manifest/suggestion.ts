import type { FieldType, Shape } from './fields';

/** One step of a path: a field's name, or the place in a list (null: any place). */
export type Step = string | number | null;

/** As a person writes it: spec.containers[0].image; a place that is not known is []. */
export function pathText(steps: readonly Step[]): string {
  return steps.reduce<string>((path, step) => {
    if (typeof step === 'string') return path === '' ? step : `${path}.${step}`;
    return `${path}[${step ?? ''}]`;
  }, '');
}

/**
 * The field that was probably meant by one that is not there: the same word in other letters, a slip of one letter, the
 * same word elsewhere in the document, a slip of two letters. Undefined when nothing is near.
 */
export function suggestField(root: Shape, parent: readonly Step[], here: Shape, name: string): string | undefined {
  const near = nearest(Object.keys(here.fields), name);
  if (near && near.distance <= 1) return pathText([...parent, near.word]);
  const elsewhere = placesOf(root, name)
    .map((place) => merged(parent, place))
    .sort((a, b) => rank(a, parent) - rank(b, parent));
  if (elsewhere[0]) return pathText(elsewhere[0]);
  return near && pathText([...parent, near.word]);
}

/** The word of an enumeration that was probably meant. */
export function suggestWord(words: readonly string[], given: string): string | undefined {
  return nearest(words, given)?.word;
}

/** Is it a field of Kubernetes that podql lacks, here or elsewhere in the document? Its hint, or undefined. */
export function foreignHint(root: Shape, here: Shape, name: string): string | undefined {
  if (Object.hasOwn(here.foreign, name)) return here.foreign[name];
  for (const shape of shapesOf(root)) if (Object.hasOwn(shape.foreign, name)) return shape.foreign[name];
  return undefined;
}

/** At most two letters apart, and never more than a third of the word. */
function nearest(candidates: readonly string[], given: string): { readonly word: string; readonly distance: number } | undefined {
  const plain = (word: string): string => word.toLowerCase().replace(/[_-]/g, '');
  const wanted = plain(given).slice(0, 64);
  return candidates
    .map((word) => ({ word, distance: editDistance(plain(word), wanted) }))
    .filter(({ word, distance }) => distance <= Math.min(2, Math.floor(word.length / 3)))
    .sort((a, b) => a.distance - b.distance)[0];
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  let before: number[] = [];
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, at(before, j - 2) + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return at(row, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}

/** Every path of the document at which a field of this name may stand. */
function placesOf(root: Shape, name: string): readonly (readonly Step[])[] {
  const found: Step[][] = [];
  const look = (shape: Shape, path: readonly Step[]): void => {
    for (const [field, { value }] of Object.entries(shape.fields)) {
      if (field === name && value.type !== 'ignored') found.push([...path, field]);
      const [inner, step] = innerShape(value);
      if (inner) look(inner, [...path, field, ...step]);
    }
  };
  look(root, []);
  return found;
}

function shapesOf(root: Shape): readonly Shape[] {
  const inner = Object.values(root.fields).flatMap(({ value }) => {
    const [shape] = innerShape(value);
    return shape ? shapesOf(shape) : [];
  });
  return [root, ...inner];
}

function innerShape(type: FieldType): readonly [shape: Shape | undefined, step: readonly Step[]] {
  if (type.type === 'object') return [type.shape, []];
  if (type.type === 'list') return [innerShape(type.of)[0], [null]];
  return [undefined, []];
}

/** The place with the indexes of the path on which the stray field stands, as far as both go together. */
function merged(parent: readonly Step[], place: readonly Step[]): readonly Step[] {
  const shared = sharedSteps(parent, place);
  return [...parent.slice(0, shared), ...place.slice(shared)];
}

function sharedSteps(parent: readonly Step[], place: readonly Step[]): number {
  const differs = place.findIndex((step, index) => parent[index] !== step && !(typeof parent[index] === 'number' && step === null));
  return differs < 0 ? place.length : differs;
}

/** Smaller is likelier: no list to choose a place in, then near to where it stands, then short, then containers before init containers. */
function rank(place: readonly Step[], parent: readonly Step[]): number {
  const lists = place.filter((step) => step === null).length;
  const shared = sharedSteps(parent, place);
  return lists * 10_000 - shared * 100 + place.length + (place.includes('initContainers') ? 0.5 : 0);
}
