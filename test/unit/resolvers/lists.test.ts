import { aNodeDraft, aPodDraft, anRcDraft } from '../../support/registries';
import type { ApiHarness } from './harness';
import { openApi } from './harness';

let api: ApiHarness;
beforeAll(async () => {
  api = await openApi();
  await api.registries.clusterNodes.register(aNodeDraft('node-a'), 40);
  await api.registries.replicationControllers.create(anRcDraft('web'));
  for (let i = 0; i < 7; i += 1) {
    await api.registries.pods.create(aPodDraft(`web-${i}`, { labels: { app: 'web', parity: i % 2 === 0 ? 'even' : 'odd' } }));
    await api.registries.pods.bind({ namespace: 'default', name: `web-${i}` }, 'node-a');
  }
  await api.registries.pods.create(aPodDraft('other', { namespace: 'team', podSpec: { restartPolicy: 'NEVER' } }));
});
afterAll(() => api.close());

interface Page {
  nodes: { name: string }[];
  edges: { cursor: string; node: { name: string } }[];
  totalCount: number;
  resourceVersion: string;
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}
const page = 'nodes { name } edges { cursor node { name } } totalCount resourceVersion pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
const names = (list: Page) => list.nodes.map((node) => node.name);
const pods = (args: object) =>
  api
    .ask<{ pods: Page }>(`query ($namespace: String, $labelSelector: LabelSelector, $filter: PodFilter, $at: ResourceVersion, $first: Int, $after: String) {
      pods(namespace: $namespace, labelSelector: $labelSelector, filter: $filter, at: $at, first: $first, after: $after) { ${page} } }`, args)
    .then((data) => data.pods);

describe('a list', () => {
  test('is ordered by namespace and name, over all namespaces unless one is given', async () => {
    expect(names(await pods({}))).toEqual(['web-0', 'web-1', 'web-2', 'web-3', 'web-4', 'web-5', 'web-6', 'other']);
    expect(names(await pods({ namespace: 'team' }))).toEqual(['other']);
    expect(await pods({ namespace: 'nowhere' })).toMatchObject({ nodes: [], totalCount: 0, pageInfo: { hasNextPage: false, startCursor: null, endCursor: null } });
  });

  test('selects by labels and by filter', async () => {
    expect(names(await pods({ labelSelector: 'app=web,parity in (odd)' }))).toEqual(['web-1', 'web-3', 'web-5']);
    expect(names(await pods({ labelSelector: '!app' }))).toEqual(['other']);
    expect(names(await pods({ filter: { restartPolicy: 'NEVER' } }))).toEqual(['other']);
    expect(names(await pods({ filter: { nodeName: '' } }))).toEqual(['other']);
    expect((await pods({ filter: { nodeName: 'node-a', phase: 'PENDING', ready: false } })).totalCount).toBe(7);
    expect((await pods({ filter: { ready: true } })).totalCount).toBe(0);
  });

  test('pages with cursors, each page at the version of the first', async () => {
    const first = await pods({ first: 3, namespace: 'default' });
    expect(names(first)).toEqual(['web-0', 'web-1', 'web-2']);
    expect(first).toMatchObject({ totalCount: 7, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    expect(first.edges.map((edge) => edge.node.name)).toEqual(names(first));
    expect(first.edges[2]?.cursor).toBe(first.pageInfo.endCursor);
    await api.registries.pods.create(aPodDraft('web-3a', { labels: { app: 'late' } }));
    const second = await pods({ first: 3, namespace: 'default', after: first.pageInfo.endCursor });
    expect(names(second)).toEqual(['web-3', 'web-4', 'web-5']);
    expect(second).toMatchObject({ totalCount: 7, resourceVersion: first.resourceVersion, pageInfo: { hasNextPage: true, hasPreviousPage: true } });
    const last = await pods({ first: 3, namespace: 'default', after: second.pageInfo.endCursor });
    expect(names(last)).toEqual(['web-6']);
    expect(last.pageInfo.hasNextPage).toBe(false);
    await api.registries.pods.delete({ namespace: 'default', name: 'web-3a' });
  });

  test('can be read as of an earlier version', async () => {
    const before = await pods({ namespace: 'default' });
    await api.registries.pods.create(aPodDraft('later'));
    expect((await pods({ namespace: 'default' })).totalCount).toBe(before.totalCount + 1);
    expect(names(await pods({ namespace: 'default', at: before.resourceVersion }))).toEqual(names(before));
    await api.registries.pods.delete({ namespace: 'default', name: 'later' });
  });

  test.each<[string, object, object]>([
    ['all namespaces', { namespace: 'default' }, {}],
    ['another namespace', { namespace: 'default' }, { namespace: 'team' }],
    ['another selector', { labelSelector: 'app=web' }, { labelSelector: 'app=db' }],
    ['another filter', { filter: { ready: false } }, { filter: { ready: true } }],
    ['no filter', { filter: { ready: false } }, {}],
  ])('of %s refuses its cursors, and says what to do', async (_what, own, other) => {
    const after = (await pods({ ...own, first: 1 })).pageInfo.endCursor;
    const error = await api.refused('query ($namespace: String, $labelSelector: LabelSelector, $filter: PodFilter, $after: String) { pods(namespace: $namespace, labelSelector: $labelSelector, filter: $filter, after: $after) { totalCount } }', { ...other, after });
    expect(error).toMatchObject({ message: expect.stringMatching(/^after: .*leave out after to start from the first page/) as string, extensions: { code: 'BAD_USER_INPUT' } });
  });

  test('goes on from its cursor however its arguments are written', async () => {
    const first = await pods({ labelSelector: 'app=web,parity in (odd)', filter: { ready: false, phase: 'PENDING' }, first: 1 });
    const second = await pods({ labelSelector: ' parity in (odd) , app=web', filter: { phase: 'PENDING', ready: false, nodeName: null }, first: 5, at: first.resourceVersion, after: first.pageInfo.endCursor });
    expect(names(second)).toEqual(['web-3', 'web-5']);
  });

  test('of another kind refuses its cursors', async () => {
    const after = (await pods({ first: 1 })).pageInfo.endCursor;
    for (const list of ['replicationControllers', 'clusterNodes']) {
      expect((await api.refused(`query ($after: String) { ${list}(after: $after) { totalCount } }`, { after })).extensions.code).toBe('BAD_USER_INPUT');
    }
  });

  test.each([
    ['first: 0', { first: 0 }],
    ['first: -1', { first: -1 }],
    ['first: 1001', { first: 1001 }],
    ['a malformed selector', { labelSelector: 'app in (' }],
    ['a cursor that nobody gave out', { after: 'xyz' }],
    ['a version that is none', { at: 'yesterday' }],
  ])('with %s is BAD_USER_INPUT', async (_what, args) => {
    const error = await api.refused('query ($first: Int, $labelSelector: LabelSelector, $after: String, $at: ResourceVersion) { pods(first: $first, labelSelector: $labelSelector, after: $after, at: $at) { totalCount } }', args);
    expect(error.extensions).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'BadRequest', status: 400, retryable: false });
  });

  test('first: null is the usual page, and 1000 is allowed', async () => {
    expect((await pods({ first: null })).totalCount).toBe(8);
    expect((await pods({ first: 1000 })).nodes).toHaveLength(8);
  });
});

