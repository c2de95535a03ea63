import { aRunningPod } from '../../support/builders';
import { aNodeDraft, aPodDraft } from '../../support/registries';
import type { ApiHarness } from './harness';
import { caller, openApi } from './harness';

let api: ApiHarness;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const kubelet = caller('NODE', 'node-a');
const node = {
  name: 'node-a',
  labels: { zone: 'x' },
  capacity: { cpu: '4', memory: '8Gi', pods: 110 },
  allocatable: { cpu: 3.5, memory: '7Gi', pods: 100 },
  info: { os: 'linux', architecture: 'x64', runtime: 'process', runtimeVersion: '1', kubeletVersion: '0.1.0' },
  conditions: [{ type: 'Ready', status: 'TRUE', reason: 'KubeletReady' }],
  address: '10.0.0.1',
};
const register = 'mutation ($input: RegisterClusterNodeInput!) { registerClusterNode(input: $input) { leaseDurationSeconds clusterNode { name ready labels unschedulable address lastHeartbeatAt capacity { cpu pods } allocatable { cpu } info { runtime } conditions { type status reason message lastTransitionTime } requested { cpu pods } } } }';

describe('registerClusterNode', () => {
  test('creates the node, ready and with a lease', async () => {
    const since = new Date(api.clock.now()).toISOString();
    expect(await api.ask(register, { input: node }, kubelet)).toEqual({
      registerClusterNode: {
        leaseDurationSeconds: 40,
        clusterNode: {
          name: 'node-a',
          ready: true,
          labels: { zone: 'x' },
          unschedulable: false,
          address: '10.0.0.1',
          lastHeartbeatAt: since,
          capacity: { cpu: '4', pods: 110 },
          allocatable: { cpu: '3500m' },
          info: { runtime: 'process' },
          conditions: [{ type: 'Ready', status: 'TRUE', reason: 'KubeletReady', message: null, lastTransitionTime: since }],
          requested: { cpu: '0', pods: 0 },
        },
      },
    });
  });

  test('again brings it up to date and leaves it cordoned; what did not change keeps its time', async () => {
    await api.ask(register, { input: node }, kubelet);
    await api.ask('mutation { cordonClusterNode(input: { name: "node-a" }) { clusterNode { name } } }');
    const since = new Date(api.clock.now()).toISOString();
    await api.clock.advance(5_000);
    const again = { ...node, labels: undefined, address: '10.0.0.2', leaseDurationSeconds: 60 };
    expect(await api.ask(register, { input: again }, kubelet)).toMatchObject({
      registerClusterNode: { leaseDurationSeconds: 60, clusterNode: { unschedulable: true, labels: { zone: 'x' }, address: '10.0.0.2', conditions: [{ lastTransitionTime: since }] } },
    });
  });

  test('after an absence dates the transition itself, whatever the kubelet remembers', async () => {
    const since = new Date(api.clock.now()).toISOString();
    const dated = { ...node, conditions: [{ ...node.conditions[0], lastTransitionTime: since }] };
    await api.ask(register, { input: dated }, kubelet);
    await api.clock.advance(600_000);
    const stored = await api.registries.clusterNodes.get({ namespace: null, name: 'node-a' });
    const lost = { type: 'Ready', status: 'UNKNOWN', reason: 'NodeStatusUnknown', message: null, lastTransitionTime: new Date(api.clock.now()).toISOString() } as const;
    await api.registries.clusterNodes.updateStatus(stored, (current) => ({ ...current, status: { ...current.status, conditions: [lost] } }));
    await api.clock.advance(600_000);
    const back = new Date(api.clock.now()).toISOString();
    const shown = { registerClusterNode: { clusterNode: { conditions: [{ type: 'Ready', status: 'TRUE', lastTransitionTime: back }] } } };
    expect(await api.ask(register, { input: dated }, kubelet)).toMatchObject(shown);
    await api.clock.advance(600_000);
    // A kubelet that has started anew remembers nothing; the status is the same all the time.
    const restarted = { ...node, conditions: [{ ...node.conditions[0], lastTransitionTime: new Date(api.clock.now()).toISOString() }] };
    expect(await api.ask(register, { input: restarted }, kubelet)).toMatchObject(shown);
  });

  test.each([0, 3601])('with a lease of %d seconds is BAD_USER_INPUT', async (leaseDurationSeconds) => {
    expect((await api.refused(register, { input: { ...node, leaseDurationSeconds } }, kubelet)).extensions.code).toBe('BAD_USER_INPUT');
  });
});

