import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import type { DocumentNode } from 'graphql';
import { operations } from '../../../../src/client/operations';

const schema = buildSchema(readFileSync(join(__dirname, '../../../../schema.graphql'), 'utf8'));

describe('client operations', () => {
  it.each(operations.map((operation) => [operation.name, operation] as const))('%s is valid against schema.graphql', (_name, operation) => {
    expect(validate(schema, parse(operation.document)).map(String)).toEqual([]);
  });

  it.each(operations.map((operation) => [operation.name, operation] as const))('%s holds one operation, of that name', (name, operation) => {
    const document: DocumentNode = parse(operation.document);
    const names = document.definitions.flatMap((d) => (d.kind === 'OperationDefinition' ? [d.name?.value] : []));
    expect(names).toEqual([name]);
  });

  it('finds a document that asks for what is not there', () => {
    expect(validate(schema, parse('{ pod(name: "a") { colour } }'))).toHaveLength(1);
  });
});
