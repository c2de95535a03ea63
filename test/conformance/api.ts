import type { ControlPlaneClient, Operation } from '../../src/client/client';
import { isApiError, type ApiError } from '../../src/errors/api-error';
import { ToyApi } from '../support/toy-api';

export interface ApiContractSetup {
  readonly name: string;
  /** A client of this API, by a caller called "tester". The API is started, and closed after each test. */
  readonly create: (api: ToyApi, options: { timeoutMilliseconds?: number }) => ControlPlaneClient;
}

const tokens = '- { name: tester, token: "0123456789abcdef", roles: [ADMIN] }';

function operation<Data, Variables extends object>(document: string): Operation<Data, Variables> {
  const name = /(?:query|mutation|subscription) (\w+)/.exec(document)?.[1];
  return { name: name ?? '', document };
}

const hello = operation<{ hello: string }, object>('query Hello { hello }');
const caller = operation<{ caller: string }, object>('query Caller { caller }');
const echo = operation<{ echo: string }, { text: string }>('query Echo($text: String!) { echo(text: $text) }');
const refuse = operation<{ refuse: string }, { code: string }>('query Refuse($code: String!) { refuse(code: $code) }');
const record = operation<{ record: number }, { text: string }>('mutation Record($text: String!) { record(text: $text) }');
const count = operation<{ count: number }, { to: number }>('subscription Count($to: Int!) { count(to: $to) }');

