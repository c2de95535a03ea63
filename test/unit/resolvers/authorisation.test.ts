import type { GraphQLField } from 'graphql';
import type { Caller, Role } from '../../../src/resolvers/authorisation';
import { hasRole, requireNode, requireRole, requireSight, roles } from '../../../src/resolvers/authorisation';
import { aNodeDraft, aPodDraft, anRcDraft } from '../../support/registries';
import type { ApiHarness } from './harness';
import { caller, openApi, schema } from './harness';

let api: ApiHarness;
beforeAll(async () => {
  api = await openApi();
  await api.registries.clusterNodes.register(aNodeDraft('node-a'), 40);
  await api.registries.pods.create(aPodDraft('mine'));
  await api.registries.pods.bind({ namespace: 'default', name: 'mine' }, 'node-a');
  await api.registries.clusterNodes.register(aNodeDraft('node-b'), 40);
  await api.registries.pods.create(aPodDraft('theirs'));
  await api.registries.pods.bind({ namespace: 'default', name: 'theirs' }, 'node-b');
  await api.registries.pods.create(aPodDraft('web'));
  await api.registries.replicationControllers.create(anRcDraft('web'));
});
afterAll(() => api.close());

const everybody: readonly Role[] = ['ADMIN', 'EDIT', 'VIEW', 'NODE'];
const readers: readonly Role[] = ['ADMIN', 'EDIT', 'VIEW'];
const editors: readonly Role[] = ['ADMIN', 'EDIT'];
const nodes: readonly Role[] = ['ADMIN', 'NODE'];
const spec = '{ containers: [{ name: "m", image: "host" }] }';
const status = '{ phase: RUNNING, conditions: [], observedGeneration: 1, initContainerStatuses: [], containerStatuses: [] }';

