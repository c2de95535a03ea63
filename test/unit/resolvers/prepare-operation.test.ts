import type { DocumentNode } from 'graphql';
import { getIntrospectionQuery, type GraphQLError, parse } from 'graphql';
import { presentError } from '../../../src/errors/graphql';
import { silentLogger } from '../../../src/base/logger';
import { costOf } from '../../../src/resolvers/cost';
import { DocumentCache } from '../../../src/resolvers/document-cache';
import { shapeOf } from '../../../src/resolvers/document-shape';
import { limits } from '../../../src/resolvers/limits';
import type { PreparedOperation } from '../../../src/resolvers/prepare-operation';
import { prepareOperation } from '../../../src/resolvers/prepare-operation';
import { admin, schema } from './harness';

const prepare = (source: unknown, variables?: unknown, operationName?: unknown) => prepareOperation({ schema, source, variables, operationName, caller: admin });

function accepted(source: string, variables?: object, operationName?: string): PreparedOperation {
  const prepared = prepare(source, variables, operationName);
  if ('document' in prepared) return prepared;
  throw new Error(prepared.map((error) => error.message).join('\n'));
}

function refused(source: unknown, variables?: unknown, operationName?: unknown): { code: unknown; message: string }[] {
  const prepared = prepare(source, variables, operationName);
  if ('document' in prepared) throw new Error(`accepted at a cost of ${prepared.cost}`);
  return prepared.map((error) => {
    const { message, extensions } = presentError(error, { requestId: 'r', logger: silentLogger });
    return { message, code: extensions?.code };
  });
}
const codes = (...args: Parameters<typeof refused>) => [...new Set(refused(...args).map((error) => error.code))];

const wholePod = `
  id name uid resourceVersion generation labels annotations creationTimestamp deletionTimestamp namespace ready restartCount
  ownerReferences { kind name uid controller }
  spec { restartPolicy restartBackoff { initialSeconds maxSeconds resetAfterSeconds } nodeName nodeSelector terminationGracePeriodSeconds activeDeadlineSeconds hostNetwork
    volumes { name emptyDir { medium sizeLimit } hostPath { path type } } initContainers { ...container } containers { ...container } }
  status { phase reason message conditions { type status reason message lastTransitionTime } hostIP podIP startTime observedGeneration
    initContainerStatuses { ...status } containerStatuses { ...status } }`;
const fragments = `
  fragment probe on Probe { exec { command } httpGet { path port scheme headers { name value } } tcpSocket { port } initialDelaySeconds periodSeconds timeoutSeconds successThreshold failureThreshold }
  fragment list on ResourceList { cpu memory pods }
  fragment container on Container { name image command args workingDir env { name value } ports { name containerPort hostPort protocol } resources { requests { ...list } limits { ...list } }
    livenessProbe { ...probe } readinessProbe { ...probe } startupProbe { ...probe } imagePullPolicy volumeMounts { name mountPath readOnly subPath } restartPolicy }
  fragment state on ContainerState { ... on ContainerWaiting { reason message nextAttemptAt } ... on ContainerRunning { startedAt } ... on ContainerTerminated { exitCode signal reason message startedAt finishedAt } }
  fragment status on ContainerStatus { name image containerID ready restartCount state { ...state } lastState { ...state } }`;

describe('what is honest passes', () => {
  test.each([
    ['1,000 controllers with all four counts', '{ replicationControllers(first: 1000) { totalCount nodes { namespace name spec { replicas } currentReplicas readyReplicas availableReplicas terminatingReplicas } } }'],
    ['1,000 whole pods', `{ pods(first: 1000) { resourceVersion pageInfo { hasNextPage endCursor } nodes { ${wholePod} } } } ${fragments}`],
    ['the whole story of 100 pods', `{ pods(first: 100) { nodes { ${wholePod} owner { name currentReplicas readyReplicas } clusterNode { name ready requested { cpu memory pods } conditions { type status } } } } } ${fragments}`],
    ['1,000 controllers with their first ten pods', '{ replicationControllers(first: 1000) { nodes { name pods(first: 10) { nodes { name status { phase } } } } } }'],
    ['100 controllers with the usual page of pods', '{ replicationControllers { nodes { name pods { nodes { name ready restartCount status { phase } clusterNode { name } } } } } }'],
    ['an introspection', getIntrospectionQuery({ descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true })],
    ['50 pods created in one request', `mutation { ${Array.from({ length: 50 }, (_, i) => `p${i}: createPod(input: { name: "p${i}", spec: { containers: [{ name: "m", image: "host" }] } }) { pod { name } }`).join(' ')} }`],
  ])('%s', (_what, source) => {
    expect(accepted(source).cost).toBeLessThanOrEqual(limits.maxCost);
  });

  test('with what it says: type, name, variables', () => {
    const source = 'query A { version { version } } mutation B($name: String!) { deletePod(input: { name: $name }) { pod { name } } }';
    expect(accepted(source, { name: 'x' }, 'B')).toMatchObject({ type: 'mutation', operationName: 'B', variables: { name: 'x' } });
    expect(accepted('subscription { podChanges { type } }')).toMatchObject({ type: 'subscription', operationName: null, variables: {} });
  });

  test('and is parsed and validated once', () => {
    const source = '{ pods { totalCount } }';
    expect(accepted(source).document).toBe(accepted(source).document);
  });
});

