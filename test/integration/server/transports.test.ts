import { writeFileSync, chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isApiError } from '../../../src/errors/api-error';
import { SubscriptionError, type TestClient } from '../../support/graphql-client';
import { TestServer } from '../../support/server';

const tokens = { admin: 'admin-token-0123456', view: 'view-token-01234567', node: 'node-token-01234567' };
const file = `
- { name: alice, token: ${tokens.admin}, roles: [ADMIN] }
- { name: bob, token: ${tokens.view}, roles: [VIEW] }
- { name: node-b, token: ${tokens.node}, roles: [NODE] }
`;

/** HTTP and WebSocket answer the same to the same: the code of the first error, or the data. */
async function overHttp(client: TestClient, query: string, variables?: Record<string, unknown>): Promise<unknown> {
  const reply = await client.send<unknown>(query, variables);
  return reply.errors ? { code: reply.errors[0]?.extensions.code, data: reply.data ?? null } : { data: reply.data };
}

async function overSocket(client: TestClient, query: string, variables?: Record<string, unknown>): Promise<unknown> {
  try {
    const stream = client.subscribe<unknown>(query, variables);
    const { value } = await stream.next();
    await stream.return(undefined);
    return { first: value };
  } catch (error) {
    if (error instanceof SubscriptionError) return { code: error.errors[0]?.extensions.code };
    if (Array.isArray(error)) return { code: error[0]?.extensions?.code };
    if (typeof error === 'object' && error !== null && 'code' in error) return { closed: error.code };
    throw error;
  }
}

describe('HTTP, WebSocket and calls within the process', () => {
  let folder: string;
  let server: TestServer;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'podql-tokens-'));
    const tokenFile = join(folder, 'tokens.yaml');
    writeFileSync(tokenFile, file);
    chmodSync(tokenFile, 0o600);
    server = await TestServer.start({ tokenFile });
  });
  afterAll(async () => {
    await server.close();
    await server.store.close();
    rmSync(folder, { recursive: true });
  });

  async function within(document: string): Promise<unknown> {
    const client = server.server.client({ name: 'bob', roles: ['VIEW'], nodeName: null });
    try {
      const kind = document.trimStart().startsWith('mutation') ? 'mutate' : 'query';
      return { data: await client[kind]({ name: 'Within', document: document.replace(/^(query|mutation) /, '$1 Within ') }, {}) };
    } catch (error) {
      return isApiError(error) ? { code: error.code } : error;
    } finally {
      await client.close();
    }
  }

  const deep = `query { pods { nodes { ${'owner { pods { nodes { '.repeat(12)} name ${'} } }'.repeat(12)} } } }`;
  const aliases = `query { ${Array.from({ length: 200 }, (_, n) => `a${n}: __typename`).join(' ')} }`;
  const change = 'mutation { deletePod(input: { name: "nobody" }) { pod { name } } }';

  test.each([
    ['a query that goes too deep', deep, 'QUERY_TOO_COSTLY', 'BAD_USER_INPUT|QUERY_TOO_COSTLY'],
    ['a flood of aliases', aliases, 'QUERY_TOO_COSTLY', 'QUERY_TOO_COSTLY'],
    ['an unknown field', 'query { nonsense }', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT'],
    ['a syntax error', 'query {', 'GRAPHQL_PARSE_FAILED', 'BAD_USER_INPUT'],
    ['a change without the role for it', change, 'FORBIDDEN', 'FORBIDDEN'],
    ['a page of nothing', 'query { pods(first: 0) { totalCount } }', 'BAD_USER_INPUT', 'BAD_USER_INPUT'],
  ])('refuse %s alike', async (_what, document, code, clientCode) => {
    const client = server.client(tokens.view);
    expect(await overHttp(client, document)).toMatchObject({ code });
    expect(await overSocket(client, document)).toMatchObject({ code });
    expect((await within(document)) as { code: string }).toMatchObject({ code: expect.stringMatching(new RegExp(`^(${clientCode})$`)) });
  });

  test('a reader may read, over HTTP and WebSocket alike', async () => {
    const client = server.client(tokens.view);
    const query = 'query { pods { totalCount } }';
    expect(await overHttp(client, query)).toEqual({ data: { pods: { totalCount: 0 } } });
    expect(await overSocket(client, query)).toEqual({ first: { totalCount: 0 } });
    expect(await within(query)).toEqual({ data: { pods: { totalCount: 0 } } });
  });

  test('a change that was applied is told although a later one of the same request failed', async () => {
    const client = server.client(tokens.admin);
    const pod = '{ name: "twice", spec: { containers: [{ name: "main", image: "host" }] } }';
    const create = `mutation { first: createPod(input: ${pod}) { pod { uid } } second: createPod(input: ${pod}) { pod { uid } } }`;
    const overHttp = await client.send<unknown>(create);
    expect(overHttp).toMatchObject({ data: null, errors: [{ path: ['second'], extensions: { code: 'ALREADY_EXISTS', outcome: 'notApplied', applied: ['first'] } }] });
    const remove = 'mutation { first: deletePod(input: { name: "twice" }) { pod { uid } } second: deletePod(input: { name: "nobody" }) { pod { uid } } }';
    const overSocket = await client.subscribe<unknown>(remove).next().catch((error: SubscriptionError) => error.errors);
    expect(overSocket).toMatchObject([{ path: ['second'], extensions: { code: 'NOT_FOUND', outcome: 'notApplied', applied: ['first'] } }]);
  });

  test('a subscription is for those who may read', async () => {
    expect(await overSocket(server.client(tokens.view), 'subscription { podChanges { type } }')).toEqual({ first: { type: 'BOOKMARK' } });
  });

  test('without a token there is nothing: 401 over HTTP, 4401 over WebSocket', async () => {
    const stranger = server.client();
    expect(await stranger.send('{ __typename }')).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(await overSocket(stranger, '{ __typename }')).toEqual({ closed: 4401 });
  });

  test('a wrong token is refused as none is', async () => {
    const impostor = server.client('admin-token-0123457');
    expect(await impostor.send('{ __typename }')).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(await overSocket(impostor, 'subscription { podChanges { type } }')).toEqual({ closed: 4401 });
  });

  test('a node acts for itself only', async () => {
    const renew = (name: string): string => `mutation { renewClusterNodeLease(input: { name: "${name}" }) { leaseDurationSeconds } }`;
    const node = server.client(tokens.node);
    expect(await overHttp(node, renew('node-a'))).toMatchObject({ code: 'FORBIDDEN' });
    // Its own is not registered, which is another matter.
    expect(await overHttp(node, renew('node-b'))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('metrics want a token too, health does not', async () => {
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
    expect((await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${tokens.view}` } })).status).toBe(200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });
});
