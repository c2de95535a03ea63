import { systemClock } from '../../../src/base/clock';
import { systemIdentity } from '../../../src/base/identity';
import { beatMilliseconds } from '../../../src/client/socket-pulse';
import { createWebSocketClient } from '../../../src/client/ws';
import { describeApiContract, testerToken } from '../../conformance/api';
import { FakeClock } from '../../support/fake-clock';
import { freePort } from '../../support/podql-process';
import { TcpProxy } from '../../support/tcp-proxy';
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

  test('a path that dies in silence ends all subscriptions within two beats, and the next goes another way (C3)', async () => {
    const api = new ToyApi();
    const proxy = await TcpProxy.start((await api.start()).port);
    const clock = new FakeClock();
    const client = createWebSocketClient({ ...common, clock, url: `http://127.0.0.1:${proxy.port}` });
    const ends = [1, 2].map(() => client.subscribe(silent, {}, new AbortController().signal)[Symbol.asyncIterator]().next());
    const settled = ends.map((end) => expect(end).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: expect.stringContaining('does not answer') }));
    await api.until(() => api.openSources === 2);
    proxy.strand();
    await clock.advance(2 * beatMilliseconds);
    await Promise.all(settled);
    const counted: number[] = [];
    for await (const { count } of client.subscribe<{ count: number }, object>({ name: 'Count', document: 'subscription Count { count(to: 2) }' }, {}, new AbortController().signal)) {
      counted.push(count);
    }
    expect(counted).toEqual([1, 2]);
    await client.close();
    proxy.stop();
    await api.close();
  });
});