describe('what is not a request', () => {
  test.each([
    ['no query', undefined, undefined, undefined],
    ['an empty query', ' ', undefined, undefined],
    ['variables that are a list', '{ __typename }', [], undefined],
    ['an operation name that is no text', '{ __typename }', {}, 7],
  ])('%s is BAD_USER_INPUT', (_what, source, variables, name) => {
    expect(codes(source, variables, name)).toEqual(['BAD_USER_INPUT']);
  });

  test('a document that cannot be read is GRAPHQL_PARSE_FAILED', () => {
    expect(codes('{ pods {')).toEqual(['GRAPHQL_PARSE_FAILED']);
  });

  test('a field that does not exist is GRAPHQL_VALIDATION_FAILED, with a suggestion for those who may introspect', () => {
    expect(refused('{ podz { totalCount } }')).toEqual([{ code: 'GRAPHQL_VALIDATION_FAILED', message: expect.stringContaining('Did you mean') as string }]);
    const stranger = prepareOperation({ schema, source: '{ podz { totalCount } }', caller: null }) as GraphQLError[];
    expect(stranger[0]?.message).not.toContain('Did you mean');
  });

  test('an unknown enum value is refused wherever it stands', () => {
    expect(codes('{ pods(filter: { phase: SLEEPING }) { totalCount } }')).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(codes('query ($phase: PodPhase) { pods(filter: { phase: $phase }) { totalCount } }', { phase: 'SLEEPING' })).toEqual(['BAD_USER_INPUT']);
  });

  test('an operation that is not there, or not said, is OPERATION_RESOLUTION_FAILURE', () => {
    const two = 'query A { __typename } query B { __typename }';
    expect(refused(two)).toEqual([{ code: 'OPERATION_RESOLUTION_FAILURE', message: expect.stringContaining('A, B') as string }]);
    expect(codes(two, {}, 'C')).toEqual(['OPERATION_RESOLUTION_FAILURE']);
    expect(codes('fragment f on Pod { name }')).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });

  test('a variable that is missing is BAD_USER_INPUT, and a hundred bad ones are told to a bound', () => {
    expect(codes('query ($name: String!) { pod(name: $name) { name } }')).toEqual(['BAD_USER_INPUT']);
    const bad = { input: { name: 'x', spec: { containers: Array.from({ length: 100 }, () => ({ name: 1 })) } } };
    const errors = refused('mutation ($input: CreatePodInput!) { createPod(input: $input) { pod { name } } }', bad);
    expect(errors.length).toBeGreaterThan(5);
    expect(errors.length).toBeLessThanOrEqual(limits.maxErrors + 1);
  });

  describe('a variable inside a literal of a scalar', () => {
    const create = (type: string) =>
      `mutation ($app: ${type}) { createPod(input: { name: "web", labels: { tier: "front", app: $app }, spec: { containers: [{ name: "m", image: "host" }] } }) { pod { name } } }`;

    test('is accepted where it is a string', () => {
      expect(accepted(create('String!'), { app: 'web' }).variables).toEqual({ app: 'web' });
      expect(accepted(create('String = "web"')).type).toBe('mutation');
    });

    test.each([
      ['a number', 'Int', { app: 7 }, '$app, and that is 7'],
      ['null', 'String', { app: null }, '$app, and that is null'],
      ['nothing', 'String', {}, '$app, which was not given'],
    ])('is BAD_USER_INPUT where it is %s, and the field is named', (_what, type, variables, said) => {
      expect(refused(create(type), variables)).toEqual([
        { code: 'BAD_USER_INPUT', message: `input.labels: StringMap values must be strings; the value of "app" is the variable ${said}` },
      ]);
    });

    test('is seen in the fragments of the operation that is meant, and in no other', () => {
      const source = `
        mutation A($app: String) { ...a } fragment a on Mutation { ${scale('app')} }
        mutation B($other: String) { ...b } fragment b on Mutation { ${scale('other')} }`;
      expect(accepted(source, { other: 'web' }, 'B').operationName).toBe('B');
      expect(codes(source, { other: 'web' }, 'A')).toEqual(['BAD_USER_INPUT']);
    });

    const scale = (variable: string) =>
      `updateReplicationController(input: { name: "web", spec: { selector: { app: $${variable} } } }) { replicationController { name } }`;
  });

  test('strangers may not introspect, but ask for __typename', () => {
    const stranger = (source: string) => prepareOperation({ schema, source, caller: null });
    for (const source of ['{ __schema { types { name } } }', '{ ... { __type(name: "Pod") { name } } }', 'query A { ...f } fragment f on Query { __schema { description } }']) {
      const [error] = stranger(source) as GraphQLError[];
      expect(presentError(error, { requestId: 'r', logger: silentLogger }).extensions?.code).toBe('UNAUTHENTICATED');
    }
    expect(stranger('{ __typename }')).toHaveProperty('document');
  });
});

