import type { Pod } from '../../src/api/pod';
import type { ErrorCode } from '../../src/errors/codes';
import { sleep, systemClock } from '../../src/base/clock';
import { ApiError } from '../../src/errors/api-error';
import type { Registries } from '../../src/registry';
import type { Store } from '../../src/registry/store/store';
import { aContainer } from '../support/builders';
import { FakeClock, slowly } from '../support/fake-clock';
import { FaultyStore } from '../support/faulty-store';
import { aNodeDraft, aPodDraft, anRcDraft, openRegistries } from '../support/registries';

export interface RegistryContractOptions {
  readonly name: string;
  readonly openStore: (clock: FakeClock) => Promise<Store>;
  /** Where leases run: on the clock given to openStore, or in a program with a clock of its own. "fake" unless given. */
  readonly leaseTime?: 'fake' | 'real';
}

const uid = 'a3a1f2de-3f2b-4a55-9d0b-0f2f6f1f2b10';
const web = { namespace: 'default', name: 'web' };

export async function rejection(work: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`not an ApiError: ${String(error)}`);
  return error;
}

async function refusedWith(work: Promise<unknown>, code: ErrorCode): Promise<ApiError> {
  const error = await rejection(work);
  expect(error).toMatchObject({ code });
  return error;
}

const withLabels = (labels: Record<string, string>) => (pod: Pod): Pod => ({ ...pod, labels });
const withImage = (image: string) => (pod: Pod): Pod => ({ ...pod, spec: { ...pod.spec, containers: [{ ...pod.spec.containers[0]!, image }] } });
const withMessage = (message: string) => (pod: Pod): Pod => ({ ...pod, status: { ...pod.status, message } });

