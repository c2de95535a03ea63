import { conditionOf, controllerOf } from '../../../src/api/meta';
import type { ReplicationController } from '../../../src/api/replication-controller';
import { ApiError, isApiError } from '../../../src/errors/api-error';
import type { FaultyStore } from '../../support/faulty-store';
import { Cluster } from './cluster';

describe('replication, with all loops running', () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await Cluster.start();
  });
  afterEach(() => cluster.stop());

  it('makes as many pods as are wanted, and follows when the number changes', async () => {
    const rc = await cluster.createRc('web', { replicas: 3 });
    await cluster.quiet();
    expect(cluster.podsOf(rc)).toHaveLength(3);
    for (const pod of cluster.podsOf(rc)) expect(pod.name).toMatch(/^web-[a-z0-9]{5}$/);
    for (const replicas of [5, 1, 0]) {
      await cluster.scale(rc, replicas);
      await cluster.quiet();
      expect(cluster.pods()).toHaveLength(replicas);
    }
    expect(cluster.warnings).toEqual([]);
  });

  it('makes hundreds of pods, neither more nor fewer', async () => {
    const rc = await cluster.createRc('web', { replicas: 520 });
    await cluster.quiet();
    expect(cluster.podsOf(rc)).toHaveLength(520);
    expect(cluster.made.size).toBe(520);
  });

  it('replaces a pod that is deleted', async () => {
    const rc = await cluster.createRc('web', { replicas: 3 });
    await cluster.quiet();
    const [victim] = cluster.podsOf(rc);
    await cluster.registries.pods.delete({ namespace: 'default', name: victim?.name ?? '' });
    await cluster.quiet();
    expect(cluster.podsOf(rc)).toHaveLength(3);
    expect(cluster.podsOf(rc).map(({ uid }) => uid)).not.toContain(victim?.uid);
  });

  it('replaces pods that go gracefully before they are gone, and pods that failed', async () => {
    await cluster.addNode('node-a');
    const rc = await cluster.createRc('web', { replicas: 3 });
    await cluster.quiet();
    const [going, failed] = cluster.podsOf(rc);
    if (!going || !failed) throw new Error('the pods are missing');
    await cluster.registries.pods.delete(going);
    await cluster.report(failed, 'FAILED');
    await cluster.quiet();
    expect(cluster.podsOf(rc)).toHaveLength(3);
    expect(cluster.pods()).toHaveLength(5);
  });

  it('releases a pod that is relabelled, which stays, and replaces it', async () => {
    const rc = await cluster.createRc('web', { replicas: 2 });
    await cluster.quiet();
    const [pod] = cluster.podsOf(rc);
    if (!pod) throw new Error('the pods are missing');
    await cluster.relabel(pod, { app: 'debug' });
    await cluster.quiet();
    expect(cluster.pod(pod.name)?.ownerReferences).toEqual([]);
    expect(cluster.podsOf(rc)).toHaveLength(2);
    expect(cluster.pods()).toHaveLength(3);
  });

  it('adopts orphans that match instead of making pods, and counts them', async () => {
    for (const name of ['one', 'two']) await cluster.createPod(name, { labels: { app: 'web', by: 'hand' } });
    const rc = await cluster.createRc('web', { replicas: 3 });
    await cluster.quiet();
    expect(cluster.pods()).toHaveLength(3);
    expect(cluster.podsOf(rc).map(({ name }) => name)).toEqual(expect.arrayContaining(['one', 'two']));
  });

  it('neither adopts nor counts what another controller owns', async () => {
    const other = await cluster.createRc('other', { replicas: 2 });
    await cluster.quiet();
    const rc = await cluster.createRc('web', { replicas: 2 });
    await cluster.quiet();
    expect([cluster.podsOf(other).length, cluster.podsOf(rc).length]).toEqual([2, 2]);
  });

  it('lets controllers with overlapping selectors come to rest: each has its own pods, and nothing is written any more', async () => {
    const orphans = ['a', 'b', 'c'].map((name) => cluster.createPod(name, { labels: { app: 'web' } }));
    await Promise.all(orphans);
    const [first, second] = await Promise.all([
      cluster.createRc('first', { replicas: 4 }),
      cluster.createRc('second', { replicas: 3, labels: { app: 'web', tier: 'front' }, selector: { app: 'web' } }),
    ]);
    const revision = await cluster.quiet();
    expect([cluster.podsOf(first).length, cluster.podsOf(second).length]).toEqual([4, 3]);
    expect(await cluster.advance(600_000)).toBe(revision);
  });

  it('writes nothing once it has come to rest', async () => {
    await cluster.addNode('node-a', { allocatable: { cpu: '4', memory: '8Gi', pods: 2 } });
    cluster.runPods();
    await cluster.createRc('web', { replicas: 3 });
    const revision = await cluster.quiet();
    // Short of the lease's end, which would be news.
    expect(await cluster.advance(39_000)).toBe(revision);
  });

  it('writes nothing when it starts again and finds all as it should be', async () => {
    await cluster.addNode('node-a', { allocatable: { cpu: '4', memory: '8Gi', pods: 2 } });
    const rc = await cluster.createRc('web', { replicas: 3 });
    const revision = await cluster.quiet();
    cluster = await cluster.restart();
    expect(await cluster.advance(5_000)).toBe(revision);
    expect(cluster.podsOf(rc)).toHaveLength(3);
  });

  it('says which generation it has acted on', async () => {
    const rc = await cluster.createRc('web', { replicas: 1 });
    await cluster.quiet();
    expect(cluster.rc('web')?.status).toEqual({ observedGeneration: 1, conditions: [] });
    await cluster.scale(rc, 2);
    await cluster.quiet();
    expect(cluster.rc('web')?.status).toEqual({ observedGeneration: 2, conditions: [] });
  });

  it('says in a condition that pods cannot be made, tries ever less often, and takes it back once they can', async () => {
    const rc = await cluster.createRc('web', { replicas: 0 });
    await cluster.quiet();
    const before = cluster.store.calls.create;
    cluster.store.refuse({ verbs: ['create'], code: 'FULL', when: 'before' });
    await cluster.scale(rc, 3);
    await cluster.quiet();
    // Its own word about the failure is no reason to try again at once.
    expect(cluster.store.calls.create - before).toBe(1);
    const condition = conditionOf(cluster.rc('web')?.status.conditions ?? [], 'ReplicaFailure');
    expect(condition).toMatchObject({ status: 'TRUE', reason: 'FailedCreate' });
    const attempts = cluster.store.calls.create;
    const revision = await cluster.advance(300_000);
    expect(cluster.store.calls.create - attempts).toBeLessThan(25);
    expect(await cluster.advance(300_000)).toBe(revision);
    expect(cluster.warnings).toHaveLength(1);
    cluster.store.heal();
    await cluster.advance(60_000);
    expect(cluster.podsOf(rc)).toHaveLength(3);
    expect(cluster.rc('web')?.status.conditions).toEqual([]);
  });

  it.each([
    ['the cache shows', () => () => undefined],
    ['the cache does not show yet', (store: FaultyStore) => store.hold('watch')],
  ])('does not double a pod whose creation got no answer, and which %s', async (_, holdNews) => {
    const rc = await cluster.createRc('web', { replicas: 0 });
    await cluster.quiet();
    const letCreate = cluster.store.hold('create');
    await cluster.scale(rc, 3);
    await cluster.quiet();
    const showNews = holdNews(cluster.store);
    // Nor can it be settled by reading back, and nothing else is written that would have to be waited for.
    cluster.store.refuse({ verbs: ['create'], code: 'TIMEOUT', when: 'after', times: 1 });
    cluster.store.refuse({ verbs: ['get'], code: 'UNAVAILABLE', when: 'before', times: 1 });
    cluster.store.refuse({ verbs: ['update'], code: 'UNAVAILABLE', when: 'before' });
    const before = await cluster.quiet();
    letCreate();
    expect(await cluster.quiet()).toBeGreaterThan(before);
    await cluster.advance(30_000);
    cluster.store.heal();
    showNews();
    await cluster.advance(120_000);
    expect(cluster.podsOf(rc)).toHaveLength(3);
    expect(cluster.made.size).toBe(3);
    expect(cluster.warnings.map(({ fields }) => isApiError(fields.error) && fields.error.outcome)).toContain('unknown');
  });

  it('does not double it either when the next try fails for sure before the cache shows it', async () => {
    const rc = await cluster.createRc('web', { replicas: 0 });
    await cluster.quiet();
    const letCreate = cluster.store.hold('create');
    await cluster.scale(rc, 1);
    await cluster.quiet();
    const showNews = cluster.store.hold('watch');
    cluster.store.refuse({ verbs: ['create'], code: 'TIMEOUT', when: 'after', times: 1 });
    cluster.store.refuse({ verbs: ['get'], code: 'UNAVAILABLE', when: 'before', times: 1 });
    cluster.store.refuse({ verbs: ['create'], code: 'UNAVAILABLE', when: 'before', times: 2 });
    cluster.store.refuse({ verbs: ['update'], code: 'UNAVAILABLE', when: 'before' });
    letCreate();
    await cluster.advance(30_000);
    cluster.store.heal();
    showNews();
    await cluster.advance(120_000);
    expect(cluster.podsOf(rc)).toHaveLength(1);
    expect(cluster.made.size).toBe(1);
    expect(cluster.warnings.map(({ fields }) => isApiError(fields.error) && fields.error.outcome)).toEqual(['unknown', 'notApplied']);
  });

  /** The next create is not answered, and did not happen. */
  const loseCreate = () => jest.spyOn(cluster.registries.pods, 'create').mockRejectedValueOnce(new ApiError('TIMEOUT', 'no answer', { outcome: 'unknown' }));
  const imagesOf = (rc: ReplicationController) => cluster.podsOf(rc).map(({ spec }) => spec.containers[0]?.image);

  it('makes the pod of which it does not know of the template that holds by then', async () => {
    const rc = await cluster.createRc('web', { replicas: 1 });
    await cluster.quiet();
    const create = loseCreate();
    await cluster.scale(rc, 3);
    await cluster.quiet();
    expect(create).toHaveBeenCalledTimes(1);
    await cluster.changeImage(rc, 'new');
    await cluster.advance(120_000);
    expect(imagesOf(rc).sort()).toEqual(['host', 'new', 'new']);
    expect(cluster.made.size).toBe(3);
    expect(create.mock.calls[1]?.[0].uid).toBe(create.mock.calls[0]?.[0].uid);
  });

  it('does so too when that pod is not wanted before the template has changed', async () => {
    const rc = await cluster.createRc('web', { replicas: 0 });
    await cluster.quiet();
    loseCreate();
    for (const replicas of [1, 0]) {
      await cluster.scale(rc, replicas);
      await cluster.quiet();
    }
    await cluster.advance(120_000);
    await cluster.changeImage(rc, 'new');
    await cluster.scale(rc, 2);
    await cluster.quiet();
    expect(imagesOf(rc)).toEqual(['new', 'new']);
    expect(cluster.made.size).toBe(2);
  });

  it('makes another pod when the one of which it does not know was made and deleted', async () => {
    const rc = await cluster.createRc('web', { replicas: 0 });
    await cluster.quiet();
    cluster.store.refuse({ verbs: ['create'], code: 'TIMEOUT', when: 'after', times: 1 });
    const letReadBack = cluster.store.hold('get');
    const scale = cluster.scale(rc, 1);
    await cluster.quiet();
    letReadBack();
    const letSettle = cluster.store.hold('get');
    await scale;
    await cluster.quiet();
    const { items } = await cluster.store.list('/registry/pods/');
    expect(items).toHaveLength(1);
    for (const { key, modRevision } of items) await cluster.store.delete(key, modRevision);
    letSettle();
    await cluster.advance(60_000);
    expect(cluster.podsOf(rc)).toHaveLength(1);
    expect(cluster.made.size).toBe(2);
    // Its uid is used up, which is no failure to tell of.
    expect(cluster.warnings.map(({ fields }) => isApiError(fields.error) && fields.error.code)).toEqual(['TIMEOUT']);
  });

  it('makes no pod too many while its cache lags behind its writes', async () => {
    const rc = await cluster.createRc('web', { replicas: 3 });
    await cluster.quiet();
    const letCreate = cluster.store.hold('create');
    for (const pod of cluster.podsOf(rc).slice(1)) await cluster.registries.pods.delete(pod);
    await cluster.quiet();
    const showNews = cluster.store.hold('watch');
    letCreate();
    const revision = await cluster.quiet();
    // The first was made; the second cannot be, which is reason to try again before the cache shows the first.
    cluster.store.refuse({ verbs: ['create', 'update'], code: 'UNAVAILABLE', when: 'before' });
    await cluster.advance(10_000);
    cluster.store.heal();
    expect(await cluster.advance(60_000)).toBe(revision);
    showNews();
    await cluster.advance(60_000);
    expect(cluster.podsOf(rc)).toHaveLength(3);
    expect(cluster.made.size).toBe(5);
  });

  it('passes a pod on: its owner, which does not select it, releases it; the one that does adopts it', async () => {
    const rc = await cluster.createRc('web', { replicas: 1 });
    const other = await cluster.createRc('other', { replicas: 1, labels: { app: 'other' } });
    await cluster.quiet();
    await cluster.scale(rc, 2);
    await cluster.createPod('passed', { labels: { app: 'web' }, owner: other });
    await cluster.quiet();
    expect([cluster.podsOf(rc).length, cluster.podsOf(other).length]).toEqual([2, 1]);
  });

  it.each([
    ['a-keeper', 'b-remover'],
    ['b-keeper', 'a-remover'],
  ])('never removes as surplus what another adopted a moment earlier (%s, %s)', async (keeping, removing) => {
    const keeper = await cluster.createRc(keeping, { replicas: 1 });
    await cluster.createRc(removing, { replicas: 0 });
    await cluster.quiet();
    cluster.store.refuse({ verbs: ['create'], code: 'FULL', when: 'before' });
    await cluster.scale(keeper, 2);
    await cluster.quiet();
    cluster.store.heal();
    const removedFrom: (string | undefined)[] = [];
    const unsubscribe = cluster.registries.pods.informer.subscribe(({ type, object }) => {
      if (type === 'DELETED') removedFrom.push(controllerOf(object)?.uid);
    });
    // Both plan to adopt the orphan: one needs it, the other would remove it as surplus.
    const letUpdate = cluster.store.hold('update');
    await cluster.createPod('orphan', { labels: { app: 'web' } });
    await cluster.quiet();
    letUpdate();
    await cluster.advance(1_000);
    unsubscribe();
    expect(removedFrom).not.toContain(keeper.uid);
    expect(cluster.podsOf(keeper)).toHaveLength(2);
    expect(cluster.pods()).toHaveLength(2);
  });
});