describe('what is too much is QUERY_TOO_COSTLY', () => {
  const nested = (depth: number) => `{ replicationControllers(first: 1) { nodes ${'{ pods(first: 1) { nodes { owner '.repeat(depth)} { name } ${'} } }'.repeat(depth)} } }`;

  test.each([
    ['deep', nested(10)],
    ['deep by inline fragments', `{ ${'... { '.repeat(30)} __typename ${'}'.repeat(30)} }`],
    ['full of aliases', `{ ${Array.from({ length: 101 }, (_, i) => `a${i}: version { version }`).join(' ')} }`],
    ['full of aliases of __typename', `{ ${Array.from({ length: 1000 }, (_, i) => `a${i}: __typename`).join(' ')} }`],
    ['full of directives', `{ __typename ${'@include(if: true) '.repeat(51)} }`],
    ['full of repeated fields', `{ version { ${'version '.repeat(2_001)} } }`],
    ['growing through fragments', growing(12)],
    ['costly by its pages', '{ replicationControllers(first: 1000) { nodes { pods(first: 1000) { nodes { name } } } } }'],
    ['costly by the usual page', '{ replicationControllers(first: 1000) { nodes { pods { nodes { owner { pods { nodes { name } } } } } } } }'],
    ['costly by the nodes that its pods do not fit on', '{ pods(first: 1000) { nodes { rejectedNodes(first: 1000) { nodeName reason message } } } }'],
    ['costly by its logs', '{ pods(first: 1000) { nodes { logs { text } } } }'],
    ['costly by edges as well as by nodes', '{ replicationControllers(first: 1000) { edges { node { pods(first: 1000) { edges { node { name } } } } } } }'],
  ])('%s', (_what, source) => {
    expect(codes(source)).toEqual(['QUERY_TOO_COSTLY']);
  });

  test('by its variables: the same document passes with smaller ones', () => {
    const source = 'query ($first: Int = 1000) { replicationControllers(first: $first) { nodes { pods(first: $first) { nodes { name } } } } }';
    expect(codes(source)).toEqual(['QUERY_TOO_COSTLY']);
    expect(codes(source, { first: 900 })).toEqual(['QUERY_TOO_COSTLY']);
    expect(accepted(source, { first: 10 }).cost).toBeLessThan(200);
    // Refused by the resolvers; not a way to make it look cheap.
    for (const first of [-1000, 2 ** 31 - 1]) expect(accepted('query ($first: Int) { pods(first: $first) { nodes { name } } }', { first }).cost).toBeGreaterThan(0);
  });

  test.each([
    ['a page size', 'query ($first: Int!) { replicationControllers(first: $first) { nodes { pods(first: $first) { nodes { name } } } } }', { first: 10 }, { first: 1000 }],
    ['a directive', 'query ($all: Boolean!) { replicationControllers(first: 1000) { nodes { pods(first: 1000) @include(if: $all) { nodes { name } } } } }', { all: false }, { all: true }],
    ['a fragment', 'query ($all: Boolean!) { replicationControllers(first: 1000) { nodes { ...pods } } } fragment pods on ReplicationController { pods(first: 1000) @skip(if: $all) { nodes { name } } }', { all: true }, { all: false }],
  ])('by its variables also after it was cheap: %s', (_what, source, cheap, costly) => {
    expect(accepted(source, cheap).cost).toBeLessThan(5_000);
    expect(codes(source, costly)).toEqual(['QUERY_TOO_COSTLY']);
    expect(accepted(source, cheap).cost).toBeLessThan(5_000);
  });

  test('each operation of a document by itself, and the same each time', () => {
    const source = 'query A { version { version } } query B($name: String!) { pod(name: $name) { name } pods(first: 500) { nodes { name } } }';
    const costs = () => [accepted(source, {}, 'A').cost, accepted(source, { name: 'x' }, 'B').cost];
    const first = costs();
    expect(first[1]).toBeGreaterThan(100 * (first[0] ?? 0));
    expect(costs()).toEqual(first);
    expect(codes(source, {}, 'B')).toEqual(['BAD_USER_INPUT']);
  });

  test('in tokens it is GRAPHQL_PARSE_FAILED; nesting beyond the stack is refused, not a fault', () => {
    expect(codes(`{ ${'a '.repeat(limits.maxTokens)} }`)).toEqual(['GRAPHQL_PARSE_FAILED']);
    expect(['GRAPHQL_PARSE_FAILED', 'QUERY_TOO_COSTLY']).toContain(codes(`${'{a'.repeat(3_300)}${'}'.repeat(3_300)}`)[0]);
    expect(['GRAPHQL_PARSE_FAILED', 'QUERY_TOO_COSTLY']).toContain(codes(`{ pods(after: ${'['.repeat(4_900)}${']'.repeat(4_900)}) { totalCount } }`)[0]);
  });

  test('a field whose argument cannot be read does not hide the cost of the others', () => {
    const source = 'query ($name: String = "x") { pod(name: $name) { name } replicationControllers(first: 1000) { nodes { pods(first: 1000) { nodes { name } } } } }';
    expect(codes(source, { name: null })).toEqual(['BAD_USER_INPUT']);
    const cheap = 'query ($name: String = "x") { pod(name: $name) { name } }';
    accepted(cheap, { name: 'y' });
    expect(codes(cheap, { name: null })).toEqual(['BAD_USER_INPUT']);
  });

  test('a directive that leaves a field out leaves out its cost', () => {
    const source = 'query ($all: Boolean!) { replicationControllers(first: 1000) { nodes { name pods(first: 1000) @include(if: $all) { nodes { name } } } } }';
    expect(codes(source, { all: true })).toEqual(['QUERY_TOO_COSTLY']);
    expect(accepted(source, { all: false }).cost).toBeLessThan(5_000);
  });
});

