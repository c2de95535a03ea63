import { GraphQLError } from 'graphql';
import { appliedFields } from '../../../src/resolvers/applied-fields';
import { prepareOperation } from '../../../src/resolvers/prepare-operation';
import { admin, schema } from './harness';

const remove = (name: string, more = '') => `deletePod(input: { name: "${name}" ${more} }) { pod { name } }`;

/** What was applied when these paths failed. */
function applied(source: string, paths: readonly (readonly (string | number)[])[], variables: object = {}): readonly string[] {
  const prepared = prepareOperation({ schema, source, variables, caller: admin });
  if (!('document' in prepared)) throw new Error(prepared.map((error) => error.message).join('\n'));
  return appliedFields(schema, prepared, paths.map((path) => new GraphQLError('x', { path })));
}

const three = `mutation { a: ${remove('a')} b: ${remove('b')} c: ${remove('c')} }`;

test('the first of a request that fails leaves nothing applied', () => {
  expect(applied(three, [['a']])).toEqual([]);
});

test('what stands before the field that failed was applied, what follows was not tried', () => {
  expect(applied(three, [['c']])).toEqual(['a', 'b']);
});

test('a field whose payload could not be read was applied itself', () => {
  expect(applied(three, [['b', 'pod', 'name']])).toEqual(['a', 'b']);
  expect(applied(`mutation { ${remove('a')} }`, [['deletePod', 'pod'], ['deletePod', 'pod', 'name']])).toEqual(['deletePod']);
});

test('an error below an earlier field, which was applied, is not taken for the one that ended the request', () => {
  expect(applied(three, [['a', 'pod', 'owner'], ['c']])).toEqual(['a', 'b']);
});

test('fields in fragments count where they are spread, fields that were left out do not', () => {
  const source = `mutation ($skip: Boolean!) { ...f ... @skip(if: $skip) { b: ${remove('b')} } c: ${remove('c')} } fragment f on Mutation { a: ${remove('a')} }`;
  expect(applied(source, [['c']], { skip: true })).toEqual(['a']);
  expect(applied(source, [['c']], { skip: false })).toEqual(['a', 'b']);
});

test('neither __typename nor a dry run was applied', () => {
  const source = `mutation ($dryRun: Boolean!) { __typename a: ${remove('a', 'dryRun: $dryRun')} b: ${remove('b')} c: ${remove('c')} }`;
  expect(applied(source, [['c']], { dryRun: true })).toEqual(['b']);
  expect(applied(source, [['c']], { dryRun: false })).toEqual(['a', 'b']);
});

test('an error that points nowhere says nothing', () => {
  expect(appliedFields(schema, prepareOperation({ schema, source: three, caller: admin }) as never, [new GraphQLError('x')])).toEqual([]);
});
