import { request } from 'node:http';
import { ToyApi } from '../../support/toy-api';

interface ErrorReply {
  readonly errors: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
}

describe('the HTTP server', () => {
  let api: ToyApi;
  afterEach(() => api.close());

  async function started(options: ConstructorParameters<typeof ToyApi>[0] = {}): Promise<string> {
    api = new ToyApi(options);
    await api.start();
    return api.url;
  }

  function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  }

  async function code(response: Response): Promise<unknown> {
    return ((await response.json()) as ErrorReply).errors[0]?.extensions.code;
  }

  test('answers are not to be stored, and carry the request\'s id', async () => {
    const url = await started();
    const response = await post(url, '{"query":"{ hello }"}', { 'x-request-id': 'abc-1' });
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-request-id')).toBe('abc-1');
    const refused = (await (await post(url, '{"query":"{ refuse(code: \\"CONFLICT\\") }"}', { 'x-request-id': 'abc-2' })).json()) as ErrorReply;
    expect(refused.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', requestId: 'abc-2' });
  });

  test('an id that could do harm in a log is replaced', async () => {
    const url = await started();
    const response = await post(url, '{"query":"{ hello }"}', { 'x-request-id': 'a b{c}' });
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([1.6, 20])('a body of %d MiB is REQUEST_TOO_LARGE, and the client gets to read it', async (mebibytes) => {
    const url = await started();
    const text = 'x'.repeat(mebibytes * 1024 * 1024);
    const response = await post(url, JSON.stringify({ query: 'query($t: String!) { echo(text: $t) }', variables: { t: text } }));
    expect(response.status).toBe(413);
    expect(((await response.json()) as ErrorReply).errors[0]?.extensions).toEqual({
      code: 'REQUEST_TOO_LARGE',
      reason: 'RequestEntityTooLarge',
      status: 413,
      retryable: false,
      outcome: 'notApplied',
      requestId: expect.any(String) as string,
    });
  });

  test.each([
    ['malformed JSON', '{"query": ', {}, 400],
    ['an empty body', '', {}, 400],
    ['plain text', '{ hello }', { 'content-type': 'text/plain' }, 415],
    ['a form', 'query={hello}', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['a list', '[]', {}, 400],
    ['a batch', '[{"query":"{ hello }"}]', {}, 400],
    ['a word', '"{ hello }"', {}, 400],
    ['no query', '{"variables":{}}', {}, 400],
    ['a query that is no text', '{"query":7}', {}, 400],
    ['variables that are a list', '{"query":"{ hello }","variables":[]}', {}, 400],
    ['variables that are a word', '{"query":"{ hello }","variables":"{}"}', {}, 400],
    ['an operation name that is no text', '{"query":"{ hello }","operationName":7}', {}, 400],
    ['somebody who takes no JSON', '{"query":"{ hello }"}', { accept: 'text/html' }, 406],
  ])('%s is refused with everything that an error has', async (_what, body, headers, status) => {
    const url = await started();
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const response = await post(url, body, { accept, 'x-request-id': 'r-7', ...headers });
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toContain('json');
      const { errors, ...rest } = (await response.json()) as ErrorReply;
      expect(rest).toEqual({});
      expect(errors).toEqual([
        {
          message: expect.stringMatching(/.{10}/) as string,
          extensions: { code: 'BAD_USER_INPUT', reason: 'BadRequest', status, retryable: false, outcome: 'notApplied', requestId: 'r-7' },
        },
      ]);
    }
  });

  test.each(['variables=[]', 'variables=%7B', 'query=a&query=b'])('a GET with %s is refused with everything that an error has', async (search) => {
    const url = await started();
    const response = await fetch(`${url}/graphql?query=%7Bhello%7D&${search}`, { headers: { 'x-request-id': 'r-7' } });
    expect(response.status).toBe(400);
    expect(((await response.json()) as ErrorReply).errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'BadRequest', status: 400, retryable: false, requestId: 'r-7' });
  });

  test('a hash instead of a document is refused in the word that clients know, so that they send the document', async () => {
    const url = await started();
    const response = await post(url, '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"abc"}}}', { 'x-request-id': 'r-7' });
    expect(((await response.json()) as ErrorReply).errors[0]?.extensions).toEqual({
      code: 'PERSISTED_QUERY_NOT_SUPPORTED',
      reason: 'BadRequest',
      status: 400,
      retryable: false,
      requestId: 'r-7',
    });
  });

  test('an address that cannot be read is refused in the same form', async () => {
    const url = await started();
    const response = await fetch(`${url}/%E0%A4%A`);
    expect(response.status).toBe(400);
    expect(((await response.json()) as ErrorReply).errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'BadRequest', status: 400, retryable: false });
  });

  test('nothing is done for somebody who could not read the answer', async () => {
    const url = await started();
    const response = await post(url, '{"query":"mutation { record(text: \\"x\\") }"}', { accept: 'text/html' });
    expect(response.status).toBe(406);
    expect(api.records).toEqual([]);
  });

  test('a change by GET does not happen', async () => {
    const url = await started();
    const response = await fetch(`${url}/graphql?query=${encodeURIComponent('mutation { record(text: "x") }')}`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(((await response.json()) as ErrorReply).errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'BadRequest', status: 405, retryable: false });
    expect(api.records).toEqual([]);
  });

  test.each(['PUT', 'PATCH', 'DELETE', 'HEAD'])('%s is not a way to speak to the API, and the answer says which are', async (method) => {
    const url = await started();
    const response = await fetch(`${url}/graphql`, {
      method,
      headers: { 'content-type': 'text/xml', 'x-request-id': 'r-7' },
      ...(method === 'HEAD' ? {} : { body: '<query/>' }),
    });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST, OPTIONS']);
    if (method === 'HEAD') return;
    expect(((await response.json()) as ErrorReply).errors[0]).toEqual({
      message: expect.stringContaining(method) as string,
      extensions: { code: 'BAD_USER_INPUT', reason: 'BadRequest', status: 405, retryable: false, outcome: 'notApplied', requestId: 'r-7' },
    });
  });

  test('OPTIONS says which methods there are', async () => {
    const response = await fetch(`${await started()}/graphql`, { method: 'OPTIONS' });
    expect([response.status, response.headers.get('allow'), response.headers.get('access-control-allow-origin')]).toEqual([204, 'GET, POST, OPTIONS', null]);
  });

  test('several changes in one request: when one fails, its error says which were applied', async () => {
    const url = await started();
    const query = 'mutation { a: record(text: "a") b: record(text: "b") c: flakyRecord(failures: 9) d: record(text: "d") }';
    const reply = (await (await post(url, JSON.stringify({ query }))).json()) as ErrorReply & { data: unknown };
    expect(api.records).toEqual(['a', 'b']);
    expect(reply).toMatchObject({ data: null, errors: [{ path: ['c'], extensions: { code: 'SERVICE_UNAVAILABLE', outcome: 'notApplied', applied: ['a', 'b'] } }] });
  });

  test('a page of another site gets 403 and changes nothing', async () => {
    const url = await started();
    const response = await post(url, '{"query":"mutation { record(text: \\"x\\") }"}', { origin: 'https://evil.example' });
    expect(response.status).toBe(403);
    expect(api.records).toEqual([]);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  describe('a page of a site that was let in', () => {
    const site = 'https://dashboard.example';

    test('may ask first, and learns what it may send, without a token', async () => {
      const url = await started({ allowOrigins: [site], tokens: '- { name: ann, token: ann-secret-0123456789, roles: [VIEW] }' });
      const response = await fetch(`${url}/graphql`, {
        method: 'OPTIONS',
        headers: { origin: site, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
      });
      expect(response.status).toBe(204);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'access-control-allow-origin': site,
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'authorization,content-type',
        vary: 'origin',
      });
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    });

    test('may read the answers, also the refusals', async () => {
      const url = await started({ allowOrigins: [site] });
      for (const [body, status] of [['{"query":"{ hello }"}', 200], ['{"query": ', 400]] as const) {
        const response = await post(url, body, { origin: site });
        expect(response.status).toBe(status);
        expect(response.headers.get('access-control-allow-origin')).toBe(site);
        expect(response.headers.get('vary')).toContain('origin');
      }
    });

    test('opens the door for no other', async () => {
      const url = await started({ allowOrigins: [site] });
      for (const origin of ['https://evil.example', `${site}.evil.example`, 'http://dashboard.example', 'null']) {
        for (const method of ['OPTIONS', 'POST']) {
          const response = await fetch(`${url}/graphql`, { method, headers: { origin, 'access-control-request-method': 'POST' } });
          expect([origin, method, response.status]).toEqual([origin, method, 403]);
          expect(response.headers.get('access-control-allow-origin')).toBeNull();
          expect(response.headers.get('vary')).toContain('origin');
        }
      }
    });
  });

  test('a page of another port of this machine is a page of another site', async () => {
    const url = await started();
    const response = await post(url, '{"query":"mutation { record(text: \\"x\\") }"}', { origin: 'http://localhost:5173' });
    expect(response.status).toBe(403);
    expect(((await response.json()) as ErrorReply).errors[0]?.message).toContain('--allow-origin http://localhost:5173');
    expect(api.records).toEqual([]);
  });

  test('a name that was bound to loopback by somebody else gets 403', async () => {
    const url = await started();
    const status = await new Promise((resolve) => {
      request(`${url}/graphql?query=%7Bhello%7D`, { headers: { host: 'rebound.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(403);
  });

  test('a request that takes too long ends with a code, and its work is told to stop', async () => {
    const url = await started({ limits: { requestMilliseconds: 50 } });
    const query = await post(url, '{"query":"{ never }"}');
    expect(await code(query)).toBe('SERVER_TIMEOUT');
    const mutation = (await (await post(url, '{"query":"mutation { never }"}')).json()) as ErrorReply;
    expect(mutation.errors[0]?.extensions).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    expect(api.waiting).toBe(0);
  });

  test('a client that goes away ends the work on its request', async () => {
    const url = await started();
    const leaving = new AbortController();
    const gone = fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ never }"}',
      signal: leaving.signal,
    }).catch((error: unknown) => error);
    await api.until(() => api.waiting === 1);
    leaving.abort();
    await gone;
    await api.until(() => api.waiting === 0);
  });

  test('a subscription by POST is told where subscriptions go', async () => {
    const url = await started();
    const reply = (await (await post(url, '{"query":"subscription { silent }"}')).json()) as ErrorReply;
    expect(reply.errors[0]).toMatchObject({ message: expect.stringContaining('WebSocket'), extensions: { code: 'BAD_USER_INPUT' } });
  });

  test('a fault is masked and logged with the request\'s id', async () => {
    const url = await started();
    const response = await post(url, '{"query":"{ boom }"}');
    expect(await response.text()).not.toContain('swordfish');
  });

  test('before it is open, and while it drains, it serves no operations but says that it lives', async () => {
    api = new ToyApi();
    const server = await api.start({ open: false });
    const closed = await post(server.url, '{"query":"{ hello }"}');
    expect(closed.status).toBe(503);
    expect(closed.headers.get('retry-after')).toBe('1');
    expect(await code(closed)).toBe('SERVICE_UNAVAILABLE');
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    server.open();
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await server.drain();
    const ready = await fetch(`${server.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('[-] server: the server is shutting down');
    expect((await post(server.url, '{"query":"{ hello }"}')).status).toBe(503);
  });

  test('draining waits for the requests under way', async () => {
    api = new ToyApi({ limits: { requestMilliseconds: 300 } });
    const server = await api.start();
    const underWay = post(server.url, '{"query":"{ never }"}');
    await api.until(() => api.waiting === 1);
    await server.drain();
    expect(api.waiting).toBe(0);
    expect((await underWay).status).toBe(500);
  });

  test('readiness names what is not well', async () => {
    api = new ToyApi();
    const { url } = await api.start({ notReadyBecause: () => 'the bear sleeps' });
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.text()).toBe('[+] server ok\n[-] toy: the bear sleeps\nreadyz check failed\n');
  });

  test('metrics count operations by code', async () => {
    const url = await started();
    await post(url, '{"query":"{ hello }"}');
    await post(url, '{"query":"{ refuse(code: \\"NOT_FOUND\\") }"}');
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('podql_graphql_operation_seconds_count{transport="http",operation="query",code="OK"} 1');
    expect(text).toContain('podql_graphql_operation_seconds_count{transport="http",operation="query",code="NOT_FOUND"} 1');
    expect(text).toContain('podql_build_info{');
  });

  test('a browser gets a page with a strict policy, a program gets JSON, at one address', async () => {
    const url = await started();
    const page = await fetch(`${url}/graphql`, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
    expect(page.headers.get('content-type')).toContain('text/html');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    const data = await fetch(`${url}/graphql?query=%7Bhello%7D`, { headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(await data.json()).toEqual({ data: { hello: 'hello' } });
    const home = await fetch(url, { redirect: 'manual' });
    expect([home.status, home.headers.get('location')]).toEqual([302, '/graphql']);
  });

  test('there is nothing outside the list of assets', async () => {
    const url = await started();
    for (const path of ['/playground/assets/..%2f..%2fversion.json', '/playground/assets/none.js', '/etc/passwd']) {
      expect((await fetch(`${url}${path}`)).status).toBe(404);
    }
  });

  test('a port that is taken is said in words', async () => {
    const url = await started();
    const second = new ToyApi();
    await expect(second.start({ listen: `127.0.0.1:${new URL(url).port}` })).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      message: expect.stringContaining('--listen'),
    });
  });
});