test('renewClusterNodeLease moves the heartbeat and no version; of an unknown node it is NOT_FOUND', async () => {
  const renew = 'mutation ($name: String!) { renewClusterNodeLease(input: { name: $name }) { leaseDurationSeconds clusterNode { resourceVersion lastHeartbeatAt } } }';
  await api.ask(register, { input: node }, kubelet);
  const before = await api.store.currentRevision();
  await api.clock.advance(10_000);
  const { renewClusterNodeLease } = await api.ask<{ renewClusterNodeLease: object }>(renew, { name: 'node-a' }, kubelet);
  expect(renewClusterNodeLease).toMatchObject({ leaseDurationSeconds: 40, clusterNode: { lastHeartbeatAt: new Date(api.clock.now()).toISOString() } });
  expect(await api.store.currentRevision()).toBe(before);
  expect((await api.refused(renew, { name: 'nobody' })).extensions.code).toBe('NOT_FOUND');
});

test('a query tells the heartbeat of a node, and null when its lease has run out', async () => {
  await api.ask(register, { input: node }, kubelet);
  await api.clock.advance(60_000);
  expect(await api.ask('{ clusterNodes { totalCount nodes { name lastHeartbeatAt } } }')).toEqual({ clusterNodes: { totalCount: 1, nodes: [{ name: 'node-a', lastHeartbeatAt: null }] } });
});