describe('the pods of a controller and of a node', () => {
  const related = `query ($first: Int, $after: String, $afterNode: String, $filter: PodFilter) {
    replicationController(name: "web") { pods(first: $first, after: $after, filter: $filter) { ${page} } }
    clusterNode(name: "node-a") { pods(first: $first, after: $afterNode) { ${page} } } }`;
  interface Related {
    replicationController: { pods: Page };
    clusterNode: { pods: Page };
  }

  test('are cut from the snapshot of the request, in order, with cursors that go on at that version', async () => {
    const one = await api.ask<Related>(related, { first: 4 });
    expect(names(one.replicationController.pods)).toEqual(['web-0', 'web-1', 'web-2', 'web-3']);
    expect(names(one.clusterNode.pods)).toEqual(['web-0', 'web-1', 'web-2', 'web-3']);
    expect(one.replicationController.pods).toMatchObject({ totalCount: 7, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    const after = one.replicationController.pods.pageInfo.endCursor;
    const afterNode = one.clusterNode.pods.pageInfo.endCursor;
    const same = await api.ask<Related>(related, { first: 4, after, afterNode });
    expect(names(same.replicationController.pods)).toEqual(['web-4', 'web-5', 'web-6']);
    await api.registries.pods.create(aPodDraft('web-5a', { labels: { app: 'web' } }));
    const later = await api.ask<Related>(related, { first: 4, after, afterNode });
    expect(later).toEqual(same);
    await api.registries.pods.delete({ namespace: 'default', name: 'web-5a' });
  });

  test('refuse the cursors of one another and of lists', async () => {
    const { replicationController, clusterNode } = await api.ask<Related>(related, { first: 1 });
    const [ofController, ofNode] = [replicationController, clusterNode].map((object) => object.pods.pageInfo.endCursor);
    const reply = await api.run(related, { after: ofNode, afterNode: ofController });
    expect(reply.errors?.map((error) => [error.path?.[0], error.extensions?.code])).toEqual([
      ['replicationController', 'BAD_USER_INPUT'],
      ['clusterNode', 'BAD_USER_INPUT'],
    ]);
    const ofList = (await pods({ first: 1 })).pageInfo.endCursor;
    expect((await api.refused('query ($after: String) { replicationController(name: "web") { pods(after: $after) { totalCount } } }', { after: ofList })).extensions.code).toBe('BAD_USER_INPUT');
  });

  test('take a filter, and refuse a page of 0', async () => {
    const none = await api.ask<Related>(related, { filter: { ready: true } });
    expect(none.replicationController.pods).toMatchObject({ nodes: [], totalCount: 0 });
    const reply = await api.run(related, { first: 0 });
    expect(reply.errors?.map((error) => error.extensions?.code)).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT']);
  });
});
