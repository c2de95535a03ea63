import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../../src/base/clock';
import { systemIdentity } from '../../../src/base/identity';
import { createHttpClient } from '../../../src/client/http';
import { describeApiContract, testerToken } from '../../conformance/api';
import { freePort } from '../../support/podql-process';
import { ToyApi } from '../../support/toy-api';

const common = { clock: systemClock, identity: systemIdentity };
const hello = { name: 'Hello', document: 'query Hello { hello }' };
const record = { name: 'Record', document: 'mutation Record { record(text: "x") }' };

describeApiContract({
  name: 'HTTP',
  create: (api, { timeoutMilliseconds }) => createHttpClient({ ...common, url: api.url, token: testerToken, timeoutMilliseconds }),
});

describe('the HTTP client', () => {
  test('a server that is not there is SERVICE_UNAVAILABLE, and nothing was applied (C1)', async () => {
    const client = createHttpClient({ ...common, url: `http://127.0.0.1:${await freePort()}`, timeoutMilliseconds: 2_000 });
    await expect(client.mutate(record, {})).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', outcome: 'notApplied' });
    await expect(client.query(hello, {})).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await client.close();
  });

  test('a connection that breaks before the answer leaves the outcome of a mutation unknown (C1)', async () => {
    const server = createServer((request) => request.socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = createHttpClient({ ...common, url: `http://127.0.0.1:${port}`, timeoutMilliseconds: 500 });
    await expect(client.mutate(record, {})).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    await client.close();
    await new Promise((resolve) => server.close(resolve));
  });

  test('an answer that is not GraphQL is not taken for one', async () => {
    const server = createServer((_request, response) => response.end('<html>hello</html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = createHttpClient({ ...common, url: `http://127.0.0.1:${port}`, timeoutMilliseconds: 500 });
    await expect(client.mutate(record, {})).rejects.toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('without a GraphQL response') });
    await client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('a wrong token is UNAUTHENTICATED, for queries and subscriptions', async () => {
    const api = new ToyApi({ tokens: '- { name: a, token: "aaaaaaaaaaaaaaaa", roles: [VIEW] }' });
    await api.start();
    const client = createHttpClient({ ...common, url: api.url, token: 'bbbbbbbbbbbbbbbb' });
    await expect(client.query(hello, {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const stream = client.subscribe({ name: 'Silent', document: 'subscription Silent { silent }' }, {}, new AbortController().signal);
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await client.close();
    await api.close();
  });
});
