import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GraphQLField } from 'graphql';
import { isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType, isObjectType, isSpecifiedScalarType, isUnionType, parse, print, Kind } from 'graphql';
import type { FieldDefinitionNode, ObjectTypeDefinitionNode } from 'graphql';
import { printedSchema, schemaHash } from '../../../src/resolvers/printed-schema';
import { createSchema } from '../../../src/resolvers/schema';
import { schema } from './harness';

const ours = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));

/** "Type", "Type.field", "Type.field(argument)" and "Enum.VALUE", each with its description. */
function* described(): Generator<[string, string | null | undefined]> {
  for (const type of ours) {
    yield [type.name, type.description];
    if (isEnumType(type)) for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value.description];
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) yield [`${type.name}.${field.name}`, field.description];
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields()) as GraphQLField<unknown, unknown>[]) {
      yield [`${type.name}.${field.name}`, field.description];
      for (const argument of field.args) yield [`${type.name}.${field.name}(${argument.name})`, argument.description];
    }
  }
}

test('every type, field, argument and enum value has a description', () => {
  const all = [...described()];
  expect(all.length).toBeGreaterThan(400);
  expect(all.filter(([, description]) => !description).map(([name]) => name)).toEqual([]);
});

test('schema.graphql is what the classes print', () => {
  const committed = readFileSync(join(__dirname, '../../../schema.graphql'), 'utf8');
  expect(committed).toBe(printedSchema(schema));
});

test('two builds give the same schema and the same hash', () => {
  expect(schemaHash(createSchema())).toBe(schemaHash(schema));
  expect(schemaHash(schema)).toMatch(/^[0-9a-f]{64}$/);
});

test('no type is in the schema that nothing leads to', () => {
  const printed = parse(printedSchema(schema));
  const names = new Set(printed.definitions.map((d) => ('name' in d ? d.name?.value : undefined)));
  expect(names).not.toContain('ClusterTarget');
  expect(names).not.toContain('NamespacedTarget');
});

test('each mutation takes one input and answers with its own payload', () => {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const name = field.name.charAt(0).toUpperCase() + field.name.slice(1);
    expect([field.name, field.args.map((argument) => `${argument.name}: ${String(argument.type)}`)]).toEqual([field.name, [`input: ${name}Input!`]]);
    expect(String(field.type)).toBe(`${name}Payload!`);
  }
});

test('members of a union agree on the types of the fields that they share, so that one query may ask all of them', () => {
  const unions = ours.filter((type) => isUnionType(type));
  expect(unions.map((union) => union.name)).toContain('ContainerState');
  for (const union of unions) {
    const types = new Map<string, Set<string>>();
    for (const field of union.getTypes().flatMap((member) => Object.values(member.getFields()))) {
      types.set(field.name, new Set([...(types.get(field.name) ?? []), String(field.type)]));
    }
    expect([...types].filter(([, seen]) => seen.size > 1)).toEqual([]);
  }
});

test('what a connection offers is the same for every kind', () => {
  const printed = parse(printedSchema(schema));
  const connections = printed.definitions.filter(
    (d): d is ObjectTypeDefinitionNode => d.kind === Kind.OBJECT_TYPE_DEFINITION && d.name.value.endsWith('Connection'),
  );
  expect(connections.map((d) => d.name.value)).toEqual(['ClusterNodeConnection', 'EventConnection', 'PodConnection', 'ReplicationControllerConnection']);
  for (const connection of connections) {
    const kind = connection.name.value.replace('Connection', '');
    const fields = (connection.fields ?? []).map((field: FieldDefinitionNode) => `${field.name.value}: ${print(field.type)}`);
    expect(fields).toEqual([
      `edges: [${kind}Edge!]!`,
      `nodes: [${kind}!]!`,
      'pageInfo: PageInfo!',
      'resourceVersion: ResourceVersion!',
      'totalCount: Int!',
    ]);
  }
});
