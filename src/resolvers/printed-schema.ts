import { createHash } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import { lexicographicSortSchema, printSchema } from 'graphql';

const hashes = new WeakMap<GraphQLSchema, string>();

/** The text of schema.graphql: sorted, so that it changes only when the contract does. */
export function printedSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

/** sha256 of the printed schema, in hexadecimal. Computed once per schema. */
export function schemaHash(schema: GraphQLSchema): string {
  const known = hashes.get(schema) ?? createHash('sha256').update(printedSchema(schema)).digest('hex');
  hashes.set(schema, known);
  return known;
}
