import { noResources } from '../../../src/api/pod';
import { openMemoryStore } from '../../../src/registry/store/memory/store';
import type { Registries } from '../../../src/registry/types';
import { aContainer, aRunningPod } from '../../support/builders';
import { FakeClock } from '../../support/fake-clock';
import { FaultyStore } from '../../support/faulty-store';
import { aNodeDraft, aPodDraft, anRcDraft } from '../../support/registries';
import type { ApiHarness, ApiOptions } from './harness';
import { openApi } from './harness';

let api: ApiHarness;
const open = async (options?: ApiOptions): Promise<ApiHarness> => (api = await openApi(options));
afterEach(() => api.close());

const ref = (name: string) => ({ namespace: 'default', name });
/** The version of the present. */
const version = async (): Promise<string> => (await api.ask<{ pods: { resourceVersion: string } }>('{ pods(first: 1) { resourceVersion } }')).pods.resourceVersion;

/** A pod of the controller `web` on node-a. */
async function addPod(name: string): Promise<void> {
  const { uid } = await api.registries.replicationControllers.get(ref('web'));
  const ownerReferences = [{ kind: 'ReplicationController', name: 'web', uid, controller: true }];
  await api.registries.pods.create(aPodDraft(name, { labels: { app: 'web' }, ownerReferences, podSpec: { containers: [aContainer({ resources: { requests: { ...noResources, cpu: '1' }, limits: noResources } })] } }));
  await api.registries.pods.bind(ref(name), 'node-a');
}
const makeReady = (name: string) => api.registries.pods.updateStatus(ref(name), (pod) => ({ ...pod, status: aRunningPod().status }));
const removePod = (name: string) => api.registries.pods.delete(ref(name), { gracePeriodSeconds: 0 });
const labelController = (labels: Record<string, string>) => api.registries.replicationControllers.update(ref('web'), (rc) => ({ ...rc, labels }));

async function openCluster(options?: ApiOptions): Promise<void> {
  await open(options);
  await api.registries.clusterNodes.register(aNodeDraft('node-a', { labels: { zone: 'old' } }), 40);
  await api.registries.replicationControllers.create(anRcDraft('web', { labels: { step: 'old' } }));
}

/** The registries, with something that happens when a list of controllers was read and what belongs to it was not. */
function afterEachList(registries: Registries, happen: () => Promise<unknown>): Registries {
  const list: Registries['replicationControllers']['list'] = async (options) => {
    const page = await registries.replicationControllers.list(options);
    await happen();
    return page;
  };
  return { ...registries, replicationControllers: Object.assign(Object.create(registries.replicationControllers) as Registries['replicationControllers'], { list }) };
}

interface Counted {
  name: string;
  currentReplicas: number | null;
  readyReplicas: number | null;
}
interface Listed {
  nodes: Counted[];
  resourceVersion: string;
  pageInfo: { endCursor: string };
}