describe('updatePodStatuses', () => {
  const report = 'mutation ($input: UpdatePodStatusesInput!) { updatePodStatuses(input: $input) { results { namespace name uid code message pod { ready status { phase podIP conditions { type lastTransitionTime } containerStatuses { imageID ready started state { __typename ... on ContainerRunning { startedAt } } lastState { ... on ContainerTerminated { exitCode signal } } } } } } } }';
  const { conditions, containerStatuses: _statuses, ...rest } = aRunningPod().status;
  const status = {
    ...rest,
    conditions: conditions.map(({ type, status: value }) => ({ type, status: value })),
    containerStatuses: [
      { name: 'main', image: 'host', imageID: 'sha256:0', containerID: 'process://7', ready: true, started: true, restartCount: 1, state: { running: { startedAt: '2024-01-01T01:00:00+01:00' }, waiting: null }, lastState: { exitCode: 137, signal: 9, reason: 'Error', finishedAt: '2024-01-01T00:00:00Z' } },
    ],
  };

  async function boundPod(name: string, nodeName = 'node-a'): Promise<{ namespace: string; name: string; uid: string; status: object }> {
    const { uid } = await api.registries.pods.create(aPodDraft(name));
    await api.registries.pods.bind({ namespace: 'default', name }, nodeName);
    return { namespace: 'default', name, uid, status };
  }

  beforeEach(async () => {
    await api.registries.clusterNodes.register(aNodeDraft('node-a'), 40);
    await api.registries.clusterNodes.register(aNodeDraft('node-b'), 40);
  });

  test('stores the status in canonical form', async () => {
    const update = await boundPod('web');
    const { updatePodStatuses } = await api.ask<{ updatePodStatuses: { results: object[] } }>(report, { input: { nodeName: 'node-a', statuses: [update] } }, kubelet);
    const now = new Date(api.clock.now()).toISOString();
    expect(updatePodStatuses.results).toEqual([
      {
        namespace: 'default',
        name: 'web',
        uid: update.uid,
        code: null,
        message: null,
        pod: {
          ready: true,
          status: {
            phase: 'RUNNING',
            podIP: '127.0.0.1',
            conditions: expect.arrayContaining([{ type: 'Ready', lastTransitionTime: now }]) as object,
            containerStatuses: [{ imageID: 'sha256:0', ready: true, started: true, state: { __typename: 'ContainerRunning', startedAt: '2024-01-01T00:00:00.000Z' }, lastState: { exitCode: 137, signal: 9 } }],
          },
        },
      },
    ]);
  });

  test('leaves the word of who evicts the pod, which a kubelet may not know yet', async () => {
    const update = await boundPod('web');
    await api.registries.pods.evict(update, { reason: 'DeletionByTaintManager', message: 'because' });
    await api.ask(report, { input: { nodeName: 'node-a', statuses: [update] } }, kubelet);
    const revision = await api.store.currentRevision();
    await api.ask(report, { input: { nodeName: 'node-a', statuses: [update] } }, kubelet);
    expect(await api.store.currentRevision()).toBe(revision);
    const pod = await api.registries.pods.get(update);
    expect(pod.status.conditions.map(({ type, reason }) => [type, reason])).toEqual([...conditions.map(({ type }) => [type, null]), ['DisruptionTarget', 'DeletionByTaintManager']]);
  });

  test('answers for each pod by itself: one that is gone, replaced or of another node is NOT_FOUND', async () => {
    const [good, elsewhere] = [await boundPod('good'), await boundPod('elsewhere', 'node-b')];
    const statuses = [{ ...good, name: 'gone' }, { ...good, uid: 'earlier' }, elsewhere, good];
    const { updatePodStatuses } = await api.ask<{ updatePodStatuses: { results: { code: string | null }[] } }>(report, { input: { nodeName: 'node-a', statuses } }, kubelet);
    expect(updatePodStatuses.results.map((result) => result.code)).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', null]);
  });

  test('answers for a stored pod that cannot be read by itself, and takes the statuses of the others', async () => {
    const [broken, good] = [await boundPod('broken'), await boundPod('good')];
    const { items } = await api.store.list('/', { limit: 100 });
    const { key, modRevision } = items.find(({ key: each }) => each.endsWith('/broken'))!;
    await api.store.update(key, Buffer.from('no object'), modRevision);
    const { updatePodStatuses } = await api.ask<{ updatePodStatuses: { results: object[] } }>(report, { input: { nodeName: 'node-a', statuses: [broken, good] } }, kubelet);
    expect(updatePodStatuses.results).toMatchObject([
      { name: 'broken', uid: broken.uid, code: 'INTERNAL_SERVER_ERROR', message: expect.stringContaining('cannot be read') as string, pod: null },
      { name: 'good', code: null, pod: { status: { phase: 'RUNNING' } } },
    ]);
  });

  test('refuses a state that is two things, and more than 500 statuses', async () => {
    const update = await boundPod('web');
    const state = { running: { startedAt: '2024-01-01T00:00:00Z' }, waiting: { reason: 'X' } };
    const both = { ...update, status: { ...status, containerStatuses: [{ ...status.containerStatuses[0], state }] } };
    const { updatePodStatuses } = await api.ask<{ updatePodStatuses: { results: { code: string | null }[] } }>(report, { input: { nodeName: 'node-a', statuses: [both] } }, kubelet);
    expect(updatePodStatuses.results).toMatchObject([{ code: 'BAD_USER_INPUT', pod: null }]);
    const many = await api.refused(report, { input: { nodeName: 'node-a', statuses: Array.from({ length: 501 }, () => update) } }, kubelet);
    expect(many.extensions).toMatchObject({ code: 'BAD_USER_INPUT', outcome: 'notApplied' });
  });
});
