import type { GraphQLFormattedError } from 'graphql';
import { buildSchema, execute, GraphQLError, parse } from 'graphql';
import type { LogFields, Logger } from '../../../src/base/logger';
import { ApiError } from '../../../src/errors/api-error';
import { errorCodes } from '../../../src/errors/codes';
import type { ErrorCode } from '../../../src/errors/codes';
import { StoreError } from '../../../src/errors/store-error';
import { presentError } from '../../../src/errors/graphql';

const logged: { level: string; message: string; fields?: LogFields }[] = [];
const logger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message, fields) => void logged.push({ level: 'warn', message, fields }),
  error: (message, fields) => void logged.push({ level: 'error', message, fields }),
  child: () => logger,
};
const facts = { requestId: 'r-1', logger };
beforeEach(() => void (logged.length = 0));

/** As graphql-js hands it on when a resolver throws. */
function thrownAt(path: (string | number)[], error: unknown): GraphQLError {
  return new GraphQLError(error instanceof Error ? error.message : String(error), { path, originalError: error as Error });
}

describe('an API error', () => {
  test.each(Object.keys(errorCodes).filter((code) => code !== 'INTERNAL_SERVER_ERROR') as ErrorCode[])('%s keeps its message and gets the row of the table', (code) => {
    const { reason, status, retryable } = errorCodes[code];
    expect(presentError(thrownAt(['pod'], new ApiError(code, 'what and why')), { ...facts, operation: 'query' })).toEqual({
      message: 'what and why',
      path: ['pod'],
      extensions: { code, reason, status, retryable, requestId: 'r-1' },
    });
  });

  test('brings its details, its outcome and when to retry', () => {
    const details = { kind: 'Pod', name: 'web', currentResourceVersion: '7', changedFields: ['labels'] };
    const error = new ApiError('TOO_MANY_REQUESTS', 'busy', { details, retryAfterSeconds: 1.5, outcome: 'notApplied', cause: new Error('etcd: secret') });
    const presented = presentError(thrownAt(['createPod'], error), { ...facts, operation: 'mutation' });
    expect(presented.extensions).toMatchObject({ details, retryAfterSeconds: 1.5, outcome: 'notApplied' });
    expect(JSON.stringify(presented)).not.toContain('secret');
  });

  test('is found however often it is wrapped, and without being wrapped', () => {
    const error = new ApiError('CONFLICT', 'changed');
    expect(presentError(thrownAt(['a'], thrownAt(['a'], error)), facts).extensions?.code).toBe('CONFLICT');
    expect(presentError(error, facts)).toEqual({ message: 'changed', extensions: expect.objectContaining({ code: 'CONFLICT' }) as object });
  });

  test('that is the server\'s own weakness is in the log with its cause; a caller\'s mistake is not', () => {
    presentError(new ApiError('SERVICE_UNAVAILABLE', 'no store', { cause: new Error('ECONNREFUSED') }), facts);
    presentError(new ApiError('NOT_FOUND', 'nobody'), facts);
    expect(logged).toEqual([{ level: 'warn', message: 'no store', fields: { requestId: 'r-1', code: 'SERVICE_UNAVAILABLE', error: expect.any(ApiError) as object } }]);
  });
});

describe('an outage of the store', () => {
  test('is no warning in each call: who follows the store has warned', () => {
    for (const code of ['UNAVAILABLE', 'TIMEOUT'] as const) {
      const cause = new StoreError(code, 'away');
      presentError(new ApiError('SERVICE_UNAVAILABLE', 'no store', { cause }), facts);
      presentError(new ApiError('SERVER_TIMEOUT', 'no answer', { cause }), facts);
    }
    expect(logged).toEqual([]);
  });

  test('is one where nobody else would say it: a lost write, a full store, a store that refuses this server', () => {
    presentError(new ApiError('TIMEOUT', 'lost', { cause: new StoreError('TIMEOUT', 'away', { outcome: 'unknown' }) }), facts);
    presentError(new ApiError('SERVICE_UNAVAILABLE', 'full', { cause: new StoreError('FULL', 'full') }), facts);
    presentError(new ApiError('SERVICE_UNAVAILABLE', 'refused', { cause: new StoreError('MISCONFIGURED', 'forbidden') }), facts);
    expect(logged.map(({ level, message }) => `${level} ${message}`)).toEqual(['warn lost', 'warn full', 'warn refused']);
  });
});