/** What every registry promises, whatever store is under it. */
export function describeRegistryContract({ name, openStore, leaseTime = 'fake' }: RegistryContractOptions): void {
  const leases = leaseTime === 'fake' ? { seconds: 40, tolerance: 0 } : { seconds: 2, tolerance: 1_000 };

  describe(name, () => {
    let clock: FakeClock;
    let store: FaultyStore;
    let registries: Registries;

    beforeEach(async () => {
      clock = new FakeClock();
      store = new FaultyStore(await openStore(clock));
      ({ registries } = await openRegistries({ clock, store }));
    });
    const letLeasesRun = (milliseconds: number): Promise<void> =>
      leaseTime === 'fake' ? clock.advance(milliseconds) : sleep(systemClock, milliseconds);

    afterEach(async () => {
      store.heal();
      await registries.close();
      await store.close();
    });

    describe('create', () => {
      it('answers with the complete stored object, frozen', async () => {
        const pod = await registries.pods.create(aPodDraft('web', { labels: { app: 'web' } }));
        expect(pod).toMatchObject({ kind: 'Pod', ...web, generation: 1, labels: { app: 'web' }, deletionTimestamp: null, ownerReferences: [] });
        expect(pod.creationTimestamp).toBe(new Date(clock.now()).toISOString());
        expect(pod.resourceVersion).toBe(String(await store.currentRevision()));
        expect(Object.isFrozen(pod.spec.containers[0]?.resources)).toBe(true);
        expect(await registries.pods.get(web)).toEqual(pod);
      });

      it('refuses a name that is taken, and changes nothing', async () => {
        await registries.pods.create(aPodDraft('web'));
        const before = await store.currentRevision();
        const error = await refusedWith(registries.pods.create(aPodDraft('web')), 'ALREADY_EXISTS');
        expect(error).toMatchObject({ outcome: 'notApplied', details: { kind: 'Pod', ...web, operation: 'create' } });
        expect(await store.currentRevision()).toBe(before);
      });

      it('reports all broken rules at once', async () => {
        const draft = aPodDraft('Web!', { labels: { 'bad key': 'x' }, podSpec: { containers: [] } });
        const error = await refusedWith(registries.pods.create(draft), 'INVALID');
        expect(error.details.causes?.map((cause) => cause.field)).toEqual(expect.arrayContaining(['name', 'spec.containers']));
        expect(error.details.causes?.length).toBeGreaterThanOrEqual(3);
        expect(error.outcome).toBe('notApplied');
      });

      it('makes names from a prefix, cut so that the suffix fits', async () => {
        const prefix = 'w'.repeat(63);
        const pod = await registries.pods.create(aPodDraft('', { name: null, generateName: prefix }));
        expect(pod.name).toMatch(/^w{58}[a-z0-9]{5}$/);
        expect(pod.generateName).toBe(prefix);
      });

      it('tries other names when a generated one is taken, and gives up after eight', async () => {
        const identity = { uid: () => uid, suffix: () => 'same2', random: () => 0 };
        const { registries: stubborn } = await openRegistries({ clock, store, identity });
        await stubborn.pods.create(aPodDraft('', { name: null, generateName: 'web-' }));
        const creates = store.calls.create;
        const error = await refusedWith(stubborn.pods.create(aPodDraft('', { name: null, generateName: 'web-' })), 'ALREADY_EXISTS');
        expect(error.retryAfterSeconds).toBeGreaterThan(0);
        expect(store.calls.create - creates).toBe(8);
        await stubborn.close();
      });

      it('sent twice with the same uid and name makes one object', async () => {
        const first = await registries.pods.create(aPodDraft('web', { uid }));
        expect(first.uid).toBe(uid);
        expect(await registries.pods.create(aPodDraft('web', { uid }))).toEqual(first);
      });

      it('sent twice with the same uid and prefix makes one object, also at the same moment', async () => {
        const draft = aPodDraft('', { name: null, generateName: 'web-', uid });
        const [first, second] = await Promise.all([registries.pods.create(draft), registries.pods.create(draft)]);
        const third = await registries.pods.create(draft);
        expect([second.name, third.name]).toEqual([first.name, first.name]);
        expect(registries.pods.informer.lister.list()).toHaveLength(1);
      });

      it('refuses a uid that another object has', async () => {
        await registries.pods.create(aPodDraft('web', { uid }));
        await refusedWith(registries.pods.create(aPodDraft('other', { uid })), 'ALREADY_EXISTS');
      });

      it('sent again after what it made was deleted, it does not bring that back', async () => {
        await registries.pods.create(aPodDraft('web', { uid }));
        await registries.pods.delete(web, { gracePeriodSeconds: 0 });
        const creates = store.calls.create;
        for (const draft of [aPodDraft('web', { uid }), aPodDraft('other', { uid })]) {
          const error = await refusedWith(registries.pods.create(draft), 'ALREADY_EXISTS');
          expect(error).toMatchObject({ outcome: 'notApplied', details: { uid, name: draft.name } });
          expect(error.message).toContain(`uid ${uid} was that of pod default/web, which was deleted and does not come back`);
        }
        expect(store.calls.create).toBe(creates);
        await refusedWith(registries.pods.get(web), 'NOT_FOUND');
        expect((await registries.pods.create(aPodDraft('web'))).uid).not.toBe(uid);
      });

      it('knows that also after a start', async () => {
        await registries.pods.create(aPodDraft('web', { uid }));
        await registries.pods.delete(web, { gracePeriodSeconds: 0 });
        const again = await openRegistries({ clock, store });
        await refusedWith(again.registries.pods.create(aPodDraft('web', { uid })), 'ALREADY_EXISTS');
        await again.close();
      });

      it('settles a lost answer by reading back', async () => {
        store.refuse({ verbs: ['create'], code: 'TIMEOUT', when: 'after', times: 1 });
        const pod = await registries.pods.create(aPodDraft('web'));
        expect(await registries.pods.get(web)).toEqual(pod);
      });

      it('says that the outcome is unknown when reading back does not settle it', async () => {
        store.refuse({ verbs: ['create', 'get'], code: 'TIMEOUT', when: 'after' });
        const error = await refusedWith(registries.pods.create(aPodDraft('web')), 'TIMEOUT');
        expect(error.outcome).toBe('unknown');
      });

      it('gives a write that never answers up after its deadline, with the outcome unknown', async () => {
        const release = store.hold('create');
        const refused = refusedWith(registries.pods.create(aPodDraft('web')), 'TIMEOUT');
        await clock.advance(5_000);
        expect((await refused).outcome).toBe('unknown');
        release();
      });

      it('refuses what is too large before the store sees it', async () => {
        const calls = store.calls.create;
        const env = Array.from({ length: 20 }, (_, index) => ({ name: `V${index}`, value: 'x'.repeat(100 * 1024) }));
        const error = await refusedWith(registries.pods.create(aPodDraft('web', { podSpec: { containers: [aContainer({ env })] } })), 'REQUEST_TOO_LARGE');
        expect(error.outcome).toBe('notApplied');
        expect(store.calls.create).toBe(calls);
      });

      it('as a dry run checks and defaults everything and stores nothing', async () => {
        const before = await store.currentRevision();
        const pod = await registries.pods.create(aPodDraft('web'), { dryRun: true });
        expect(pod).toMatchObject({ ...web, resourceVersion: '', status: { phase: 'PENDING' } });
        expect(await store.currentRevision()).toBe(before);
        await registries.pods.create(aPodDraft('web'));
        await refusedWith(registries.pods.create(aPodDraft('web'), { dryRun: true }), 'ALREADY_EXISTS');
      });
    });

    describe('update', () => {
      it('counts a generation when spec changes and not otherwise', async () => {
        await registries.pods.create(aPodDraft('web'));
        expect((await registries.pods.update(web, withLabels({ a: 'b' }))).generation).toBe(1);
        expect((await registries.pods.update(web, withImage('other'))).generation).toBe(2);
      });

      it('writes nothing when nothing changes', async () => {
        const pod = await registries.pods.create(aPodDraft('web', { labels: { a: 'b' } }));
        const before = await store.currentRevision();
        expect(await registries.pods.update(web, withLabels({ a: 'b' }))).toEqual(pod);
        expect(await store.currentRevision()).toBe(before);
      });

      it('takes only spec, labels and annotations from the caller', async () => {
        const pod = await registries.pods.create(aPodDraft('web'));
        const changed = await registries.pods.update(web, (current) => ({
          ...current,
          labels: { a: 'b' },
          uid,
          name: 'other',
          creationTimestamp: 'never',
          status: { ...current.status, phase: 'FAILED' },
        }));
        expect(changed).toEqual({ ...pod, labels: { a: 'b' }, resourceVersion: changed.resourceVersion });
      });

      it('runs again on top of what others wrote in between', async () => {
        await registries.replicationControllers.create(anRcDraft('web'));
        const add = (key: string) =>
          registries.replicationControllers.update(web, (rc) => ({ ...rc, labels: { ...rc.labels, [key]: 'x' } }));
        await Promise.all(['a', 'b', 'c', 'd', 'e'].map(add));
        expect((await registries.replicationControllers.get(web)).labels).toMatchObject({ a: 'x', b: 'x', c: 'x', d: 'x', e: 'x' });
      });

      it('settles a lost answer by reading back', async () => {
        await registries.pods.create(aPodDraft('web'));
        store.refuse({ verbs: ['update'], code: 'TIMEOUT', when: 'after', times: 1 });
        const changed = await registries.pods.update(web, withLabels({ a: 'b' }));
        expect(changed.labels).toEqual({ a: 'b' });
        expect(await registries.pods.get(web)).toEqual(changed);
      });

      it('says that nothing happened when the store refused before it began', async () => {
        await registries.pods.create(aPodDraft('web'));
        store.refuse({ verbs: ['update'], code: 'UNAVAILABLE', when: 'before', times: 1 });
        const error = await refusedWith(registries.pods.update(web, withLabels({ a: 'b' })), 'SERVICE_UNAVAILABLE');
        expect(error).toMatchObject({ outcome: 'notApplied', retryable: true });
        expect((await registries.pods.get(web)).labels).toEqual({});
      });

      it('of what is not there is NOT_FOUND, whatever the name', async () => {
        await refusedWith(registries.pods.update(web, (pod) => pod), 'NOT_FOUND');
        await refusedWith(registries.pods.update({ namespace: 'default', name: 'a/b c' }, (pod) => pod), 'NOT_FOUND');
        await refusedWith(registries.pods.get({ namespace: 'no way', name: '../x' }), 'NOT_FOUND');
      });

      it('as a dry run answers with the result and stores nothing', async () => {
        const pod = await registries.pods.create(aPodDraft('web'));
        const shown = await registries.pods.update(web, withImage('other'), { dryRun: true });
        expect(shown).toMatchObject({ generation: 2, resourceVersion: pod.resourceVersion });
        expect(await registries.pods.get(web)).toEqual(pod);
      });
    });

    describe('preconditions (D4)', () => {
      it('a status write never makes a user\'s edit conflict', async () => {
        const read = await registries.pods.create(aPodDraft('web'));
        await registries.pods.updateStatus(web, withMessage('one'));
        await registries.pods.updateStatus(web, withMessage('two'));
        const changed = await registries.pods.update(web, withImage('other'), { preconditions: { resourceVersion: read.resourceVersion } });
        expect(changed).toMatchObject({ generation: 2, status: { message: 'two' } });
      });

      it('neither does binding nor adoption', async () => {
        const read = await registries.pods.create(aPodDraft('web'));
        await registries.clusterNodes.create(aNodeDraft('a'));
        await registries.pods.bind(web, 'a');
        await registries.pods.updateOwners(web, () => [{ kind: 'ReplicationController', name: 'x', uid, controller: true }]);
        await registries.pods.update(web, withLabels({ a: 'b' }), { preconditions: { resourceVersion: read.resourceVersion } });
      });

      it('another user\'s edit does, and the error says what changed', async () => {
        const read = await registries.pods.create(aPodDraft('web'));
        const other = await registries.pods.update(web, withImage('other'));
        const work = registries.pods.update(web, withLabels({ a: 'b' }), { preconditions: { resourceVersion: read.resourceVersion } });
        const error = await refusedWith(work, 'CONFLICT');
        expect(error).toMatchObject({
          outcome: 'notApplied',
          details: { currentResourceVersion: other.resourceVersion, changedFields: ['spec.containers[0].image'] },
        });
      });

      it('what the system wrote meanwhile is not among what changed', async () => {
        const read = await registries.pods.create(aPodDraft('web'));
        await registries.clusterNodes.create(aNodeDraft('a'));
        await registries.pods.bind(web, 'a');
        await registries.pods.update(web, withImage('other'));
        const work = registries.pods.update(web, withLabels({ a: 'b' }), { preconditions: { resourceVersion: read.resourceVersion } });
        const error = await refusedWith(work, 'CONFLICT');
        expect(error.details.changedFields).toEqual(['spec.containers[0].image']);
        expect(error.message).not.toContain('nodeName');
      });

      it('an edit that was taken back still conflicts, and names nothing', async () => {
        const read = await registries.pods.create(aPodDraft('web', { labels: { a: 'b' } }));
        await registries.clusterNodes.create(aNodeDraft('a'));
        await registries.pods.update(web, withLabels({ a: 'c' }));
        await registries.pods.bind(web, 'a');
        await registries.pods.update(web, withLabels({ a: 'b' }));
        const work = registries.pods.update(web, withLabels({ a: 'd' }), { preconditions: { resourceVersion: read.resourceVersion } });
        const error = await refusedWith(work, 'CONFLICT');
        expect(error.details.changedFields).toBeUndefined();
        expect(error.message).toContain('it changed since version');
      });

      it('a status write does not hide that edit', async () => {
        const read = await registries.pods.create(aPodDraft('web'));
        await registries.pods.update(web, withImage('other'));
        await registries.pods.updateStatus(web, withMessage('one'));
        await refusedWith(registries.pods.delete(web, { preconditions: { resourceVersion: read.resourceVersion } }), 'CONFLICT');
      });

      it('a version of an earlier object of that name conflicts', async () => {
        const old = await registries.pods.create(aPodDraft('web'));
        await registries.pods.delete(web);
        await registries.pods.create(aPodDraft('web'));
        const preconditions = { resourceVersion: old.resourceVersion };
        await refusedWith(registries.pods.update(web, withLabels({ a: 'b' }), { preconditions }), 'CONFLICT');
        await refusedWith(registries.pods.delete(web, { preconditions: { uid: old.uid } }), 'CONFLICT');
      });

      it('the version of a list stands for what the list showed', async () => {
        await registries.pods.create(aPodDraft('web'));
        await registries.pods.create(aPodDraft('other'));
        const { resourceVersion } = await registries.pods.list({ limit: 10 });
        await registries.pods.updateStatus(web, withMessage('one'));
        await registries.pods.update(web, withLabels({ a: 'b' }), { preconditions: { resourceVersion } });
        // The list did not show this edit, though its version is greater than any the object had then.
        await refusedWith(registries.pods.update(web, withLabels({ a: 'c' }), { preconditions: { resourceVersion } }), 'CONFLICT');
      });

      it('a version that has not happened yet conflicts', async () => {
        const pod = await registries.pods.create(aPodDraft('web'));
        const preconditions = { resourceVersion: String(Number(pod.resourceVersion) + 1) };
        await refusedWith(registries.pods.update(web, withLabels({ a: 'b' }), { preconditions }), 'CONFLICT');
      });

      it.each(['', 'x', '0', '-1', '1.5', '99999999999999999999', ' 1'])('%j is no version', async (resourceVersion) => {
        await registries.pods.create(aPodDraft('web'));
        await refusedWith(registries.pods.update(web, (pod) => pod, { preconditions: { resourceVersion } }), 'BAD_USER_INPUT');
      });
    });

    describe('delete', () => {
      const runningPod = async (): Promise<void> => {
        await registries.clusterNodes.create(aNodeDraft('a'));
        await registries.pods.create(aPodDraft('web', { podSpec: { terminationGracePeriodSeconds: 30 } }));
        await registries.pods.bind(web, 'a');
      };

      it('removes at once what nothing runs of, whatever grace was asked', async () => {
        await registries.pods.create(aPodDraft('web'));
        const last = await registries.pods.delete(web, { gracePeriodSeconds: 20 });
        expect(last.name).toBe('web');
        await refusedWith(registries.pods.get(web), 'NOT_FOUND');
      });

      it('marks what runs; grace 0 removes it', async () => {
        await runningPod();
        const marked = await registries.pods.delete(web);
        expect(marked).toMatchObject({ deletionTimestamp: new Date(clock.now()).toISOString(), deletionGracePeriodSeconds: 30, generation: 1 });
        expect(await registries.pods.get(web)).toEqual(marked);
        await registries.pods.delete(web, { gracePeriodSeconds: 0 });
        await refusedWith(registries.pods.get(web), 'NOT_FOUND');
      });

      it('only ever shortens a grace that is set', async () => {
        await runningPod();
        const marked = await registries.pods.delete(web, { gracePeriodSeconds: 20 });
        await clock.advance(1_000);
        expect(await registries.pods.delete(web)).toEqual(marked);
        expect(await registries.pods.delete(web, { gracePeriodSeconds: 25 })).toEqual(marked);
        const shorter = await registries.pods.delete(web, { gracePeriodSeconds: 5 });
        expect(shorter).toMatchObject({ deletionTimestamp: marked.deletionTimestamp, deletionGracePeriodSeconds: 5 });
      });

      it('refuses a negative grace', async () => {
        await runningPod();
        const error = await refusedWith(registries.pods.delete(web, { gracePeriodSeconds: -1 }), 'INVALID');
        expect(error.details.causes?.[0]?.field).toBe('gracePeriodSeconds');
        expect((await registries.pods.get(web)).deletionTimestamp).toBeNull();
      });

      it('as a dry run removes nothing', async () => {
        await registries.pods.create(aPodDraft('web'));
        await registries.pods.delete(web, { dryRun: true });
        expect((await registries.pods.get(web)).name).toBe('web');
      });

      it('settles a lost answer by reading back', async () => {
        await registries.pods.create(aPodDraft('web'));
        store.refuse({ verbs: ['delete'], code: 'TIMEOUT', when: 'after', times: 1 });
        await registries.pods.delete(web);
        await refusedWith(registries.pods.get(web), 'NOT_FOUND');
      });

      it('of a controller that orphans keeps it until its pods are released, whatever is asked meanwhile', async () => {
        const controllers = registries.replicationControllers;
        await controllers.create(anRcDraft('web', { annotations: { a: 'b' } }));
        const marked = await controllers.deleteWithCascade(web, 'ORPHAN');
        expect(marked).toMatchObject({ annotations: { a: 'b', 'podql.io/cascade': 'ORPHAN' } });
        expect(marked.deletionTimestamp).not.toBeNull();
        expect((await controllers.deleteWithCascade(web, 'BACKGROUND')).uid).toBe(marked.uid);
        expect((await controllers.update(web, (rc) => ({ ...rc, annotations: {} }))).annotations).toEqual({ 'podql.io/cascade': 'ORPHAN' });
        await controllers.delete(web, { gracePeriodSeconds: 0 });
        await refusedWith(controllers.get(web), 'NOT_FOUND');
      });

      it('of a controller in the background removes it at once', async () => {
        await registries.replicationControllers.create(anRcDraft('web'));
        await registries.replicationControllers.deleteWithCascade(web, 'BACKGROUND');
        await refusedWith(registries.replicationControllers.get(web), 'NOT_FOUND');
      });
    });

    describe('bind', () => {
      beforeEach(async () => {
        await registries.clusterNodes.create(aNodeDraft('a'));
        await registries.clusterNodes.create(aNodeDraft('b'));
        await registries.pods.create(aPodDraft('web'));
      });

      it('gives the pod its node and says so in a condition', async () => {
        const pod = await registries.pods.bind(web, 'a');
        expect(pod).toMatchObject({ generation: 1, spec: { nodeName: 'a' } });
        expect(pod.status.conditions).toContainEqual(expect.objectContaining({ type: 'PodScheduled', status: 'TRUE' }));
        expect(registries.pods.byNode('a')).toEqual([pod]);
        expect(registries.pods.byNode('')).toEqual([]);
      });

      it('happens once: of two at the same moment one conflicts', async () => {
        const results = await Promise.allSettled([registries.pods.bind(web, 'a'), registries.pods.bind(web, 'b')]);
        expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
        const refused = results.find((result) => result.status === 'rejected');
        expect(refused?.reason).toMatchObject({ code: 'CONFLICT', outcome: 'notApplied' });
      });

      it('to the same node again changes nothing', async () => {
        const pod = await registries.pods.bind(web, 'a');
        expect(await registries.pods.bind(web, 'a')).toEqual(pod);
      });

      it('needs a node that is there', async () => {
        const error = await refusedWith(registries.pods.bind(web, 'c'), 'NOT_FOUND');
        expect(error.details).toMatchObject({ kind: 'ClusterNode', name: 'c' });
      });

      it('needs a node that takes new pods; one that it has already keeps it', async () => {
        await registries.pods.bind(web, 'a');
        await registries.pods.create(aPodDraft('other'));
        await registries.clusterNodes.cordon({ namespace: null, name: 'a' }, true);
        const error = await refusedWith(registries.pods.bind({ namespace: 'default', name: 'other' }, 'a'), 'CONFLICT');
        expect(error).toMatchObject({ outcome: 'notApplied', details: { operation: 'bind', kind: 'ClusterNode', name: 'a' } });
        expect((await registries.pods.bind(web, 'a')).spec.nodeName).toBe('a');
      });

      it('needs a pod that is there', async () => {
        const error = await refusedWith(registries.pods.bind({ namespace: 'default', name: 'gone' }, 'a'), 'NOT_FOUND');
        expect(error).toMatchObject({ outcome: 'notApplied', details: { operation: 'bind', kind: 'Pod', namespace: 'default', name: 'gone' } });
        expect(error.message).toContain('cannot bind pod default/gone to node a: there is no such pod');
      });
    });

    describe('list', () => {
      const names = ['a', 'b', 'c', 'd', 'e'];
      beforeEach(async () => {
        for (const each of names) await registries.pods.create(aPodDraft(each, { labels: { n: each } }));
        await registries.pods.create(aPodDraft('z', { namespace: 'default-2' }));
        await registries.pods.create(aPodDraft('y', { namespace: 'another' }));
      });

      it('is ordered by namespace, then name, and counts what matches', async () => {
        const page = await registries.pods.list({ limit: 100 });
        expect(page.items.map((pod) => `${pod.namespace}/${pod.name}`)).toEqual(['another/y', ...names.map((n) => `default/${n}`), 'default-2/z']);
        expect(page).toMatchObject({ hasNextPage: false, hasPreviousPage: false, totalCount: 7 });
        const some = await registries.pods.list({ limit: 1, namespace: 'default', matches: (pod) => pod.name > 'b' });
        expect(some).toMatchObject({ totalCount: 3, hasNextPage: true });
      });

      it('gives all pages as of the first page\'s version', async () => {
        const first = await registries.pods.list({ limit: 2, namespace: 'default' });
        await registries.pods.delete({ namespace: 'default', name: 'c' });
        await registries.pods.create(aPodDraft('bb'));
        const after = first.cursors.at(-1);
        const second = await registries.pods.list({ limit: 2, namespace: 'default', after });
        const third = await registries.pods.list({ limit: 2, namespace: 'default', after: second.cursors.at(-1) });
        expect([...first.items, ...second.items, ...third.items].map((pod) => pod.name)).toEqual(names);
        expect([second.totalCount, third.totalCount]).toEqual([5, 5]);
        expect(third).toMatchObject({ hasNextPage: false, hasPreviousPage: true, resourceVersion: first.resourceVersion });
      });

      it('reads the past inside the window from memory, outside from the store', async () => {
        const { resourceVersion } = await registries.pods.list({ limit: 1 });
        await registries.pods.update({ namespace: 'default', name: 'a' }, withLabels({ n: 'changed' }));
        await registries.pods.delete({ namespace: 'default', name: 'b' });
        const read = async (from: Registries) => (await from.pods.list({ limit: 100, namespace: 'default', at: resourceVersion })).items.map((pod) => pod.labels['n']);
        const lists = store.calls.list;
        expect(await read(registries)).toEqual(names);
        expect(store.calls.list).toBe(lists);
        const small = await openRegistries({ clock, store, windowEvents: 1 });
        expect(await read(small.registries)).toEqual(names);
        await small.close();
      });

      it('of a version whose history is gone is EXPIRED', async () => {
        const { resourceVersion } = await registries.pods.list({ limit: 1 });
        await registries.pods.delete({ namespace: 'default', name: 'b' });
        await store.compactAll();
        const fresh = await openRegistries({ clock, store });
        await refusedWith(fresh.registries.pods.list({ limit: 1, at: resourceVersion }), 'EXPIRED');
        await fresh.close();
      });

      it('refuses cursors and versions that cannot be read', async () => {
        for (const after of ['x', '!!', Buffer.from('[]').toString('base64url'), Buffer.from('[1]').toString('base64url')]) {
          await refusedWith(registries.pods.list({ limit: 1, after }), 'BAD_USER_INPUT');
        }
        await refusedWith(registries.pods.list({ limit: 1, at: 'yesterday' }), 'BAD_USER_INPUT');
        await refusedWith(registries.pods.list({ limit: 1, at: '999999' }), 'BAD_USER_INPUT');
      });

      it('goes on from its own cursors only', async () => {
        const page = await registries.pods.list({ limit: 1, namespace: 'default', selection: { labels: 'n' } });
        const after = page.cursors[0];
        const others = [
          registries.replicationControllers.list({ limit: 1, namespace: 'default', selection: { labels: 'n' }, after }),
          registries.pods.list({ limit: 1, selection: { labels: 'n' }, after }),
          registries.pods.list({ limit: 1, namespace: 'default', after }),
        ];
        for (const other of others) expect((await refusedWith(other, 'BAD_USER_INPUT')).message).toContain('after: this cursor belongs to another list');
        // However many are asked for.
        expect((await registries.pods.list({ limit: 5, namespace: 'default', selection: { labels: 'n' }, after })).items[0]?.name).toBe('b');
      });

      it('sees every write that was answered before, also when memory lags', async () => {
        const release = store.hold('watch');
        const pod = await slowly(clock, registries.pods.create(aPodDraft('new')));
        expect(await slowly(clock, registries.pods.get({ namespace: 'default', name: 'new' }))).toEqual(pod);
        expect((await slowly(clock, registries.pods.list({ limit: 100, namespace: 'default' }))).items).toContainEqual(pod);
        release();
      });

      it('answers from memory, and counts that as stale, while the store is away', async () => {
        expect(registries.staleness()).toEqual({ reads: 0, since: null });
        const present = await registries.pods.list({ limit: 10 });
        store.refuse({ code: 'UNAVAILABLE', when: 'before' });
        const { items, resourceVersion } = await registries.pods.list({ limit: 10 });
        expect({ items, resourceVersion }).toEqual({ items: present.items, resourceVersion: present.resourceVersion });
        await registries.freshSnapshot();
        expect(registries.staleness()).toMatchObject({ reads: 2, since: expect.any(String) });
        await refusedWith(registries.pods.get({ namespace: 'default', name: 'nobody' }), 'SERVICE_UNAVAILABLE');
        await refusedWith(registries.pods.create(aPodDraft('late')), 'SERVICE_UNAVAILABLE');
      });

      it('compares with the store again as soon as that is back', async () => {
        store.refuse({ code: 'UNAVAILABLE', when: 'before' });
        await registries.pods.list({ limit: 1 });
        store.heal();
        while (registries.staleness().since !== null) await clock.advance(1_000);
        const { reads } = registries.staleness();
        await registries.pods.list({ limit: 1 });
        expect(registries.staleness()).toEqual({ reads, since: null });
      });
    });

    describe('nodes', () => {
      it('register with a lease that renewals keep alive without a revision', async () => {
        const { node, leaseDurationSeconds } = await registries.clusterNodes.register(aNodeDraft('a'), leases.seconds);
        expect(leaseDurationSeconds).toBe(leases.seconds);
        expect(node).toMatchObject({ name: 'a', namespace: null });
        const before = await store.currentRevision();
        for (let beat = 0; beat < 6; beat += 1) {
          await letLeasesRun(leases.seconds * 250);
          await registries.clusterNodes.renewLease('a');
        }
        expect(await store.currentRevision()).toBe(before);
        const renewed = clock.now();
        await letLeasesRun(leases.seconds * 200);
        const heartbeat = await registries.clusterNodes.lastHeartbeat('a');
        expect(Math.abs((heartbeat?.getTime() ?? 0) - renewed)).toBeLessThanOrEqual(leases.tolerance);
      });

      it('tell when a lease appears and when it runs out, the present ones first', async () => {
        await registries.clusterNodes.register(aNodeDraft('a'), leases.seconds);
        const told: string[] = [];
        registries.clusterNodes.onLease((node, alive) => told.push(`${node} ${alive}`));
        expect(told).toEqual(['a true']);
        await registries.clusterNodes.register(aNodeDraft('b'), 10 * leases.seconds);
        expect(told).toEqual(['a true', 'b true']);
        await letLeasesRun(leases.seconds * 1_000);
        while (told.length === 2) await new Promise((resolve) => setImmediate(resolve));
        expect(told).toEqual(['a true', 'b true', 'a false']);
        await refusedWith(registries.clusterNodes.renewLease('a'), 'NOT_FOUND');
        expect(await registries.clusterNodes.lastHeartbeat('a')).toBeNull();
        await registries.clusterNodes.register(aNodeDraft('a'), leases.seconds);
        expect(told.at(-1)).toBe('a true');
      });

      it('that were declared lost although they have a lease must register again', async () => {
        const { node } = await registries.clusterNodes.register(aNodeDraft('a'), 40);
        const lost = [{ type: 'Ready', status: 'UNKNOWN', reason: 'LeaseExpired', message: null, lastTransitionTime: null }] as const;
        await registries.clusterNodes.updateStatus(node, (current) => ({ ...current, status: { ...current.status, conditions: lost } }));
        await refusedWith(registries.clusterNodes.renewLease('a'), 'NOT_FOUND');
        const { node: again } = await registries.clusterNodes.register(aNodeDraft('a'), 40);
        expect(again).toMatchObject({ uid: node.uid, status: node.status });
        expect(await registries.clusterNodes.renewLease('a')).toEqual({ leaseDurationSeconds: 40 });
      });

      it('keep what an administrator set when they register again', async () => {
        await registries.clusterNodes.register(aNodeDraft('a'), 40);
        await registries.clusterNodes.cordon({ namespace: null, name: 'a' }, true);
        const status = { ...aNodeDraft('a').status!, address: '10.0.0.9' };
        const { node } = await registries.clusterNodes.register(aNodeDraft('a', { status }), 40);
        expect(node).toMatchObject({ spec: { unschedulable: true }, status: { address: '10.0.0.9' } });
      });

      it('that were deleted must register again', async () => {
        await registries.clusterNodes.register(aNodeDraft('a'), 40);
        await registries.clusterNodes.delete({ namespace: null, name: 'a' });
        await refusedWith(registries.clusterNodes.renewLease('a'), 'NOT_FOUND');
        expect(await registries.clusterNodes.lastHeartbeat('a')).toBeNull();
      });

      it('with a broken registration get no lease', async () => {
        await refusedWith(registries.clusterNodes.register(aNodeDraft('Not A Name'), 40), 'INVALID');
        expect(store.calls.lease).toBe(0);
      });
    });
  });
}
