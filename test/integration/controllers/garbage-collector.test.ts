import { conditionOf } from '../../../src/api/meta';
import { keptFinishedPerOwner, keptFinishedWithoutOwner } from '../../../src/controllers/garbage-collector/plan';
import { Cluster } from './cluster';

describe('garbage collection, with all loops running', () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await Cluster.start();
  });
  afterEach(() => cluster.stop());

  it('removes the pods of a controller that is deleted', async () => {
    const rc = await cluster.createRc('web', { replicas: 40 });
    const other = await cluster.createRc('other', { replicas: 2, labels: { app: 'other' } });
    await cluster.createPod('bare', { labels: { tier: 'none' } });
    await cluster.quiet();
    await cluster.registries.replicationControllers.deleteWithCascade(rc, 'BACKGROUND');
    await cluster.quiet();
    expect(cluster.podsOf(rc)).toEqual([]);
    expect(cluster.podsOf(other)).toHaveLength(2);
    expect(cluster.pods()).toHaveLength(3);
  });

  it('lets pods on nodes stop gracefully, and then rests', async () => {
    await cluster.addNode('node-a');
    const rc = await cluster.createRc('web', { replicas: 3 });
    await cluster.quiet();
    await cluster.registries.replicationControllers.deleteWithCascade(rc, 'BACKGROUND');
    const revision = await cluster.quiet();
    expect(cluster.pods().map(({ deletionTimestamp }) => deletionTimestamp !== null)).toEqual([true, true, true]);
    expect(await cluster.advance(5_000)).toBe(revision);
  });

  it('lets the pods stay, without an owner, when the controller is deleted in orphan mode', async () => {
    const rc = await cluster.createRc('web', { replicas: 5 });
    await cluster.quiet();
    const before = cluster.podsOf(rc).map(({ uid }) => uid);
    await cluster.registries.replicationControllers.deleteWithCascade(rc, 'ORPHAN');
    const revision = await cluster.quiet();
    expect(cluster.rc('web')).toBeUndefined();
    expect(cluster.pods().map(({ uid }) => uid)).toEqual(before);
    expect(cluster.pods().flatMap(({ ownerReferences }) => ownerReferences)).toEqual([]);
    expect(await cluster.advance(60_000)).toBe(revision);
  });

  it('removes an orphaning controller that has no pods', async () => {
    const rc = await cluster.createRc('web', { replicas: 0 });
    await cluster.quiet();
    await cluster.registries.replicationControllers.deleteWithCascade(rc, 'ORPHAN');
    await cluster.quiet();
    expect(cluster.rc('web')).toBeUndefined();
  });

  it('goes on releasing when the store failed on the way, and removes no pod', async () => {
    const rc = await cluster.createRc('web', { replicas: 5 });
    await cluster.quiet();
    await cluster.registries.replicationControllers.deleteWithCascade(rc, 'ORPHAN').then(() =>
      cluster.store.refuse({ verbs: ['update'], code: 'UNAVAILABLE', when: 'before', times: 3 }),
    );
    await cluster.advance(10_000);
    expect(cluster.rc('web')).toBeUndefined();
    expect(cluster.pods()).toHaveLength(5);
  });

  it('releases also the pods that were being made meanwhile', async () => {
    const rc = await cluster.createRc('web', { replicas: 1 });
    await cluster.quiet();
    const letCreate = cluster.store.hold('create');
    await cluster.scale(rc, 2);
    await cluster.quiet();
    const letMark = cluster.store.hold('update');
    const deleted = cluster.registries.replicationControllers.deleteWithCascade(rc, 'ORPHAN');
    await cluster.quiet();
    const letRelease = cluster.store.hold('update');
    letMark();
    await deleted;
    await cluster.quiet();
    letCreate();
    await cluster.quiet();
    letRelease();
    await cluster.advance(1_000);
    expect(cluster.rc('web')).toBeUndefined();
    expect(cluster.pods().map(({ ownerReferences }) => ownerReferences)).toEqual([[], []]);
  });

  it('does not take a controller that cannot be read for one that is gone', async () => {
    const rc = await cluster.createRc('web', { replicas: 2 });
    await cluster.quiet();
    const { items } = await cluster.store.list('/registry/replicationcontrollers/');
    expect(items).toHaveLength(1);
    for (const { key, modRevision } of items) await cluster.store.update(key, new TextEncoder().encode('damaged'), modRevision);
    await cluster.store.compactAll();
    cluster = await cluster.restart();
    await cluster.advance(10_000);
    expect(cluster.rc('web')).toBeUndefined();
    expect(cluster.podsOf(rc)).toHaveLength(2);
    await cluster.createPod('late', { owner: rc });
    await cluster.advance(10_000);
    expect(cluster.podsOf(rc)).toHaveLength(3);
  });

  it('hands orphans to a new controller that selects them', async () => {
    const first = await cluster.createRc('first', { replicas: 3 });
    await cluster.quiet();
    const before = cluster.podsOf(first).map(({ uid }) => uid);
    await cluster.registries.replicationControllers.deleteWithCascade(first, 'ORPHAN');
    await cluster.quiet();
    const second = await cluster.createRc('second', { replicas: 3 });
    await cluster.quiet();
    expect(cluster.podsOf(second).map(({ uid }) => uid)).toEqual(before);
  });

  it('does not take a controller of the same name for the one that is gone', async () => {
    const first = await cluster.createRc('web', { replicas: 2 });
    await cluster.quiet();
    const before = cluster.podsOf(first).map(({ uid }) => uid);
    await cluster.registries.replicationControllers.deleteWithCascade(first, 'BACKGROUND');
    const second = await cluster.createRc('web', { replicas: 2 });
    await cluster.quiet();
    expect(cluster.podsOf(second)).toHaveLength(2);
    expect(cluster.pods().filter(({ uid }) => before.includes(uid))).toEqual([]);
  });

  it('removes pods whose controller never was, or went while nobody looked', async () => {
    const gone = await cluster.createRc('gone', { replicas: 0, labels: { app: 'gone' } });
    await cluster.registries.replicationControllers.delete(gone);
    await cluster.createPod('left', { owner: gone });
    await cluster.quiet();
    expect(cluster.pod('left')).toBeUndefined();
  });

  it('lets be a pod whose controller is of a kind that it does not know', async () => {
    await cluster.registries.pods.create({
      name: 'foreign',
      generateName: null,
      namespace: 'default',
      labels: {},
      annotations: {},
      ownerReferences: [{ kind: 'Batch', name: 'nightly', uid: '00000000-0000-4000-8000-00000000abcd', controller: true }],
      spec: { containers: [{ name: 'main', image: 'host' }] },
    });
    await cluster.quiet();
    expect(cluster.pod('foreign')).toBeDefined();
  });

  it('keeps few finished pods per controller', async () => {
    await cluster.addNode('node-a');
    const rc = await cluster.createRc('web', { replicas: 1 });
    await cluster.quiet();
    for (let i = 0; i < keptFinishedPerOwner + 4; i += 1) {
      const [pod] = cluster.podsOf(rc);
      if (!pod) throw new Error('the pod is missing');
      await cluster.report(pod, 'FAILED');
      await cluster.quiet();
    }
    expect(cluster.finished()).toHaveLength(keptFinishedPerOwner);
    expect(cluster.podsOf(rc)).toHaveLength(1);
  });

  it('keeps many finished pods without an owner, but not more', async () => {
    const names = Array.from({ length: keptFinishedWithoutOwner + 2 }, (_, i) => `pod-${String(i).padStart(4, '0')}`);
    const finish = async (name: string): Promise<unknown> => cluster.report(await cluster.createPod(name), 'SUCCEEDED');
    await finish(names[0] ?? '');
    await cluster.advance(1_000);
    await Promise.all(names.slice(1).map(finish));
    await cluster.advance(1_000);
    expect(cluster.finished()).toHaveLength(keptFinishedWithoutOwner);
    expect(cluster.pod('pod-0000')).toBeUndefined();
  });

  it('replaces the pods of a node that is gone for long, and no sooner; one that waits for its node waits on', async () => {
    cluster.runPods();
    cluster.silence('node-z');
    await cluster.addNode('node-a');
    const rc = await cluster.createRc('web', { replicas: 2 });
    await cluster.createPod('bare', { spec: { nodeName: 'node-a' } });
    await cluster.createPod('early', { spec: { nodeName: 'node-z' } });
    await cluster.quiet();
    await cluster.addNode('node-b');
    await cluster.registries.clusterNodes.delete({ namespace: null, name: 'node-a' });
    await cluster.live(39_000);
    expect([cluster.pods().length, cluster.made.size]).toEqual([4, 4]);
    await cluster.live(2_000);
    expect(cluster.podsOf(rc).map(({ spec }) => spec.nodeName)).toEqual(['node-b', 'node-b']);
    expect(cluster.pods().map(({ name }) => name).filter((name) => !name.startsWith('web-'))).toEqual(['early']);
  });

  it('removes a pod after a while that was bound to a node just before that died, and does not call it created for the node', async () => {
    await cluster.addNode('node-a');
    await cluster.createPod('bound');
    await cluster.createPod('created', { spec: { nodeName: 'node-a' } });
    await cluster.quiet();
    await cluster.registries.clusterNodes.delete({ namespace: null, name: 'node-a' });
    await cluster.advance(39_000);
    const scheduled = (name: string) => conditionOf(cluster.pod(name)?.status.conditions ?? [], 'PodScheduled');
    expect(scheduled('bound')).toMatchObject({ status: 'TRUE', message: null });
    expect(scheduled('created')).toMatchObject({ status: 'FALSE', reason: 'NodeNotFound' });
    await cluster.advance(2_000);
    expect(cluster.pods().map(({ name }) => name)).toEqual(['created']);
  });

  it('leaves the pods of a node to it that is registered again in time, and counts its next absence anew', async () => {
    cluster.runPods();
    await cluster.addNode('node-a');
    await cluster.createPod('bare', { spec: { nodeName: 'node-a' } });
    for (let i = 0; i < 4; i += 1) {
      await cluster.registries.clusterNodes.delete({ namespace: null, name: 'node-a' });
      await cluster.advance(15_000);
      await cluster.addNode('node-a');
      await cluster.quiet();
    }
    await cluster.live(60_000);
    expect(cluster.pod('bare')?.deletionTimestamp).toBeNull();
  });

  it('removes pods that were being deleted on a node that is gone, and only those', async () => {
    await cluster.addNode('node-a');
    const going = await cluster.createPod('going');
    await cluster.createPod('staying');
    await cluster.quiet();
    await cluster.registries.pods.delete(going);
    await cluster.quiet();
    expect(cluster.pod('going')).toBeDefined();
    await cluster.registries.clusterNodes.delete({ namespace: null, name: 'node-a' });
    await cluster.quiet();
    expect(cluster.pods().map(({ name }) => name)).toEqual(['staying']);
    await cluster.registries.pods.delete({ namespace: 'default', name: 'staying' });
    await cluster.quiet();
    expect(cluster.pods()).toEqual([]);
  });
});