describe('a list as of a version', () => {
  test('has the counts of that version, also of controllers that did not change since, beside lists of other versions and in one batch with them', async () => {
    await openCluster();
    await addPod('a');
    const first = await version();
    await addPod('b');
    await makeReady('a');
    const second = await version();
    await removePod('a');
    const list = (alias: string, args: string) => `${alias}: replicationControllers${args} { nodes { name currentReplicas readyReplicas again: currentReplicas } resourceVersion }`;
    const data = await api.ask(
      `query ($first: ResourceVersion, $second: ResourceVersion) { ${list('one', '(at: $first)')} ${list('now', '')} ${list('two', '(at: $second)')} }`,
      { first, second },
    );
    expect(data).toEqual({
      one: { nodes: [{ name: 'web', currentReplicas: 1, readyReplicas: 0, again: 1 }], resourceVersion: first },
      two: { nodes: [{ name: 'web', currentReplicas: 2, readyReplicas: 1, again: 2 }], resourceVersion: second },
      now: { nodes: [{ name: 'web', currentReplicas: 1, readyReplicas: 0, again: 1 }], resourceVersion: await version() },
    });
    expect(api.batches).toEqual([3]);
  });

  test('has the relations of that version, and theirs, however deep', async () => {
    await openCluster();
    await addPod('a');
    const then = await version();
    await addPod('b');
    await makeReady('a');
    await labelController({ step: 'new' });
    await api.registries.clusterNodes.register(aNodeDraft('node-a', { labels: { zone: 'new' } }), 40);
    const pods = `nodes {
      name ready
      owner { labels currentReplicas pods { totalCount resourceVersion nodes { name clusterNode { labels } } } }
      clusterNode { labels requested { cpu pods } pods { totalCount nodes { name owner { labels readyReplicas } } } } }`;
    const ask = (at: string | null) => api.ask<{ pods: { nodes: object[] } }>(`query ($at: ResourceVersion) { pods(at: $at) { ${pods} } }`, { at }).then((data) => data.pods.nodes);
    expect(await ask(then)).toEqual([
      {
        name: 'a',
        ready: false,
        owner: { labels: { step: 'old' }, currentReplicas: 1, pods: { totalCount: 1, resourceVersion: then, nodes: [{ name: 'a', clusterNode: { labels: { zone: 'old' } } }] } },
        clusterNode: {
          labels: { zone: 'old' },
          requested: { cpu: '1', pods: 1 },
          pods: { totalCount: 1, nodes: [{ name: 'a', owner: { labels: { step: 'old' }, readyReplicas: 0 } }] },
        },
      },
    ]);
    expect(await ask(null)).toMatchObject([
      { name: 'a', ready: true, owner: { labels: { step: 'new' }, currentReplicas: 2 }, clusterNode: { labels: { zone: 'new' }, requested: { cpu: '2', pods: 2 } } },
      { name: 'b' },
    ]);
  });

  test('shows the owner and the node that are gone since', async () => {
    await openCluster();
    await addPod('a');
    const then = await version();
    await api.registries.replicationControllers.delete(ref('web'));
    await api.registries.clusterNodes.delete({ namespace: null, name: 'node-a' });
    const ask = (at: string | null) => api.ask('query ($at: ResourceVersion) { pods(at: $at) { nodes { owner { name } clusterNode { name } } } }', { at });
    expect(await ask(then)).toEqual({ pods: { nodes: [{ owner: { name: 'web' }, clusterNode: { name: 'node-a' } }] } });
    expect(await ask(null)).toEqual({ pods: { nodes: [{ owner: null, clusterNode: null }] } });
  });

  test('that memory has forgotten is read from the store, counts and relations too', async () => {
    await openCluster({ windowEvents: 2 });
    await addPod('a');
    const then = await version();
    for (const name of ['b', 'c']) await addPod(name);
    await labelController({ step: 'new' });
    const data = await api.ask('query ($at: ResourceVersion) { replicationControllers(at: $at) { nodes { labels currentReplicas pods { nodes { name owner { labels } } } } } }', { at: then });
    expect(data).toEqual({
      replicationControllers: { nodes: [{ labels: { step: 'old' }, currentReplicas: 1, pods: { nodes: [{ name: 'a', owner: { labels: { step: 'old' } } }] } }] },
    });
  });

  test('whose history is gone is EXPIRED, and says of which list', async () => {
    const clock = new FakeClock();
    const store = new FaultyStore(await openMemoryStore({ clock }));
    await openCluster({ clock, store, windowEvents: 2 });
    const then = await version();
    for (const name of ['a', 'b', 'c']) await addPod(name);
    await store.compactAll();
    const error = await api.refused('query ($at: ResourceVersion) { replicationControllers(at: $at) { nodes { currentReplicas } } }', { at: then });
    expect(error).toMatchObject({ message: 'cannot list replication controllers: history that old is gone; list again from the start.', extensions: { code: 'EXPIRED', details: { kind: 'ReplicationController' } } });
    await store.close();
  });

  test('has null counts with EXPIRED, not those of another moment, when its version goes while it is read', async () => {
    const overtake = async () => {
      for (const name of ['x', 'y', 'z']) await api.registries.pods.create(aPodDraft(name, { labels: { app: 'web' } }));
    };
    await open({ windowEvents: 2, disguise: (registries) => afterEachList(registries, overtake) });
    await api.registries.replicationControllers.create(anRcDraft('web'));
    const at = await version();
    const reply = await api.run('query ($at: ResourceVersion) { replicationControllers(at: $at) { nodes { name currentReplicas } } }', { at });
    expect(reply.data).toEqual({ replicationControllers: { nodes: [{ name: 'web', currentReplicas: null }] } });
    expect(reply.errors?.map(({ path, extensions }) => [path, extensions?.code])).toEqual([[['replicationControllers', 'nodes', 0, 'currentReplicas'], 'EXPIRED']]);
  });
});