/** Each root field with a call that changes nothing, and who may make it. */
const matrix: Readonly<Record<string, { readonly call: string; readonly roles: readonly Role[] }>> = {
  node: { call: '{ node(id: "x") { id } }', roles: readers },
  pod: { call: '{ pod(name: "mine") { name } }', roles: everybody },
  pods: { call: '{ pods { totalCount } }', roles: readers },
  replicationController: { call: '{ replicationController(name: "web") { currentReplicas } }', roles: readers },
  replicationControllers: { call: '{ replicationControllers { totalCount } }', roles: readers },
  clusterNode: { call: '{ clusterNode(name: "node-a") { name } }', roles: everybody },
  clusterNodes: { call: '{ clusterNodes { totalCount } }', roles: readers },
  events: { call: '{ events { totalCount } }', roles: readers },
  version: { call: '{ version { version } }', roles: everybody },
  createPod: { call: `mutation { createPod(input: { name: "n", dryRun: true, spec: ${spec} }) { pod { name } } }`, roles: editors },
  updatePod: { call: 'mutation { updatePod(input: { name: "web", dryRun: true }) { pod { name } } }', roles: editors },
  deletePod: { call: 'mutation { deletePod(input: { name: "mine", dryRun: true }) { pod { name } } }', roles: ['ADMIN', 'EDIT', 'NODE'] },
  bindPod: { call: 'mutation { bindPod(input: { name: "web", nodeName: "node-a", dryRun: true }) { pod { name } } }', roles: editors },
  createReplicationController: {
    call: `mutation { createReplicationController(input: { name: "n", dryRun: true, spec: { template: { labels: { a: "b" }, spec: ${spec} } } }) { replicationController { name } } }`,
    roles: editors,
  },
  updateReplicationController: { call: 'mutation { updateReplicationController(input: { name: "web", dryRun: true }) { replicationController { name } } }', roles: editors },
  scaleReplicationController: { call: 'mutation { scaleReplicationController(input: { name: "web", replicas: 2, dryRun: true }) { replicationController { name } } }', roles: editors },
  deleteReplicationController: { call: 'mutation { deleteReplicationController(input: { name: "web", dryRun: true }) { replicationController { name } } }', roles: editors },
  apply: { call: 'mutation { apply(input: { manifest: "{}", dryRun: true }) { results { action } } }', roles: editors },
  cordonClusterNode: { call: 'mutation { cordonClusterNode(input: { name: "node-a", dryRun: true }) { clusterNode { name } } }', roles: ['ADMIN'] },
  drainClusterNode: { call: 'mutation { drainClusterNode(input: { name: "node-a", dryRun: true }) { clusterNode { name } } }', roles: ['ADMIN'] },
  deleteClusterNode: { call: 'mutation { deleteClusterNode(input: { name: "node-a", dryRun: true }) { clusterNode { name } } }', roles: ['ADMIN'] },
  taintClusterNode: { call: 'mutation { taintClusterNode(input: { name: "node-a", taints: [], dryRun: true }) { clusterNode { name } } }', roles: ['ADMIN'] },
  registerClusterNode: {
    call: 'mutation { registerClusterNode(input: { name: "node-a", capacity: {}, allocatable: {}, info: { os: "l", architecture: "x", runtime: "f", runtimeVersion: "1", kubeletVersion: "1" }, conditions: [], address: "h" }) { leaseDurationSeconds } }',
    roles: nodes,
  },
  renewClusterNodeLease: { call: 'mutation { renewClusterNodeLease(input: { name: "node-a" }) { leaseDurationSeconds } }', roles: nodes },
  updatePodStatuses: { call: `mutation { updatePodStatuses(input: { nodeName: "node-a", statuses: [{ namespace: "default", name: "x", uid: "x", status: ${status} }] }) { results { code } } }`, roles: nodes },
  recordEvents: { call: 'mutation { recordEvents(input: { nodeName: "node-a", events: [] }) { accepted } }', roles: nodes },
  answerPodLogRequest: { call: 'mutation { answerPodLogRequest(input: { requestId: "x", lines: [] }) { accepted } }', roles: nodes },
  podChanges: { call: 'subscription { podChanges { type } }', roles: readers },
  replicationControllerChanges: { call: 'subscription { replicationControllerChanges { type } }', roles: readers },
  clusterNodeChanges: { call: 'subscription { clusterNodeChanges { type } }', roles: readers },
  eventChanges: { call: 'subscription { eventChanges { type } }', roles: readers },
  podLogRequests: { call: 'subscription { podLogRequests(nodeName: "node-a") { requestId } }', roles: nodes },
};

const rootFields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
  Object.values(type?.getFields() ?? {}).map((field: GraphQLField<unknown, unknown>) => field.name),
);

/** The code of the refusal; null if it was let through (whatever came of it then). */
async function refusal(call: string, who: Caller | null): Promise<string | null> {
  if (!call.startsWith('subscription')) {
    const code = (await api.run(call, {}, who)).errors?.[0]?.extensions?.code;
    return code === 'UNAUTHENTICATED' || code === 'FORBIDDEN' ? code : null;
  }
  const operation = new AbortController();
  const stream = api.subscribe(call, {}, { caller: who, signal: operation.signal });
  const first = stream.next();
  // podLogRequests says nothing by itself: end it once it had its chance to refuse.
  await api.clock.advance(0);
  operation.abort();
  const { value } = await first;
  await stream.return(undefined);
  const code = (value as { errors?: { extensions?: { code?: string } }[] } | undefined)?.errors?.[0]?.extensions?.code;
  return code === 'UNAUTHENTICATED' || code === 'FORBIDDEN' ? code : null;
}

describe('every root field', () => {
  test('is in the matrix above, so that a new one without roles fails here', () => {
    expect(Object.keys(matrix).sort()).toEqual([...rootFields].sort());
  });

  test.each(Object.entries(matrix))('%s refuses who has no token and who has not the role, and nobody else', async (_field, { call, roles: allowed }) => {
    expect(await refusal(call, null)).toBe('UNAUTHENTICATED');
    for (const role of roles) {
      expect([role, await refusal(call, caller(role, 'node-a'))]).toEqual([role, allowed.includes(role) ? null : 'FORBIDDEN']);
    }
    expect(await refusal(call, { name: 'a stranger', roles: [], nodeName: null })).toBe('FORBIDDEN');
  });
});

