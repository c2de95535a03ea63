import { aContainer, aNode } from '../../support/builders';
import { aNodeDraft, aPodDraft } from '../../support/registries';
import type { ApiHarness } from './harness';
import { caller, openApi } from './harness';
import { noResources } from '../../../src/api/pod';

let api: ApiHarness;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const asking = (cpu: string) => ({ containers: [aContainer({ resources: { requests: { ...noResources, cpu }, limits: noResources } })] });
const query = 'query ($name: String!, $first: Int) { pod(name: $name) { rejectedNodes(first: $first) { nodeName reason message } } }';

interface Answer {
  pod: { rejectedNodes: { nodeName: string; reason: string; message: string }[] };
}
const rejected = (name: string, first?: number) => api.ask<Answer>(query, { name, first }).then(({ pod }) => pod.rejectedNodes);

/** Of three nodes one is cordoned, one has 500m left, and one has lost its kubelet. */
async function threeNodes(): Promise<void> {
  const { clusterNodes, pods } = api.registries;
  for (const name of ['node-c', 'node-b']) await clusterNodes.create(aNodeDraft(name));
  await clusterNodes.create(aNodeDraft('node-a', { status: { ...aNode().status, conditions: [] } }));
  await clusterNodes.cordon({ namespace: null, name: 'node-b' }, true);
  await pods.create(aPodDraft('there', { podSpec: { ...asking('3500m'), nodeName: 'node-c' } }));
}

describe('rejectedNodes of a pod', () => {
  test('says of each node that cannot run it why, by name, with what is asked and what is left', async () => {
    await threeNodes();
    await api.registries.pods.create(aPodDraft('web', { podSpec: asking('1') }));
    expect(await rejected('web')).toEqual([
      { nodeName: 'node-a', reason: 'NodeNotReady', message: 'node node-a is not ready: its kubelet is silent, or says so' },
      { nodeName: 'node-b', reason: 'NodeCordoned', message: 'node node-b is cordoned and takes no new pods' },
      { nodeName: 'node-c', reason: 'InsufficientCPU', message: 'node node-c has too little cpu: the pod asks for 1, 500m is left' },
    ]);
    expect(await rejected('web', 1)).toHaveLength(1);
  });

  test('leaves out a node that can, and is empty once the pod has its node, or goes', async () => {
    await threeNodes();
    const web = await api.registries.pods.create(aPodDraft('web', { podSpec: asking('100m') }));
    expect((await rejected('web')).map(({ nodeName }) => nodeName)).toEqual(['node-a', 'node-b']);
    await api.registries.pods.bind(web, 'node-c');
    expect(await rejected('web')).toEqual([]);
    await api.registries.pods.create(aPodDraft('pinned', { podSpec: { nodeName: 'node-a' } }));
    expect(await rejected('pinned')).toEqual([]);
  });

  test('adds up the nodes once for all pods of a request', async () => {
    await threeNodes();
    const { loaders } = api.context();
    const snapshot = await loaders.snapshots.present();
    expect(loaders.roomsIn(snapshot)).toBe(loaders.roomsIn(snapshot));
  });

  test('is not for kubelets, who see their own node only', async () => {
    await threeNodes();
    const error = await api.refused('{ pod(name: "there") { name rejectedNodes { nodeName } } }', {}, caller('NODE', 'node-c'));
    expect(error).toMatchObject({ path: ['pod', 'rejectedNodes'], extensions: { code: 'FORBIDDEN' } });
    expect((await api.ask<Answer>('{ pod(name: "there") { rejectedNodes { nodeName } } }', {}, caller('VIEW'))).pod.rejectedNodes).toEqual([]);
  });

  test.each([0, 1001])('refuses first: %d', async (first) => {
    await api.registries.pods.create(aPodDraft('web'));
    expect((await api.refused(query, { name: 'web', first })).extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
