import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GraphQLFormattedError } from 'graphql';
import { silentLogger } from '../../../src/base/logger';
import type { ErrorCode } from '../../../src/errors/codes';
import { presentError } from '../../../src/errors/graphql';
import { openMemoryStore } from '../../../src/registry/store/memory/store';
import { defaultLimits } from '../../../src/server/options';
import { tooManyOperations } from '../../../src/server/request-errors';
import { FakeClock } from '../../support/fake-clock';
import type { Refusal } from '../../support/faulty-store';
import { FaultyStore } from '../../support/faulty-store';
import { aPodDraft } from '../../support/registries';
import { ToyApi } from '../../support/toy-api';
import type { ApiHarness, ApiOptions } from '../resolvers/harness';
import { openApi } from '../resolvers/harness';

/** docs/errors.md promises what is really said: each example is provoked, and the answer compared with the page. */

const page = readFileSync(join(__dirname, '../../../docs/errors.md'), 'utf8');

interface Example {
  readonly code: ErrorCode;
  /** The query that the page gives; '' if it describes the situation in words. */
  readonly query: string;
  readonly error: GraphQLFormattedError;
}

const examples: Example[] = [...page.matchAll(/^### ([A-Z_]+)\n\n(.*)\n\n```json\n([^]*?)```/gm)].map(([, code, introduction = '', json = '']) => ({
  code: code as ErrorCode,
  query: /^`(.*?)`/.exec(introduction)?.[1] ?? '',
  error: JSON.parse(json) as GraphQLFormattedError,
}));

const create = 'mutation ($input: CreatePodInput!) { createPod(input: $input) { pod { name } } }';
const web = { name: 'web', spec: { containers: [{ name: 'main', image: 'host' }] } };

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function api(options: ApiOptions = {}): Promise<ApiHarness> {
  const harness = await openApi(options);
  opened.push(harness);
  return harness;
}

async function faultyStore(clock = new FakeClock()): Promise<FaultyStore> {
  const store = new FaultyStore(await openMemoryStore({ clock }));
  opened.push(store);
  return store;
}

/** What a question gets while the store refuses. */
async function whileStoreRefuses(refusal: Refusal, source: string, variables: object = {}): Promise<GraphQLFormattedError> {
  const store = await faultyStore();
  const harness = await api({ store });
  await harness.registries.pods.create(aPodDraft('other'));
  store.refuse(refusal);
  const error = await harness.refused(source, variables);
  store.heal();
  return error;
}

const provocations: Readonly<Record<ErrorCode, (query: string) => Promise<GraphQLFormattedError>>> = {
  NOT_FOUND: async (query) => (await api()).refused(query),
  async ALREADY_EXISTS() {
    const harness = await api();
    await harness.ask(create, { input: web });
    return harness.refused(create, { input: web });
  },
  async CONFLICT() {
    const harness = await api();
    const { resourceVersion } = await harness.registries.pods.create(aPodDraft('web'));
    const update = 'mutation ($input: UpdatePodInput!) { updatePod(input: $input) { pod { name } } }';
    await harness.ask(update, { input: { name: 'web', labels: { app: 'theirs' } } });
    return harness.refused(update, { input: { name: 'web', labels: { app: 'mine' }, resourceVersion } });
  },
  INVALID: async () => (await api()).refused(create, { input: { name: 'web', spec: { terminationGracePeriodSeconds: -1, containers: [{ name: 'main' }] } } }),
  BAD_USER_INPUT: async (query) => (await api()).refused(query),
  async UNAUTHENTICATED() {
    const server = new ToyApi({ tokens: '- { name: ann, token: ann-secret-0123456789, roles: [VIEW] }' });
    opened.push(server);
    const { url } = await server.start();
    const response = await fetch(`${url}/graphql?query=%7Bhello%7D`);
    const { errors } = (await response.json()) as { errors: [GraphQLFormattedError] };
    return errors[0];
  },
  FORBIDDEN: async () => (await api()).refused(create, { input: web }, { name: 'alice', roles: ['VIEW'], nodeName: null }),
  // As a socket says it (server/socket-protocol.ts).
  TOO_MANY_REQUESTS: () =>
    Promise.resolve(presentError(tooManyOperations(defaultLimits.operationsPerSocket), { requestId: 'of the socket', logger: silentLogger })),
  async EXPIRED(query) {
    const store = await faultyStore();
    const busy = await api({ store });
    for (let n = 0; n < 15; n += 1) await busy.registries.pods.create(aPodDraft(`pod-${n}`));
    await store.compactAll();
    return (await api({ store })).refused(query);
  },
  async REQUEST_TOO_LARGE() {
    const env = Array.from({ length: 12 }, (_, n) => ({ name: `PART_${n}`, value: 'x'.repeat(100_000) }));
    return (await api()).refused(create, { input: { ...web, spec: { containers: [{ name: 'main', image: 'host', env }] } } });
  },
  SERVICE_UNAVAILABLE: (query) => whileStoreRefuses({ code: 'UNAVAILABLE', when: 'before' }, query),
  SERVER_TIMEOUT: (query) => whileStoreRefuses({ code: 'TIMEOUT', when: 'before' }, query),
  TIMEOUT: () => whileStoreRefuses({ verbs: ['create', 'get'], code: 'TIMEOUT', when: 'after' }, create, { input: web }),
  QUERY_TOO_COSTLY: async (query) => (await api()).refused(query),
  async INTERNAL_SERVER_ERROR() {
    const broken = await api({ disguise: (registries) => ({ ...registries, get pods(): never { throw new Error('a fault'); } }) });
    return broken.refused(create, { input: web });
  },
};

test('no example is left out', () => {
  expect(examples.map((example) => example.code)).toEqual(Object.keys(provocations));
});

test.each(examples.map((example) => [example.code, example] as const))('%s is said as the page says', async (code, { query, error: documented }) => {
  const { message, extensions } = await provocations[code](query);
  expect(withIdsOf(documented, { message, extensions })).toEqual(documented);
});

/** Ids are made anew each time: the page's stand for them, wherever they are said. */
function withIdsOf(documented: GraphQLFormattedError, real: GraphQLFormattedError): unknown {
  const said = idsOf(documented);
  const text = idsOf(real).reduce((json, id, at) => json.replaceAll(id, said[at] ?? id), JSON.stringify(real));
  return JSON.parse(text);
}

function idsOf({ extensions }: GraphQLFormattedError): string[] {
  const { requestId, details } = extensions as { readonly requestId: string; readonly details?: { readonly uid?: string } };
  return [requestId, ...(details?.uid === undefined ? [] : [details.uid])];
}
