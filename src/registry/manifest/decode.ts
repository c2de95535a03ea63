import type { Node } from 'yaml';
import { isMap, isScalar, isSeq } from 'yaml';
import { entryPath, greatestInt } from '../causes';
import type { FieldType, Shape } from './fields';
import { describe, isAbsent, nameOf, shown, sourceOf } from './node-words';
import type { Position, Problems } from './problems';
import type { SourceDocument } from './source';
import type { Step } from './suggestion';
import { foreignHint, pathText, suggestField, suggestWord } from './suggestion';

/** How many nodes one document may unfold to, aliases followed. */
const mostNodes = 100_000;

export type Decoded = Record<string, unknown>;

/**
 * Reads one document by its shape, strictly: what is not in the table is a problem, with a suggestion. Gives what could be
 * read, under the API's names and in its words; absent and null fields are left out.
 */
export class Decoder {
  /** Where each field stands, by its path. */
  readonly positions = new Map<string, Position>();
  private nodes = 0;

  constructor(
    private readonly source: SourceDocument,
    private readonly root: Shape,
    private readonly problems: Problems,
  ) {}

  decode(node: Node): Decoded {
    return this.readObject(node, this.root, []);
  }

  private readObject(node: Node, shape: Shape, path: readonly Step[]): Decoded {
    const result: Decoded = {};
    for (const { key, at, value } of this.entries(node, path, shape.noun)) {
      const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
      const here = [...path, key];
      this.positions.set(pathText(here), at);
      if (!field) this.reportUnknown(shape, path, key, at);
      else if (isAbsent(value)) continue;
      else {
        const read = this.read(value, field.value, here, at);
        if (read === undefined) continue;
        if (field.flat) Object.assign(result, read);
        else result[field.as ?? key] = read;
      }
    }
    return result;
  }

  private read(node: Node, type: FieldType, path: readonly Step[], at: Position): unknown {
    switch (type.type) {
      case 'ignored':
        return undefined;
      case 'object':
        return this.readObject(node, type.shape, path);
      case 'list':
        return this.readList(node, type.of, path, at);
      case 'map':
        return this.readMap(node, path);
      case 'words':
        return this.readWord(node, type.words, path, at);
      case 'text':
      case 'integer':
      case 'number':
      case 'boolean':
      case 'quantity':
        return this.readScalar(node, type.type, path, at);
      default: {
        const never: never = type;
        return never;
      }
    }
  }

  private readList(node: Node, of: FieldType, path: readonly Step[], at: Position): unknown[] | undefined {
    if (!isSeq<Node>(node)) return this.wrongType(path, at, 'a list', node);
    return node.items.map((item, index) => {
      const here = [...path, index];
      const position = this.source.position(item);
      this.positions.set(pathText(here), position);
      const value = this.open(item, position);
      return isAbsent(value) ? this.wrongType(here, position, nameOf(of), value) : this.read(value, of, here, position);
    });
  }

  private readMap(node: Node, path: readonly Step[]): Record<string, string> {
    const field = pathText(path);
    const pairs = this.entries(node, path, field).map(({ key, at, value }): [string, string] => {
      const here = entryPath(field, key);
      this.positions.set(here, at);
      const read = isAbsent(value) ? '' : this.readScalar(value, 'text', [here], at);
      return [key, typeof read === 'string' ? read : ''];
    });
    return Object.fromEntries(pairs);
  }

  private readWord(node: Node, words: Readonly<Record<string, string>>, path: readonly Step[], at: Position): string | undefined {
    const given = isScalar(node) ? sourceOf(node) : undefined;
    if (given === undefined) return this.wrongType(path, at, 'a word', node);
    if (Object.hasOwn(words, given)) return words[given];
    const known = Object.keys(words);
    const suggestion = suggestWord(known, given);
    const field = pathText(path);
    const message = `${field} must be one of ${known.join(', ')}; ${shown(given)} is none of them${suggestion ? `; did you mean ${suggestion}?` : ''}`;
    this.problems.add(at, { field, reason: 'FieldValueNotSupported', message, suggestion });
    return undefined;
  }