describe('a kubelet', () => {
  test.each(['registerClusterNode', 'renewClusterNodeLease', 'updatePodStatuses', 'podLogRequests'])('may call %s for its own node only', async (field) => {
    const call = matrix[field]?.call ?? '';
    expect(await refusal(call, caller('NODE', 'node-b'))).toBe('FORBIDDEN');
    expect(await refusal(call, caller('NODE', null))).toBe('FORBIDDEN');
    expect(await refusal(call, caller('ADMIN', null))).toBeNull();
  });

  describe('sees its own node and the pods there, and nothing else', () => {
    const filter = (name: string) => `filter: { nodeName: "${name}" }`;
    test.each<[what: string, call: string, own: boolean]>([
      ['its node', '{ clusterNode(name: "node-a") { name pods { nodes { name } } } }', true],
      ['another node', '{ clusterNode(name: "node-b") { name } }', false],
      ['its pod', '{ pod(name: "mine") { name clusterNode { name } } }', true],
      ['its pods', `{ pods(${filter('node-a')}) { totalCount } }`, true],
      ['pods of another node', `{ pods(${filter('node-b')}) { totalCount } }`, false],
      ['pods of no node', `{ pods(${filter('')}) { totalCount } }`, false],
      ['all pods', '{ pods { totalCount } }', false],
      ['changes of its pods', `subscription { podChanges(${filter('node-a')}) { type } }`, true],
      ['changes of pods of another node', `subscription { podChanges(${filter('node-b')}) { type } }`, false],
      ['changes of all pods', 'subscription { podChanges { type } }', false],
      ['changes of one pod, whosever it is', 'subscription { podChanges(namespace: "default", name: "mine") { type } }', false],
      ['the controller of its pod, which leads to all of its pods', '{ pod(name: "mine") { owner { pods { nodes { name } } } } }', false],
      ['controllers', '{ replicationControllers { totalCount } }', false],
      ['changes of controllers', 'subscription { replicationControllerChanges { type } }', false],
      ['all nodes', '{ clusterNodes { totalCount } }', false],
      ['changes of nodes', 'subscription { clusterNodeChanges { type } }', false],
      ['any object by its id', '{ node(id: "x") { id } }', false],
    ])('%s', async (_what, call, own) => {
      expect(await refusal(call, caller('NODE', 'node-a'))).toBe(own ? null : 'FORBIDDEN');
      expect(await refusal(call, caller('NODE', null))).toBe('FORBIDDEN');
      const both: Caller = { name: 'both', roles: ['NODE', 'VIEW'], nodeName: 'node-a' };
      expect(await refusal(call, both)).toBeNull();
    });

    const remove = (name: string) => `mutation { deletePod(input: { name: "${name}", dryRun: true }) { pod { name } } }`;
    const report = (name: string, uid: string) =>
      `mutation { updatePodStatuses(input: { nodeName: "node-a", statuses: [{ namespace: "default", name: "${name}", uid: "${uid}", status: ${status} }] }) { results { pod { name } code message } } }`;
    test.each<[what: string, call: (name: string) => string]>([
      ['pod', (name) => `{ pod(name: "${name}") { name } }`],
      ['deletePod', remove],
      ['updatePodStatuses', (name) => report(name, 'x')],
    ])('%s tells it nothing of whether a pod that is not its own exists', async (_what, call) => {
      const answers = await Promise.all(['theirs', 'web', 'nowhere'].map((name) => api.run(call(name), {}, caller('NODE', 'node-a'))));
      const plain = answers.map((answer) => JSON.stringify(answer).replace(/theirs|web|nowhere/g, 'NAME').replace(/request-\d+/g, 'ID'));
      expect(plain[0]).toContain('NOT_FOUND');
      expect(new Set(plain).size).toBe(1);
    });

    test('nor does it write: a status for the pod of another node is refused in its own result', async () => {
      const theirs = await api.registries.pods.get({ namespace: 'default', name: 'theirs' });
      const call = `mutation { updatePodStatuses(input: { nodeName: "node-a", statuses: [{ namespace: "default", name: "theirs", uid: "${theirs.uid}", status: ${status} }] }) { results { code } } }`;
      expect(await api.ask(call, {}, caller('NODE', 'node-a'))).toEqual({ updatePodStatuses: { results: [{ code: 'NOT_FOUND' }] } });
      expect(await api.registries.pods.get(theirs)).toEqual(theirs);
    });

    test('nor does it answer for logs of another node', async () => {
      const asking = new AbortController();
      const request = api.logRequests.listen('node-b', asking.signal).next();
      const question = { pod: 'default/theirs', podUid: 'x', container: 'main', tailLines: 1, attempt: null };
      const asked = api.logRequests.ask('node-b', question, asking.signal).catch(() => undefined);
      const { value } = (await request) as { value: { requestId: string } };
      const call = `mutation { answerPodLogRequest(input: { requestId: "${value.requestId}", lines: [] }) { accepted } }`;
      expect(await refusal(call, caller('NODE', 'node-a'))).toBe('FORBIDDEN');
      expect(await api.ask(call, {}, caller('NODE', 'node-b'))).toEqual({ answerPodLogRequest: { accepted: true } });
      asking.abort();
      await asked;
    });
  });

  test('may delete pods of its own node only', async () => {
    const codeOf = async (name: string, who: Caller) => (await api.run(`mutation { deletePod(input: { name: "${name}", dryRun: true }) { pod { name } } }`, {}, who)).errors?.[0]?.extensions?.code;
    expect(await codeOf('mine', caller('NODE', 'node-a'))).toBeUndefined();
    expect(await codeOf('mine', caller('NODE', 'node-b'))).toBe('NOT_FOUND');
    expect(await codeOf('web', caller('NODE', 'node-a'))).toBe('NOT_FOUND');
    expect(await codeOf('web', caller('NODE', null))).toBe('FORBIDDEN');
    expect(await codeOf('theirs', { name: 'both', roles: ['NODE', 'VIEW'], nodeName: 'node-a' })).toBe('FORBIDDEN');
  });
});