/** Each fragment spreads the next one twice. */
function growing(levels: number): string {
  const fragments = Array.from({ length: levels }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`);
  return `{ ...f0 } ${fragments.join(' ')} fragment f${levels} on Query { version { version } __typename a: __typename }`;
}

describe('the shape of a document', () => {
  const shape = (source: string) => shapeOf(parse(source));

  test('counts what is written and what it grows to', () => {
    expect(shape('{ a b: c { d @x } ...f ...f } fragment f on T { e { g } }')).toEqual({ selections: 7, aliases: 1, directives: 1, expandedSelections: 9, depth: 2 });
  });

  test('takes the largest operation', () => {
    expect(shape('query A { a } query B { a { b { c } } }')).toMatchObject({ expandedSelections: 3, depth: 3 });
  });

  test('ends at fragments that contain themselves, or are not there', () => {
    expect(shape('{ ...f } fragment f on T { a ...g } fragment g on T { b ...f ...missing }').expandedSelections).toBeLessThan(10);
  });

  test('is quick to find however much it would grow', () => {
    expect(shape(growing(60)).expandedSelections).toBeGreaterThan(1e15);
  });
});

test('the cost of a list is what it may return, per object', () => {
  const cost = (source: string) => costOf({ schema, document: parse(source) });
  expect(cost('{ pods(first: 10) { totalCount } }')).toBeLessThan(3);
  const [ten, twenty] = [cost('{ pods(first: 10) { nodes { name } } }'), cost('{ pods(first: 20) { nodes { name } } }')];
  expect(twenty).toBeGreaterThan(1.8 * ten);
  expect(cost('{ pods(first: 10) { nodes { name manifest } } }')).toBeGreaterThan(ten + 10);
});

describe('the cache of documents', () => {
  const document: DocumentNode = parse('{ a }');

  test('keeps what was used last', () => {
    const cache = new DocumentCache({ documents: 2, characters: 1000 });
    cache.set('a', document);
    cache.set('b', document);
    cache.get('a');
    cache.set('c', document);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([document, undefined, document]);
  });

  test('is bounded by the length of all texts, and takes none that is longer', () => {
    const cache = new DocumentCache({ documents: 100, characters: 10 });
    cache.set('123456', document);
    cache.set('abcdef', document);
    expect([cache.get('123456'), cache.size]).toEqual([undefined, 1]);
    cache.set('x'.repeat(11), document);
    expect([cache.get('abcdef'), cache.size]).toEqual([document, 1]);
  });
});
