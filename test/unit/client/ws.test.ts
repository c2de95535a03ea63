import { systemClock } from '../../../src/base/clock';
import { systemIdentity } from '../../../src/base/identity';
import { createWebSocketClient } from '../../../src/client/ws';
import { describeApiContract, testerToken } from '../../conformance/api';
import { freePort } from '../../support/podql-process';
import { ToyApi } from '../../support/toy-api';

const common = { clock: systemClock, identity: systemIdentity };
const silent = { name: 'Silent', document: 'subscription Silent { silent }' };

describeApiContract({
  name: 'WebSocket',
  create: (api, { timeoutMilliseconds }) => createWebSocketClient({ ...common, url: api.url, token: testerToken, timeoutMilliseconds }),
});

describe('the WebSocket client', () => {
  test('a server that is not there is SERVICE_UNAVAILABLE, and nothing was applied (C1)', async () => {
    const client = createWebSocketClient({ ...common, url: `http://127.0.0.1:${await freePort()}` });
    await expect(client.mutate({ name: 'Record', document: 'mutation Record { record(text: "x") }' }, {})).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      outcome: 'notApplied',
    });
    await client.close();
  });

  test('a server that goes away ends a subscription with SERVICE_UNAVAILABLE (C3)', async () => {
    const api = new ToyApi();
    const server = await api.start();
    const client = createWebSocketClient({ ...common, url: api.url });
    const next = client.subscribe(silent, {}, new AbortController().signal)[Symbol.asyncIterator]().next();
    const settled = expect(next).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: expect.stringContaining('Going away') });
    await api.until(() => api.openSources === 1);
    await server.drain();
    await settled;
    await client.close();
    await api.close();
  });

  test('a mutation whose connection is lost has an unknown outcome (C1)', async () => {
    const api = new ToyApi({ limits: { drainMilliseconds: 0 } });
    const server = await api.start();
    const client = createWebSocketClient({ ...common, url: api.url });
    const done = client.mutate({ name: 'Never', document: 'mutation Never { never }' }, {});
    const settled = expect(done).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    await api.until(() => api.waiting === 1);
    await server.close();
    await settled;
    await client.close();
  });
});
