/**
 * The language in which the tables of shapes.ts describe manifests. One description serves reading (decode.ts), writing
 * (encode.ts) and advice on fields that are not there (suggestion.ts).
 */
export type FieldType =
  | { readonly type: 'text' | 'integer' | 'number' | 'boolean' | 'quantity' | 'map' }
  /** Known, set by a server, not read: a printed object may be applied again. */
  | { readonly type: 'ignored' }
  /** Kubernetes' word to the API's. */
  | { readonly type: 'words'; readonly words: Readonly<Record<string, string>> }
  | { readonly type: 'object'; readonly shape: Shape }
  | { readonly type: 'list'; readonly of: FieldType };

export interface Field {
  readonly value: FieldType;
  /** The API's name of the field, where it differs. */
  readonly as?: string;
  /** Its members belong to the object around it: the API has no metadata, it has names and labels. */
  readonly flat?: boolean;
  /** What the API holds when nothing was said; such a value is not printed. */
  readonly unless?: unknown;
  /** Printed even if nothing is in it: `emptyDir: {}` says something. */
  readonly keepEmpty?: boolean;
}

export interface Shape {
  /** What the parts are called in messages: "a field of metadata". */
  readonly noun: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** Fields of Kubernetes that podql does not have, and a hint where there is one. */
  readonly foreign: Readonly<Record<string, string>>;
}

export const text: FieldType = { type: 'text' };
export const integer: FieldType = { type: 'integer' };
export const number: FieldType = { type: 'number' };
export const boolean: FieldType = { type: 'boolean' };
export const quantity: FieldType = { type: 'quantity' };
export const map: FieldType = { type: 'map' };
export const ignored: Field = { value: { type: 'ignored' } };

export function words(table: Readonly<Record<string, string>>): FieldType {
  return { type: 'words', words: table };
}

export function list(of: FieldType): FieldType {
  return { type: 'list', of };
}

export function object(shape: Shape): FieldType {
  return { type: 'object', shape };
}

/** A shape; plain types stand for fields without anything special. */
export function shape(
  noun: string,
  fields: Readonly<Record<string, FieldType | Field>>,
  foreign: readonly string[] | Readonly<Record<string, string>> = [],
): Shape {
  return {
    noun,
    fields: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, 'value' in field ? field : { value: field }])),
    foreign: isList(foreign) ? Object.fromEntries(foreign.map((name) => [name, ''])) : foreign,
  };
}

function isList(foreign: readonly string[] | Readonly<Record<string, string>>): foreign is readonly string[] {
  return Array.isArray(foreign);
}