describe('messages', () => {
  test('name the role that is needed and those that are held', async () => {
    const error = await api.refused(matrix.createPod?.call ?? '', {}, caller('VIEW'));
    expect(error.message).toBe('createPod needs the role EDIT; a VIEW has VIEW.');
    expect(error.extensions).toMatchObject({ code: 'FORBIDDEN', reason: 'Forbidden', status: 403, retryable: false, outcome: 'notApplied' });
    expect(() => requireRole({ name: 'x', roles: [], nodeName: null }, ['VIEW', 'NODE'], 'pods')).toThrow('pods needs one of the roles VIEW, NODE; x has no role.');
  });

  test('say how to send a token', async () => {
    const error = await api.refused('{ pods { totalCount } }', {}, null);
    expect(error).toMatchObject({ message: expect.stringContaining('Authorization: Bearer') as string, extensions: { code: 'UNAUTHENTICATED', status: 401 } });
  });

  test('name both nodes', () => {
    expect(() => requireNode(caller('NODE', 'a'), 'b', 'renewClusterNodeLease')).toThrow('renewClusterNodeLease is not allowed for node b: a NODE acts for node a only.');
    expect(() => requireSight(caller('NODE', 'a'), 'b', 'pods')).toThrow('pods needs the role VIEW for node b: a NODE sees node a only.');
    expect(() => requireSight(caller('NODE', null), null, 'pods')).toThrow('pods needs the role VIEW beyond one node: a NODE sees no node only.');
  });
});

test('ADMIN contains EDIT contains VIEW; NODE stands beside them', () => {
  const held = (role: Role) => roles.filter((other) => hasRole(caller(role), other));
  expect(held('ADMIN')).toEqual(['ADMIN', 'EDIT', 'VIEW', 'NODE']);
  expect(held('EDIT')).toEqual(['EDIT', 'VIEW']);
  expect(held('VIEW')).toEqual(['VIEW']);
  expect(held('NODE')).toEqual(['NODE']);
});
