import type { Pod } from '../../../../src/api/pod';
import type { ReplicationController } from '../../../../src/api/replication-controller';
import type { ChangeStreamOptions, Registries } from '../../../../src/registry';
import { openMemoryStore } from '../../../../src/registry/store/memory/store';
import { FakeClock } from '../../../support/fake-clock';
import { FaultyStore } from '../../../support/faulty-store';
import { aPodDraft, anRcDraft, openRegistries } from '../../../support/registries';
import { StreamReader, shown } from '../../../support/stream-reader';

const ref = (name: string) => ({ namespace: 'default', name });
const everything = () => true;

describe('a change stream', () => {
  let clock: FakeClock;
  let store: FaultyStore;
  let registries: Registries;
  let ending: AbortController;

  beforeEach(async () => {
    clock = new FakeClock();
    store = new FaultyStore(await openMemoryStore({ clock }));
    ({ registries } = await openRegistries({ clock, store }));
    ending = new AbortController();
  });
  afterEach(async () => {
    ending.abort();
    await registries.close();
    await store.close();
  });

  const pods = (options: Partial<ChangeStreamOptions<Pod>> = {}, from = registries) =>
    new StreamReader(from.streams.pods({ matches: everything, signal: ending.signal, ...options }));
  const controllers = (options: Partial<ChangeStreamOptions<ReplicationController>> = {}) =>
    new StreamReader(registries.streams.replicationControllers({ matches: everything, signal: ending.signal, ...options }));
  const create = (name: string, labels: Record<string, string> = {}) => registries.pods.create(aPodDraft(name, { labels }));
  const relabel = (name: string, labels: Record<string, string>) => registries.pods.update(ref(name), (pod) => ({ ...pod, labels }));
  const remove = (name: string) => registries.pods.delete(ref(name));

  describe('without since', () => {
    it('gives what is there, then BOOKMARK, then each change as it happens', async () => {
      const a = await create('a');
      const stream = pods();
      expect(await stream.next()).toEqual({ type: 'ADDED', object: a, resourceVersion: a.resourceVersion });
      expect(await stream.next()).toEqual({ type: 'BOOKMARK', object: null, resourceVersion: String(await store.currentRevision()) });
      const next = stream.take(3);
      const b = await create('b');
      const changed = await relabel('b', { x: 'y' });
      await remove('b');
      expect(await next).toEqual([
        { type: 'ADDED', object: b, resourceVersion: b.resourceVersion },
        { type: 'MODIFIED', object: changed, resourceVersion: changed.resourceVersion },
        { type: 'DELETED', object: changed, resourceVersion: String(await store.currentRevision()) },
      ]);
    });

    it('sees everything that was written before it was opened', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, index) => create(`p${index}`)));
      expect(await pods().until('BOOKMARK')).toHaveLength(21);
    });

    it('cut off anywhere in its snapshot, resumes without a loss', async () => {
      for (const name of ['d', 'b', 'a', 'c']) await create(name);
      await relabel('b', { x: 'y' });
      for (let read = 1; read <= 4; read += 1) {
        const first = pods();
        const had = await first.take(read);
        await first.leave();
        await create(`later-${read}`);
        const since = had.at(-1)?.resourceVersion;
        const resumed = pods({ since });
        const seen = new Set(had.map((change) => change.object?.name));
        while (!seen.has(`later-${read}`)) seen.add((await resumed.next()).object?.name);
        await resumed.leave();
        expect([...seen].filter((name) => !name?.startsWith('later-')).sort()).toEqual(['a', 'b', 'c', 'd']);
        await remove(`later-${read}`);
      }
    });
  });

  describe('with since', () => {
    it('gives 2,000 changes made meanwhile, each once and in order, also to another process and after a restart', async () => {
      const first = pods();
      const [bookmark] = await first.until('BOOKMARK');
      await first.leave();
      const expected: string[] = [];
      for (let index = 0; index < 500; index += 1) {
        const name = `p${index}`;
        await create(name);
        await relabel(name, { round: '1' });
        await relabel(name, { round: '2' });
        await remove(name);
        expected.push(`ADDED ${name}`, `MODIFIED ${name}`, `MODIFIED ${name}`, `DELETED ${name}`);
      }
      const since = bookmark?.resourceVersion;
      const here = await pods({ since }).take(2_000);
      expect(here.map(shown)).toEqual(expected);
      const restarted = await openRegistries({ clock, store });
      expect(await pods({ since }, restarted.registries).take(2_000)).toEqual(here);
      await restarted.close();
    });

    it('can be cut off after each change and resumed', async () => {
      await create('a');
      let since = (await pods().until('BOOKMARK')).at(-1)?.resourceVersion;
      for (const [index, name] of ['b', 'c', 'd', 'e'].entries()) {
        await create(name);
        if (index % 2 === 0) await relabel(name, { x: 'y' });
      }
      const seen: string[] = [];
      for (let count = 0; count < 6; count += 1) {
        const stream = pods({ since });
        const change = await stream.next();
        await stream.leave();
        seen.push(shown(change));
        since = change.resourceVersion;
      }
      expect(seen).toEqual(['ADDED b', 'MODIFIED b', 'ADDED c', 'ADDED d', 'MODIFIED d', 'ADDED e']);
    });

    it('before what is kept begins with RESYNC and a snapshot; nothing deleted survives', async () => {
      const small = await openRegistries({ clock, store, windowEvents: 3 });
      const { resourceVersion: since } = await create('gone');
      await remove('gone');
      for (const name of ['a', 'b', 'c']) await create(name);
      await small.registries.reached(await store.currentRevision(), 1_000);
      const stream = pods({ since }, small.registries);
      expect((await stream.until('BOOKMARK')).map(shown)).toEqual(['RESYNC', 'ADDED a', 'ADDED b', 'ADDED c', 'BOOKMARK']);
      await small.close();
    });

    it('from a compacted version begins with RESYNC, and RESYNC itself can be resumed from', async () => {
      const { resourceVersion: since } = await create('a');
      await create('b');
      await remove('a');
      await store.compactAll();
      const restarted = await openRegistries({ clock, store });
      const stream = pods({ since }, restarted.registries);
      const resync = await stream.next();
      expect(resync).toMatchObject({ type: 'RESYNC', object: null });
      const again = pods({ since: resync.resourceVersion }, restarted.registries);
      expect((await again.until('BOOKMARK')).map(shown)).toEqual(['RESYNC', 'ADDED b', 'BOOKMARK']);
      await restarted.close();
    });

    it('from the future (the store was reset) begins with RESYNC', async () => {
      await create('a');
      expect((await pods({ since: '5000' }).until('BOOKMARK')).map(shown)).toEqual(['RESYNC', 'ADDED a', 'BOOKMARK']);
    });

    it.each(['x', '', '-1', '0'])('%j is refused', async (since) => {
      await expect(pods({ since }).next()).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    });
  });

  describe('that is open while history is lost', () => {
    it('says RESYNC and gives the present', async () => {
      await create('gone');
      const stream = pods();
      await stream.until('BOOKMARK');
      store.refuse({ verbs: ['watch'], code: 'UNAVAILABLE', when: 'before' });
      store.dropWatches();
      const writes = Promise.all([create('new'), remove('gone')]);
      await clock.advance(5_000);
      await writes;
      await store.compactAll();
      store.heal();
      const rest = stream.until('BOOKMARK');
      await clock.advance(20_000);
      expect((await rest).map(shown)).toEqual(['RESYNC', 'ADDED new', 'BOOKMARK']);
    });

    it('notices nothing when the watch is only lost for a while', async () => {
      const stream = pods();
      await stream.until('BOOKMARK');
      store.dropWatches();
      const rest = stream.take(1);
      const written = create('new');
      await clock.advance(5_000);
      await written;
      expect((await rest).map(shown)).toEqual(['ADDED new']);
    });
  });

  describe('with a selector', () => {
    const web = (pod: Pod): boolean => pod.labels['app'] === 'web';

    it('gives ADDED to what starts to match and DELETED to what stops', async () => {
      await create('other', { app: 'db' });
      const stream = pods({ matches: web });
      expect((await stream.until('BOOKMARK')).map(shown)).toEqual(['BOOKMARK']);
      await create('a', { app: 'db' });
      await relabel('a', { app: 'web' });
      await relabel('a', { app: 'web', more: 'x' });
      const left = await relabel('a', { app: 'db' });
      await remove('a');
      await create('b', { app: 'web' });
      const changes = await stream.take(4);
      expect(changes.map(shown)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED b']);
      expect(changes[2]).toMatchObject({ object: left, resourceVersion: left.resourceVersion });
    });
  });

  describe('that is quiet', () => {
    it('says how far it is at least every 30 s, also while others change', async () => {
      const stream = pods({ matches: (pod) => pod.name === 'mine' });
      await stream.until('BOOKMARK');
      for (let round = 0; round < 3; round += 1) {
        const bookmark = stream.next();
        await create(`other-${round}`);
        await clock.advance(30_000);
        expect(await bookmark).toEqual({ type: 'BOOKMARK', object: null, resourceVersion: String(await store.currentRevision()) });
      }
    });
  });

  describe('ends', () => {
    it('when its signal aborts, at once and without an error', async () => {
      const stream = pods();
      await stream.until('BOOKMARK');
      const next = stream.nextOrEnd();
      ending.abort();
      expect(await next).toBeNull();
      expect(await stream.nextOrEnd()).toBeNull();
    });

    it('when its reader leaves, and leaves no timer behind', async () => {
      const before = clock.pendingTimers;
      const stream = pods();
      await stream.until('BOOKMARK');
      const next = stream.nextOrEnd();
      await clock.advance(0);
      expect(clock.pendingTimers).toBe(before + 1);
      await stream.leave();
      expect(await next).toBeNull();
      expect(clock.pendingTimers).toBe(before);
    });

    it('when the registries close', async () => {
      const stream = pods();
      await stream.until('BOOKMARK');
      const next = stream.nextOrEnd();
      await registries.close();
      expect(await next).toBeNull();
    });

    it('with an error when the store is away at its start', async () => {
      store.refuse({ code: 'UNAVAILABLE', when: 'before' });
      await expect(pods().next()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    });
  });

  describe('that is read too slowly', () => {
    it('ends with TOO_MANY_REQUESTS and says where to go on; nobody else notices', async () => {
      const small = await openRegistries({ clock, store, windowEvents: 10 });
      const slow = pods({}, small.registries);
      const quick = pods({}, small.registries);
      const [bookmark] = await slow.until('BOOKMARK');
      await quick.until('BOOKMARK');
      const seen: string[] = [];
      for (let index = 0; index < 30; index += 1) {
        const next = quick.next();
        await create(`p${index}`);
        seen.push(shown(await next));
      }
      expect(seen).toHaveLength(30);
      await expect(slow.next()).rejects.toMatchObject({
        code: 'TOO_MANY_REQUESTS',
        retryable: true,
        message: expect.stringContaining(`since: "${bookmark?.resourceVersion}"`) as string,
      });
      expect(await slow.nextOrEnd()).toBeNull();
      const next = quick.next();
      await create('last');
      expect(shown(await next)).toBe('ADDED last');
      await small.close();
    });

    it('may take all its time for a snapshot larger than what is kept of changes', async () => {
      for (let index = 0; index < 50; index += 1) await create(`p${index}`);
      const small = await openRegistries({ clock, store, windowEvents: 5 });
      const stream = pods({}, small.registries);
      const begun = await stream.take(10);
      for (let index = 0; index < 4; index += 1) await create(`new-${index}`);
      await small.registries.reached(await store.currentRevision(), 1_000);
      const all = [...begun, ...(await stream.take(45))];
      expect(all.filter((change) => change.type === 'ADDED')).toHaveLength(54);
      expect(new Set(all.map(shown)).size).toBe(55);
      await small.close();
    });
  });

  describe('of replication controllers', () => {
    const ready = (pod: Pod): Pod => ({
      ...pod,
      status: {
        ...pod.status,
        phase: 'RUNNING',
        conditions: [{ type: 'Ready', status: 'TRUE', reason: null, message: null, lastTransitionTime: '2030-01-01T00:00:00.000Z' }],
      },
    });
    const finished = (pod: Pod): Pod => ({ ...pod, status: { ...pod.status, phase: 'SUCCEEDED' } });
    const start = async () => {
      await registries.replicationControllers.create(anRcDraft('web'));
      await registries.replicationControllers.create(anRcDraft('db'));
      const stream = controllers();
      const bookmark = (await stream.until('BOOKMARK')).at(-1);
      return { stream, since: bookmark?.resourceVersion };
    };

    it('gives MODIFIED when a pod changes what its counts say, with the revision of that change, exactly once, and again after since', async () => {
      const { stream, since } = await start();
      const changes = [
        await create('p', { app: 'web' }),
        await registries.pods.updateStatus(ref('p'), ready),
        await relabel('p', { app: 'db' }),
        await registries.pods.updateStatus(ref('p'), finished),
      ];
      const expected = [
        [changes[0], 'web'],
        [changes[1], 'web'],
        [changes[2], 'db'],
        [changes[2], 'web'],
        [changes[3], 'db'],
      ].map(([pod, name]) => [typeof pod === 'object' ? pod.resourceVersion : '', name]);
      const got = await stream.take(5);
      expect(got.every((change) => change.type === 'MODIFIED')).toBe(true);
      // Of two controllers at one revision only the last one says that the revision is complete.
      const before = (revision: string) => String(Number(revision) - 1);
      expect(got.map((change) => [change.resourceVersion, change.object?.name])).toEqual(
        expected.map(([revision, name], index) => [index === 2 ? before(String(revision)) : revision, name]),
      );
      expect(await controllers({ since }).take(5)).toEqual(got);
    });

    it('says nothing when a pod changes something else', async () => {
      const { stream } = await start();
      await create('p', { app: 'web' });
      await registries.pods.updateStatus(ref('p'), (pod) => ({ ...pod, status: { ...pod.status, message: 'hello' } }));
      await relabel('p', { app: 'web', tier: 'front' });
      await create('unrelated', { app: 'other' });
      await registries.replicationControllers.update(ref('db'), (rc) => ({ ...rc, spec: { ...rc.spec, replicas: 7 } }));
      expect((await stream.take(2)).map(shown)).toEqual(['MODIFIED web', 'MODIFIED db']);
    });

    it('does not count a pod that another controller owns', async () => {
      const { stream } = await start();
      const owner = { kind: 'ReplicationController', name: 'else', uid: 'b3a1f2de-3f2b-4a55-9d0b-0f2f6f1f2b10', controller: true };
      await registries.pods.create(aPodDraft('p', { labels: { app: 'web' }, ownerReferences: [owner] }));
      await create('q', { app: 'web' });
      await registries.pods.updateOwners(ref('p'), () => []);
      const changes = await stream.take(2);
      expect(changes.map(shown)).toEqual(['MODIFIED web', 'MODIFIED web']);
      expect(changes[1]?.resourceVersion).toBe(registries.pods.informer.lister.get('default', 'p')?.resourceVersion);
    });
  });
});