/** The promises of ControlPlaneClient (C1–C3), for each transport. */
export function describeApiContract({ name, create }: ApiContractSetup): void {
  describe(`the API over ${name}`, () => {
    let api: ToyApi;
    let client: ControlPlaneClient;

    beforeEach(async () => {
      api = new ToyApi({ tokens });
      await api.start();
      client = create(api, {});
    });

    afterEach(async () => {
      await client.close();
      await api.close();
    });

    async function failure(work: Promise<unknown>): Promise<ApiError> {
      const error: unknown = await work.then(
        () => new Error('it did not fail'),
        (reason: unknown) => reason,
      );
      if (!isApiError(error)) throw error;
      return error;
    }

    async function collect<Data>(stream: AsyncIterable<Data>): Promise<Data[]> {
      const all: Data[] = [];
      for await (const item of stream) all.push(item);
      return all;
    }

    test('a query answers with its data', async () => {
      await expect(client.query(hello, {})).resolves.toEqual({ hello: 'hello' });
    });

    test('variables arrive as they were given', async () => {
      const text = 'ä "quoted" \u2028 \\ 字';
      await expect(client.query(echo, { text })).resolves.toEqual({ echo: text });
    });

    test('the server knows who calls', async () => {
      await expect(client.query(caller, {})).resolves.toEqual({ caller: 'tester' });
    });

    test('a mutation happens once', async () => {
      await expect(client.mutate(record, { text: 'a' })).resolves.toEqual({ record: 1 });
      expect(api.records).toEqual(['a']);
    });

    test('an error has the code, the message and the details that the server gave (C1)', async () => {
      const error = await failure(client.query(refuse, { code: 'NOT_FOUND' }));
      expect(error).toMatchObject({ code: 'NOT_FOUND', message: 'refused with NOT_FOUND', details: { kind: 'Toy', name: 'bear' } });
    });

    test('a fault is masked (C1)', async () => {
      const error = await failure(client.query(operation('query Boom { boom }'), {}));
      expect(error.code).toBe('INTERNAL_SERVER_ERROR');
      expect(error.message).not.toContain('swordfish');
    });

    test('a document that does not fit the schema is BAD_USER_INPUT (C1)', async () => {
      expect(await failure(client.query(operation('query Wrong { nonsense }'), {}))).toMatchObject({ code: 'BAD_USER_INPUT' });
      expect(await failure(client.query(operation('query Wrong { '), {}))).toMatchObject({ code: 'BAD_USER_INPUT' });
    });

    test('variables that do not fit are BAD_USER_INPUT (C1)', async () => {
      const wrong = operation<object, { value: string }>('query Number($value: Int!) { number(value: $value) }');
      expect(await failure(client.query(wrong, { value: 'seven' }))).toMatchObject({ code: 'BAD_USER_INPUT' });
    });

    test('a query is tried again while the code is retryable (C2)', async () => {
      const flaky = operation<{ flaky: number }, object>('query Flaky { flaky(failures: 2) }');
      await expect(client.query(flaky, {})).resolves.toEqual({ flaky: 3 });
    });

    test('a mutation is never tried again (C2)', async () => {
      const flaky = operation<{ flakyRecord: number }, object>('mutation Flaky { flakyRecord(failures: 1) }');
      expect(await failure(client.mutate(flaky, {}))).toMatchObject({ code: 'SERVICE_UNAVAILABLE', outcome: 'notApplied' });
      expect(api.attempts).toBe(1);
    });

    test('a query without an answer ends at its deadline with SERVER_TIMEOUT, and the server stops working on it (C1, C2)', async () => {
      const impatient = create(api, { timeoutMilliseconds: 200 });
      try {
        const error = await failure(impatient.query(operation('query Never { never }'), {}));
        expect(error.code).toBe('SERVER_TIMEOUT');
      } finally {
        await impatient.close();
      }
      await api.until(() => api.waiting === 0);
    });

    test('a mutation without an answer ends with TIMEOUT and an unknown outcome (C1)', async () => {
      const impatient = create(api, { timeoutMilliseconds: 200 });
      try {
        const error = await failure(impatient.mutate(operation('mutation Never { never }'), {}));
        expect(error).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
      } finally {
        await impatient.close();
      }
    });

    test('a subscription yields all results in order and ends (C3)', async () => {
      const items = await collect(client.subscribe(count, { to: 500 }, new AbortController().signal));
      expect(items.map((item) => item.count)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    });

    test('a subscription that fails throws the server\'s code after what came before it (C3)', async () => {
      const failing = operation<{ failAfter: number }, object>('subscription Fail { failAfter(to: 2, code: "EXPIRED") }');
      const seen: number[] = [];
      const error = await failure(
        (async () => {
          for await (const item of client.subscribe(failing, {}, new AbortController().signal)) seen.push(item.failAfter);
        })(),
      );
      expect(error).toMatchObject({ code: 'EXPIRED', message: 'failed after 2' });
      expect(seen).toEqual([1, 2]);
    });

    test('a subscription that is refused throws (C1)', async () => {
      const refused = operation<{ refused: number }, object>('subscription Refused { refused }');
      expect(await failure(collect(client.subscribe(refused, {}, new AbortController().signal)))).toMatchObject({ code: 'FORBIDDEN' });
    });

    test('a subscription with a syntax error does not disturb another (C1)', async () => {
      const other = client.subscribe(operation<{ silent: number }, object>('subscription Silent { silent }'), {}, new AbortController().signal);
      const waiting = other[Symbol.asyncIterator]().next();
      await api.until(() => api.openSources === 1);
      const broken = operation<object, object>('subscription Broken {');
      expect(await failure(collect(client.subscribe(broken, {}, new AbortController().signal)))).toMatchObject({ code: 'BAD_USER_INPUT' });
      await expect(client.query(hello, {})).resolves.toEqual({ hello: 'hello' });
      expect(api.openSources).toBe(1);
      await client.close();
      await waiting.catch(() => undefined);
    });

    test('an abort ends a subscription that waits, here and at its source', async () => {
      const ending = new AbortController();
      const done = collect(client.subscribe(operation('subscription Silent { silent }'), {}, ending.signal));
      await api.until(() => api.openSources === 1);
      ending.abort();
      await expect(done).resolves.toEqual([]);
      await api.until(() => api.openSources === 0);
    });

    test('leaving the loop ends the subscription at its source', async () => {
      const flood = operation<{ flood: string }, object>('subscription Flood { flood(bytes: 10) }');
      for await (const item of client.subscribe(flood, {}, new AbortController().signal)) {
        expect(item.flood).toHaveLength(10);
        break;
      }
      await api.until(() => api.openSources === 0);
    });

    test('close ends what is open', async () => {
      const done = collect(client.subscribe(operation('subscription Silent { silent }'), {}, new AbortController().signal));
      const settled = done.then(
        () => 'ended',
        () => 'failed',
      );
      await api.until(() => api.openSources === 1);
      await client.close();
      expect(['ended', 'failed']).toContain(await settled);
      await api.until(() => api.openSources === 0);
    });
  });
}

export const testerToken = '0123456789abcdef';
