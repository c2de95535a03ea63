import { GraphQLError, GraphQLScalarType, Kind, print } from 'graphql';
import type { ObjectFieldNode } from 'graphql';

/** The contract's scalars. Values travel as the api types hold them: strings stay strings. */

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** RFC 3339 with any offset in, UTC with milliseconds out. Throws what graphql-js turns into a coercion error. */
export function parseDateTime(value: unknown): string {
  if (typeof value === 'string' && rfc3339.test(value)) {
    const milliseconds = Date.parse(value);
    if (!Number.isNaN(milliseconds)) return new Date(milliseconds).toISOString();
  }
  throw new GraphQLError(`DateTime must be RFC 3339, for example 2024-01-31T12:00:00Z; ${shown(value)} is not`);
}

export const DateTime = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description: 'A moment, RFC 3339 in UTC with milliseconds: 2024-01-31T12:00:00.000Z. Any offset is accepted as input.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize(value) {
    if (typeof value === 'string') return value;
    if (value instanceof Date) return value.toISOString();
    throw new GraphQLError('a DateTime must be an RFC 3339 string');
  },
  parseValue: parseDateTime,
  parseLiteral: (node) => parseDateTime(node.kind === Kind.STRING ? node.value : undefined),
});

export const StringMap = new GraphQLScalarType<Readonly<Record<string, string>>, unknown>({
  name: 'StringMap',
  description: 'A JSON object whose values are strings, for labels, annotations and selectors: {app: "web"}.',
  serialize: (value) => value,
  parseValue: parseStringMap,
  parseLiteral(node, variables) {
    if (node.kind !== Kind.OBJECT) return parseStringMap(undefined);
    return Object.fromEntries(node.fields.map((field) => [field.name.value, literalString(field, variables)]));
  },
});

/** Builds on a null prototype through fromEntries, so that a key such as __proto__ is a key and nothing else. */
function parseStringMap(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GraphQLError(`StringMap must be an object with string values; ${shown(value)} is not`);
  }
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== 'string') throw notAString(key, `${shown(item)}: put it in quotes`);
  }
  return Object.fromEntries(Object.entries(value as Record<string, string>));
}

/**
 * Validation has no variables yet: a variable then stands for any string. What it really is, is seen before execution
 * (literal-variables.ts).
 */
function literalString({ name, value: node }: ObjectFieldNode, variables: Readonly<Record<string, unknown>> | null | undefined): string {
  if (node.kind === Kind.STRING) return node.value;
  if (node.kind !== Kind.VARIABLE) throw notAString(name.value, `${shortened(print(node))}: put it in quotes`);
  if (!variables) return '';
  const variable = node.name.value;
  if (!Object.hasOwn(variables, variable)) throw notAString(name.value, `the variable $${variable}, which was not given`);
  const value = variables[variable];
  if (typeof value !== 'string') throw notAString(name.value, `the variable $${variable}, and that is ${shown(value)}`);
  return value;
}

function notAString(key: string, found: string): GraphQLError {
  return new GraphQLError(`StringMap values must be strings; the value of ${shown(key)} is ${found}`);
}

export const LabelSelector = new GraphQLScalarType<string, string>({
  name: 'LabelSelector',
  description:
    'Selects objects by labels in Kubernetes\' grammar: "app=web,tier in (front,back),!canary". All requirements must hold; "" selects everything.',
  specifiedByURL: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
  serialize: (value) => String(value),
  parseValue: selectorText,
  parseLiteral: (node) => selectorText(node.kind === Kind.STRING ? node.value : undefined),
});

/** The grammar is checked where the selector is used (resolvers/selection.ts), so that one message serves every caller. */
function selectorText(value: unknown): string {
  if (typeof value !== 'string') throw new GraphQLError(`LabelSelector must be a string; ${shown(value)} is not`);
  return value;
}

export const Quantity = plainString(
  'Quantity',
  'An amount as Kubernetes writes it: "250m" is a quarter of a processor, "64Mi" is 64 mebibytes. A number is accepted as input.',
  (value) => (typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined),
);

export const ResourceVersion = plainString(
  'ResourceVersion',
  'An opaque string that names a state of the store. Give it back as a precondition, as `since` of a subscription or as `at` of a query; compare it only for equality.',
  () => undefined,
);

function plainString(name: string, description: string, accept: (value: unknown) => string | undefined) {
  const parse = (value: unknown): string => {
    const text = typeof value === 'string' ? value : accept(value);
    if (text === undefined) throw new GraphQLError(`${name} must be a string; ${shown(value)} is not`);
    return text;
  };
  return new GraphQLScalarType<string, string>({
    name,
    description,
    serialize: (value) => String(value),
    parseValue: parse,
    parseLiteral(node) {
      if (node.kind === Kind.INT || node.kind === Kind.FLOAT) return parse(Number(node.value));
      return parse(node.kind === Kind.STRING ? node.value : undefined);
    },
  });
}

/** At most 80 characters of what was given, for a message. */
function shown(value: unknown): string {
  return shortened(value === undefined ? 'that' : (JSON.stringify(value) ?? typeof value));
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
