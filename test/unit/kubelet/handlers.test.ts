import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { systemClock } from '../../../src/base/clock';
import { createHandlerRunner } from '../../../src/kubelet/handlers';
import { createFakeRuntime } from '../../../src/kubelet/runtime/fake/fake-runtime';

describe('a handler that asks over HTTP', () => {
  let server: Server;
  const asked: string[] = [];
  const { run } = createHandlerRunner({ runtime: createFakeRuntime({ clock: systemClock }), clock: systemClock });

  beforeAll(async () => {
    const http = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${String(request.headers['x-why'])}`);
      if (request.url === '/never') return;
      response.writeHead(request.url === '/bad' ? 500 : 200).end();
    });
    server = http;
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const get = (path: string, signal = new AbortController().signal, port = (server.address() as AddressInfo).port) =>
    run({ exec: null, sleep: null, httpGet: { path, port, scheme: 'HTTP', headers: [{ name: 'X-Why', value: 'bye' }] } }, { containerId: 'x', host: '127.0.0.1' }, { seconds: 5, signal });

  it('asks at the given host, with the headers', async () => {
    expect(await get('/drain')).toBeNull();
    expect(asked).toContain('GET /drain bye');
  });

  it('says what is wrong', async () => {
    expect(await get('/bad')).toBe('GET /bad answered 500');
    expect(await get('/x', undefined, 1)).toContain('ECONNREFUSED');
  });

  it('ends with the signal', async () => {
    const given = new AbortController();
    const answer = get('/never', given.signal);
    given.abort();
    expect(await answer).toContain('abort');
  });
});