describe('the outcome of a mutation', () => {
  const outcome = (error: unknown, path: string[], operation?: 'query' | 'mutation') => presentError(thrownAt(path, error), { ...facts, operation }).extensions?.outcome;

  test('is what the error says, else notApplied for a refusal and unknown for a fault', () => {
    expect(outcome(new ApiError('SERVICE_UNAVAILABLE', 'x', { outcome: 'unknown' }), ['createPod'], 'mutation')).toBe('unknown');
    expect(outcome(new ApiError('FORBIDDEN', 'x'), ['createPod'], 'mutation')).toBe('notApplied');
    expect(outcome(new ApiError('TIMEOUT', 'x'), ['createPod'], 'mutation')).toBe('unknown');
    expect(outcome(new Error('x'), ['createPod'], 'mutation')).toBe('unknown');
  });

  test('is not told below its root field, where it has happened already, nor of a query', () => {
    expect(outcome(new ApiError('SERVICE_UNAVAILABLE', 'x'), ['scale', 'replicationController', 'currentReplicas'], 'mutation')).toBeUndefined();
    expect(outcome(new ApiError('NOT_FOUND', 'x', { outcome: 'notApplied' }), ['pod'], 'query')).toBeUndefined();
  });

  test('is what the error knows where the operation is not known', () => {
    expect(outcome(new ApiError('CONFLICT', 'x', { outcome: 'notApplied' }), ['a'])).toBe('notApplied');
    expect(outcome(new ApiError('NOT_FOUND', 'x'), ['a'])).toBeUndefined();
  });
});

test('a mutation without data says which of its fields were applied all the same', () => {
  const error = thrownAt(['b'], new ApiError('ALREADY_EXISTS', 'cannot create pod default/web: the name is taken. Nothing was changed.'));
  const presented = presentError(error, { ...facts, operation: 'mutation', applied: ['a', 'a2'] });
  expect(presented.message).toBe('cannot create pod default/web: the name is taken. Nothing was changed. (Applied, although there is no data: a, a2.)');
  expect(presented.extensions).toMatchObject({ code: 'ALREADY_EXISTS', outcome: 'notApplied', applied: ['a', 'a2'] });
  const alone = presentError(error, { ...facts, operation: 'mutation', applied: [] });
  expect(alone.message).toMatch(/Nothing was changed\.$/);
  expect(alone.extensions).not.toHaveProperty('applied');
});

describe('what podql does not know', () => {
  test.each([
    ['an error', new Error('password=1234')],
    ['an API error that says it is a fault', new ApiError('INTERNAL_SERVER_ERROR', 'password=1234')],
    ['something that is no error', 'password=1234'],
  ])('%s is masked, and in the log under the same requestId', (_what, thrown) => {
    const presented = presentError(thrownAt(['pods', 'nodes', 3, 'manifest'], thrown), facts);
    expect(presented).toMatchObject({ path: ['pods', 'nodes', 3, 'manifest'], extensions: { code: 'INTERNAL_SERVER_ERROR', status: 500, requestId: 'r-1' } });
    expect(presented.message).toContain('r-1');
    expect(JSON.stringify(presented)).not.toContain('1234');
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({ level: 'error', fields: { requestId: 'r-1', path: 'pods.nodes.3.manifest', error: thrown } });
  });
});

describe("GraphQL's own errors", () => {
  const schema = buildSchema('enum Size { S L } type Query { size: Size name: String! echo(size: Size, count: Int!): String }');
  const run = async (source: string, variableValues = {}, rootValue: object = {}): Promise<GraphQLFormattedError[]> => {
    const result = await execute({ schema, document: parse(source), variableValues, rootValue });
    return (result.errors ?? []).map((error) => presentError(error, facts));
  };

  test.each(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'OPERATION_RESOLUTION_FAILURE', 'BAD_USER_INPUT'])('%s keeps its code and message', (code) => {
    expect(presentError(new GraphQLError('what is wrong', { extensions: { code } }), facts)).toEqual({
      message: 'what is wrong',
      extensions: { code, reason: 'BadRequest', status: 400, retryable: false, requestId: 'r-1' },
    });
    expect(logged).toEqual([]);
  });

  test('a variable or an argument that does not fit is BAD_USER_INPUT', async () => {
    expect(await run('query ($size: Size) { echo(size: $size, count: 1) }', { size: 'XXL' })).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(await run('query ($count: Int) { echo(count: $count) }')).toMatchObject([{ path: ['echo'], extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('a value of ours that does not fit the schema is a fault', async () => {
    expect(await run('{ size }', {}, { size: 'HUGE' })).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(await run('{ name }', {}, { name: null })).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(logged).toHaveLength(2);
  });

  test('HTTP may have a number of its own for it', () => {
    const request = { ...facts, status: 405 };
    expect(presentError(new GraphQLError('not by GET', { extensions: { code: 'BAD_USER_INPUT' } }), request).extensions).toMatchObject({ reason: 'BadRequest', status: 405 });
    expect(presentError(new ApiError('BAD_USER_INPUT', 'not by PUT'), request).extensions).toMatchObject({ reason: 'BadRequest', status: 405 });
  });

  test('a code that podql does not have is a fault', () => {
    expect(presentError(new GraphQLError('x', { extensions: { code: 'SOMETHING_ELSE' } }), facts).extensions?.code).toBe('INTERNAL_SERVER_ERROR');
  });
});
