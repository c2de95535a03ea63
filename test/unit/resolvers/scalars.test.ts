import type { GraphQLScalarType } from 'graphql';
import { GraphQLInt, GraphQLList, GraphQLObjectType, GraphQLSchema, GraphQLString, graphqlSync, parseValue } from 'graphql';
import { DateTime, LabelSelector, Quantity, ResourceVersion, StringMap } from '../../../src/resolvers/scalars';

/** What a resolver gets when the value comes in a variable, and when the same stands in the document. */
function received(scalar: GraphQLScalarType, value: unknown, literal: string): unknown[] {
  const seen: unknown[] = [];
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        take: { type: GraphQLInt, args: { value: { type: scalar } }, resolve: (_root, { value: got }) => void seen.push(got) },
        unused: { type: new GraphQLList(GraphQLString) },
      },
    }),
  });
  const byVariable = graphqlSync({ schema, source: `query ($value: ${scalar.name}) { take(value: $value) }`, variableValues: { value } });
  const byLiteral = graphqlSync({ schema, source: `{ take(value: ${literal}) }` });
  return [...seen, ...[...(byVariable.errors ?? []), ...(byLiteral.errors ?? [])].map((error) => error.message)];
}

describe('DateTime', () => {
  test.each([
    ['2024-01-31T12:00:00Z', '2024-01-31T12:00:00.000Z'],
    ['2024-01-31T13:00:00.5+01:00', '2024-01-31T12:00:00.500Z'],
    ['2024-01-31t12:00:00.123456z', '2024-01-31T12:00:00.123Z'],
  ])('takes %s and makes it UTC', (given, expected) => {
    expect(received(DateTime, given, JSON.stringify(given))).toEqual([expected, expected]);
  });

  test.each(['2024-01-31', '2024-13-01T00:00:00Z', '12:00', '', 'now'])('refuses %j, with an example', (given) => {
    const messages = received(DateTime, given, JSON.stringify(given));
    expect(messages).toHaveLength(2);
    for (const message of messages) expect(message).toContain('2024-01-31T12:00:00Z');
  });

  test('refuses a number', () => {
    expect(received(DateTime, 1706702400, '1706702400')).toHaveLength(2);
    expect(received(DateTime, 1706702400, '1706702400')[0]).toContain('DateTime must be RFC 3339');
  });

  test('gives out strings as they are and dates as strings', () => {
    expect(DateTime.serialize('2024-01-31T12:00:00.000Z')).toBe('2024-01-31T12:00:00.000Z');
    expect(DateTime.serialize(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
    expect(() => DateTime.serialize(7)).toThrow();
  });
});

describe('StringMap', () => {
  test('takes an object of strings', () => {
    expect(received(StringMap, { app: 'web', 'a/b': '' }, '{ app: "web" }')).toEqual([{ app: 'web', 'a/b': '' }, { app: 'web' }]);
  });

  test('takes a variable inside a literal for a string until its value is known', () => {
    const literal = parseValue('{ app: $app, tier: "front" }');
    expect(StringMap.parseLiteral(literal)).toEqual({ app: '', tier: 'front' });
    expect(StringMap.parseLiteral(literal, { app: 'web' })).toEqual({ app: 'web', tier: 'front' });
    for (const app of [7, null, ['web']]) expect(() => StringMap.parseLiteral(literal, { app })).toThrow('the value of "app" is the variable $app');
    expect(() => StringMap.parseLiteral(parseValue('{ app: $constructor }'), {})).toThrow('$constructor, which was not given');
  });

  test('shows a literal that is no string as it was written', () => {
    const messages = ['{ app: web }', '{ app: ["a"] }', '{ app: null }'].map((literal) => received(StringMap, {}, literal).at(-1));
    for (const [at, written] of ['web', '["a"]', 'null'].entries()) expect(messages[at]).toContain(`the value of "app" is ${written}: put it in quotes`);
  });

  test.each([
    [{ n: 1 }, '{ n: 1 }', 'put it in quotes'],
    [{ n: true }, '{ n: true }', 'put it in quotes'],
    [{ n: null }, '{ n: null }', 'must be strings'],
    [{ n: { m: 'x' } }, '{ n: { m: "x" } }', 'must be strings'],
    [['a'], '["a"]', 'must be an object'],
    ['a', '"a"', 'must be an object'],
  ])('refuses %j', (value, literal, said) => {
    const messages = received(StringMap, value, literal);
    expect(messages).toHaveLength(2);
    for (const message of messages) expect(message).toContain(said);
  });

  test('a key that JavaScript knows is a key like any other', () => {
    const [map] = received(StringMap, JSON.parse('{"__proto__":"x","constructor":"y"}'), '{ a: "b" }') as [object];
    expect(Object.entries(map)).toEqual([['__proto__', 'x'], ['constructor', 'y']]);
    expect(Object.getPrototypeOf(map)).toBe(Object.prototype);
  });
});

test('Quantity takes text and numbers, and keeps the text for the registry to judge', () => {
  expect(received(Quantity, '250m', '"64Mi"')).toEqual(['250m', '64Mi']);
  expect(received(Quantity, 0.5, '2')).toEqual(['0.5', '2']);
  expect(received(Quantity, true, 'true')).toEqual([expect.stringContaining('Quantity must be'), expect.stringContaining('Quantity must be')]);
});

test.each([ResourceVersion, LabelSelector])('%s takes text only', (scalar) => {
  expect(received(scalar, '12', '"12"')).toEqual(['12', '12']);
  expect(received(scalar, 12, '12')).toEqual([expect.stringContaining('must be a string'), expect.stringContaining('must be a string')]);
});

test('what is shown of a wrong value is short', () => {
  const [message] = received(DateTime, 'x'.repeat(10_000), '"x"') as [string];
  // graphql-js itself quotes the value once more in front of ours.
  expect(message.slice(message.indexOf('DateTime must be')).length).toBeLessThan(200);
});