describe('a later page', () => {
  const page = `query ($after: String) { replicationControllers(first: 1, after: $after) { nodes { name currentReplicas readyReplicas } resourceVersion pageInfo { endCursor } } }`;
  const ask = (after: string | null) => api.ask<{ replicationControllers: Listed }>(page, { after }).then((data) => data.replicationControllers);

  test('has the counts of the version it is read at', async () => {
    await openCluster();
    await api.registries.replicationControllers.create(anRcDraft('a'));
    await addPod('p');
    const first = await ask(null);
    await addPod('q');
    const second = await ask(first.pageInfo.endCursor);
    expect(second).toMatchObject({ nodes: [{ name: 'web', currentReplicas: 1 }], resourceVersion: first.resourceVersion });
  });

  test('of the pods of a controller is made by the selector that its first page was made by, and has the relations of its version', async () => {
    await openCluster();
    for (const name of ['a', 'b']) await addPod(name);
    const related = `query ($after: String) { replicationController(name: "web") { labels pods(first: 1, after: $after) { nodes { name owner { labels currentReplicas } } totalCount resourceVersion pageInfo { endCursor } } } }`;
    interface Related {
      replicationController: { labels: object; pods: { resourceVersion: string; pageInfo: { endCursor: string } } };
    }
    const first = (await api.ask<Related>(related)).replicationController.pods;
    const changed = { ...anRcDraft('db').spec, selector: { app: 'db' } };
    await api.registries.replicationControllers.update(ref('web'), (rc) => ({ ...rc, labels: { step: 'new' }, spec: { ...rc.spec, selector: changed.selector, template: { ...rc.spec.template, labels: { app: 'db' } } } }));
    await removePod('b');
    expect((await api.ask<Related>(related, { after: first.pageInfo.endCursor })).replicationController).toMatchObject({
      labels: { step: 'new' },
      pods: { nodes: [{ name: 'b', owner: { labels: { step: 'old' }, currentReplicas: 2 } }], totalCount: 2, resourceVersion: first.resourceVersion },
    });
  });
});

describe('the first page of a list', () => {
  test('agrees with the counts of the request, whatever is written between the two', async () => {
    let late = 0;
    const change = () => api.registries.pods.create(aPodDraft(`late-${(late += 1)}`, { labels: { app: 'web' } }));
    await open({ disguise: (registries) => afterEachList(registries, change) });
    await api.registries.replicationControllers.create(anRcDraft('web'));
    const { replicationControllers } = await api.ask<{ replicationControllers: Listed }>('{ replicationControllers { resourceVersion nodes { name currentReplicas } } }');
    expect(replicationControllers.nodes[0]?.currentReplicas).toBe(0);
    const again = 'query ($at: ResourceVersion) { replicationControllers(at: $at) { resourceVersion nodes { name currentReplicas } } }';
    expect(await api.ask(again, { at: replicationControllers.resourceVersion })).toEqual({ replicationControllers });
  });
});