  private readScalar(node: Node, type: 'text' | 'integer' | 'number' | 'boolean' | 'quantity', path: readonly Step[], at: Position): unknown {
    const value: unknown = isScalar(node) ? node.value : undefined;
    switch (type) {
      case 'text':
        return typeof value === 'string' ? value : this.wrongType(path, at, 'a text', node);
      case 'quantity':
        if (typeof value === 'string') return value;
        return isScalar(node) && typeof value === 'number' ? sourceOf(node) : this.wrongType(path, at, 'a quantity like "250m" or "64Mi"', node);
      case 'boolean':
        return typeof value === 'boolean' ? value : this.wrongType(path, at, 'true or false', node);
      case 'number':
        return typeof value === 'number' ? value : this.wrongType(path, at, 'a number', node);
      case 'integer':
        if (typeof value !== 'number' || !Number.isInteger(value)) return this.wrongType(path, at, 'a whole number', node);
        if (Math.abs(value) <= greatestInt) return value;
        this.problems.add(at, { field: pathText(path), reason: 'FieldValueInvalid', message: `${pathText(path)} must be at most ${greatestInt}, not ${value}` });
        return undefined;
    }
  }

  /** The entries of a map, each key once; a key's value is what an alias means. Nothing, and a problem, if it is no map. */
  private entries(node: Node, path: readonly Step[], noun: string): { key: string; at: Position; value: Node | null }[] {
    if (!isMap<Node, Node | null>(node)) {
      this.wrongType(path, this.source.position(node), path.length === 0 ? `${noun} (fields with values)` : 'a map (fields with values)', node);
      return [];
    }
    const firstLine = new Map<string, number>();
    return node.items.flatMap(({ key, value }) => {
      const at = this.source.position(key);
      if (!isScalar(key)) {
        this.problems.add(at, { field: pathText(path), reason: 'FieldValueTypeInvalid', message: `${pathText(path) || 'the document'} must have words as keys, not ${describe(key)}` });
        return [];
      }
      const name = sourceOf(key);
      const first = firstLine.get(name);
      if (first !== undefined) {
        const field = pathText([...path, name]);
        this.problems.add(at, { field, reason: 'FieldValueDuplicate', message: `${field} is given twice; the first is in line ${first}` });
        return [];
      }
      firstLine.set(name, at.line);
      return [{ key: name, at, value: value && this.open(value, at) }];
    });
  }

  /** Follows an alias, and counts: aliases of aliases must not unfold without end. */
  private open(node: Node, at: Position): Node {
    this.nodes += 1;
    if (this.nodes > mostNodes) {
      this.problems.add(at, { field: '', reason: 'FieldValueTooMany', message: `the document unfolds to more than ${mostNodes} values through its aliases; write it out, or in parts` });
      throw this.problems.error();
    }
    return this.source.resolve(node);
  }

  private reportUnknown(shape: Shape, parent: readonly Step[], name: string, at: Position): void {
    const field = pathText([...parent, shown(name, '')]);
    const suggestion = Object.hasOwn(shape.foreign, name) ? undefined : suggestField(this.root, parent, shape, name);
    const hint = suggestion === undefined ? foreignHint(this.root, shape, name) : undefined;
    if (hint !== undefined) {
      const message = `podql does not have ${field} (yet); remove it${hint && ` (${hint})`}`;
      this.problems.add(at, { field, reason: 'FieldValueNotSupported', message });
      return;
    }
    const advice = suggestion === undefined ? `it has ${Object.keys(shape.fields).join(', ')}` : `did you mean ${suggestion}?`;
    this.problems.add(at, { field, reason: 'FieldValueNotSupported', message: `${field} is not a field of ${shape.noun}; ${advice}`, suggestion });
  }

  private wrongType(path: readonly Step[], at: Position, wanted: string, node: Node | null): undefined {
    const field = pathText(path);
    const quote = wanted === 'a text' && isScalar(node) && typeof node.value !== 'string' && node.value !== null ? `; put it in quotes: "${sourceOf(node)}"` : '';
    this.problems.add(at, { field, reason: 'FieldValueTypeInvalid', message: `${field || 'the document'} must be ${wanted}, not ${describe(node)}${quote}` });
    return undefined;
  }
}
