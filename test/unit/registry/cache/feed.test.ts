import type { Store } from '../../../../src/registry/store/store';
import { openMemoryStore } from '../../../../src/registry/store/memory/store';
import { FakeClock, settle } from '../../../support/fake-clock';
import { FaultyStore } from '../../../support/faulty-store';
import { RecordingLogger } from '../../../support/recording-logger';
import { aNodeDraft, aPodDraft, openRegistries } from '../../../support/registries';
import type { HarnessOptions, RegistriesHarness } from '../../../support/registries';
import { StreamReader, shown } from '../../../support/stream-reader';

const web = { namespace: 'default', name: 'web' };
const garbage = Uint8Array.from([250, 1, 2, 3]);

describe('the feed', () => {
  let clock: FakeClock;
  let memory: Store;
  let store: FaultyStore;
  const opened: RegistriesHarness[] = [];

  const open = async (options: HarnessOptions = {}): Promise<RegistriesHarness> => {
    const harness = await openRegistries({ clock, store, ...options });
    opened.push(harness);
    return harness;
  };
  beforeEach(async () => {
    clock = new FakeClock();
    memory = await openMemoryStore({ clock, watchCapacity: 8 });
    store = new FaultyStore(memory);
  });
  afterEach(async () => {
    for (const harness of opened.splice(0)) await harness.close();
    await memory.close();
  });

  it('keeps one watch for all kinds, and leaves none behind', async () => {
    const { registries } = await open();
    expect(store.openWatches).toBe(1);
    expect(registries.notReadyBecause()).toBeNull();
    await registries.close();
    await settle();
    expect(store.openWatches).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    expect(registries.notReadyBecause()).toContain('shutting down');
  });

  it('moves all kinds together: who hears of one change sees all others of its revision and before', async () => {
    const { registries } = await open();
    const seen: boolean[] = [];
    registries.pods.informer.subscribe(({ object }) => seen.push(registries.clusterNodes.informer.lister.get(null, object.name) !== undefined));
    for (const name of ['a', 'b', 'c']) {
      await registries.clusterNodes.create(aNodeDraft(name));
      await registries.pods.create(aPodDraft(name));
    }
    expect(seen).toEqual([true, true, true]);
  });

  it('waits for a store that is away at the start, says so, and never gives up', async () => {
    store.refuse({ code: 'UNAVAILABLE', when: 'before' });
    const { registries } = await open({ unready: true });
    expect(registries.notReadyBecause()).toContain('being filled');
    for (let hour = 0; hour < 3; hour += 1) await clock.advance(3_600_000);
    expect(registries.notReadyBecause()).toContain('UNAVAILABLE');
    store.heal();
    const ready = registries.ready(new AbortController().signal);
    await clock.advance(10_000);
    await ready;
    expect(registries.notReadyBecause()).toBeNull();
  });

  it('lets who waits for readiness give up', async () => {
    store.refuse({ code: 'UNAVAILABLE', when: 'before' });
    const { registries } = await open({ unready: true });
    const aborter = new AbortController();
    const waiting = registries.ready(aborter.signal);
    aborter.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('is not ready while it is cut off, and is again afterwards', async () => {
    const { registries } = await open();
    store.refuse({ verbs: ['watch'], code: 'UNAVAILABLE', when: 'before' });
    store.dropWatches();
    await clock.advance(1);
    expect(registries.notReadyBecause()).toContain('watch');
    store.heal();
    await clock.advance(10_000);
    expect(registries.notReadyBecause()).toBeNull();
  });

  it('is ready all the same while the store takes no writes, and says that it does not', async () => {
    const { registries } = await open();
    expect(registries.readOnlyBecause()).toBeNull();
    store.refuse({ verbs: ['create', 'update', 'delete'], code: 'FULL', when: 'before' });
    expect(registries.notReadyBecause()).toBeNull();
    expect(registries.readOnlyBecause()).toBe('refused, while reads may go on: the store has no space left; free some on the server');
    store.heal();
    expect(registries.readOnlyBecause()).toBeNull();
  });

  it('warns once when it is cut off, however long, and says once that it is well again', async () => {
    const logger = new RecordingLogger();
    await open({ logger });
    store.refuse({ code: 'UNAVAILABLE', when: 'before' });
    store.dropWatches();
    for (let minute = 0; minute < 5; minute += 1) await clock.advance(60_000);
    store.heal();
    await clock.advance(10_000);
    const said = logger.lines.filter(({ level, message }) => level !== 'debug' && message.includes('watch on the store'));
    expect(said.map(({ level, message }) => `${level}: ${message}`)).toEqual(['warn: the watch on the store was lost', 'info: the watch on the store is there again']);
  });

  it('need not sit out its wait when a read finds the store back', async () => {
    const { registries } = await open();
    store.refuse({ code: 'UNAVAILABLE', when: 'before' });
    store.dropWatches();
    for (let minute = 0; minute < 5; minute += 1) await clock.advance(60_000);
    await registries.pods.list({ limit: 1 });
    store.heal();
    // Its own distance has long been the greatest: 10 s.
    await clock.advance(500);
    await settle();
    expect(registries.notReadyBecause()).toBeNull();
  });

  it('tries again at growing distances, not in a loop', async () => {
    await open();
    store.refuse({ verbs: ['watch'], code: 'UNAVAILABLE', when: 'before' });
    const before = store.calls.watch;
    store.dropWatches();
    await clock.advance(60_000);
    expect(store.calls.watch - before).toBeLessThan(20);
    expect(store.calls.watch - before).toBeGreaterThan(5);
  });

  it('that was ended because it lagged goes on where it was, without a loss', async () => {
    const { registries } = await open();
    const writer = await open({ store: memory });
    const told: string[] = [];
    registries.pods.informer.subscribe(({ object }) => told.push(object.name));
    const release = store.hold('watch');
    const names = Array.from({ length: 40 }, (_, index) => `p${index}`);
    for (const name of names) await writer.registries.pods.create(aPodDraft(name));
    release();
    const reached = registries.reached(await memory.currentRevision(), 120_000);
    await clock.advance(60_000);
    expect(await reached).toBe(true);
    expect(store.calls.watch).toBeGreaterThan(1);
    expect(told).toEqual(names);
  });

  it('notices that the store was put back to an earlier state, and tells the difference', async () => {
    const earlier = await openMemoryStore({ clock });
    const first = await open({ store: earlier });
    const kept = await first.registries.pods.create(aPodDraft('kept'));
    let current = memory;
    const switching = new Proxy(memory, {
      get: (_, member: keyof Store) => {
        const value = current[member];
        return typeof value === 'function' ? value.bind(current) : value;
      },
    });
    const line = new FaultyStore(switching);
    const { registries } = await open({ store: line });
    for (let index = 0; index < 20; index += 1) await registries.pods.create(aPodDraft(`lost-${index}`));
    const stream = new StreamReader(registries.streams.pods({ matches: () => true, signal: new AbortController().signal }));
    await stream.until('BOOKMARK');
    current = earlier;
    line.dropWatches();
    await clock.advance(10_000);
    expect(registries.pods.informer.lister.list().map((pod) => pod.uid)).toEqual([kept.uid]);
    expect((await stream.until('BOOKMARK')).map(shown)).toEqual(['RESYNC', 'ADDED kept', 'BOOKMARK']);
    const added = await registries.pods.create(aPodDraft('new'));
    expect((await stream.next()).object).toEqual(added);
    await stream.leave();
    await earlier.close();
  });

  it('lets two servers on one store see each other\'s writes', async () => {
    const a = await open();
    const b = await open();
    for (let index = 0; index < 10; index += 1) {
      const pod = await a.registries.pods.create(aPodDraft(`p${index}`));
      expect(await b.registries.pods.get({ namespace: 'default', name: pod.name })).toEqual(pod);
      const changed = await b.registries.pods.update({ namespace: 'default', name: pod.name }, (old) => ({ ...old, labels: { x: 'y' } }));
      expect((await a.registries.freshSnapshot()).pods.get('default', pod.name)).toEqual(changed);
    }
  });

  it('takes no more of a long history at the start than the ring may hold: later versions stream from memory, earlier ones resync', async () => {
    const first = await open();
    const versions: string[] = [];
    const note = (change: number) => ({ note: 'x'.repeat(10_000), change: String(change) });
    await first.registries.pods.create(aPodDraft('web', { annotations: note(0) }));
    for (let change = 1; change <= 60; change += 1) {
      versions.push((await first.registries.pods.update(web, (pod) => ({ ...pod, annotations: note(change) }))).resourceVersion);
    }
    const { registries } = await open({ windowBytes: 100_000 });
    const firstWord = async (since: string | undefined): Promise<string> => {
      const stream = new StreamReader(registries.streams.pods({ since, matches: () => true, signal: new AbortController().signal }));
      const { type } = await stream.next();
      await stream.leave();
      return type;
    };
    expect(await firstWord(versions[55])).toBe('MODIFIED');
    expect(await firstWord(versions[20])).toBe('RESYNC');
    // What the ring has let go of the store still knows.
    const then = await registries.pods.list({ limit: 1, at: versions[20] });
    expect(then.items[0]?.annotations['change']).toBe('21');
  });

  it('says when a revision is reached, and gives up waiting for one that does not come', async () => {
    const { registries } = await open();
    const head = await memory.currentRevision();
    expect(await registries.reached(head, 0)).toBe(true);
    const coming = registries.reached(head + 1, 1_000);
    await registries.pods.create(aPodDraft('web'));
    expect(await coming).toBe(true);
    const never = registries.reached(head + 100, 1_000);
    await clock.advance(1_000);
    expect(await never).toBe(false);
  });

  describe('over what cannot be decoded', () => {
    const damage = async (): Promise<void> => {
      const { item } = await memory.get('/registry/pods/default/web');
      await memory.update('/registry/pods/default/web', garbage, item?.modRevision ?? 0);
    };

    it('keeps the last good state, so that nothing is stopped because of it; reading the object is an error that hides the key', async () => {
      const logger = new RecordingLogger();
      const { registries } = await open({ logger });
      const pod = await registries.pods.create(aPodDraft('web'));
      await registries.pods.create(aPodDraft('other'));
      const told: string[] = [];
      registries.pods.informer.subscribe(({ type }) => told.push(type));
      await damage();
      await registries.reached(await memory.currentRevision(), 1_000);
      expect(registries.pods.informer.lister.get('default', 'web')).toEqual(pod);
      expect(told).toEqual(['ADDED', 'ADDED']);
      for (const call of [
        () => registries.pods.get(web),
        () => registries.pods.update(web, (old) => old),
        () => registries.pods.delete(web),
        () => registries.pods.create(aPodDraft('web')),
      ]) {
        await expect(call()).rejects.toMatchObject({ code: 'INTERNAL_SERVER_ERROR', message: expect.not.stringContaining('/registry/') as string });
      }
      expect(logger.lines.filter((line) => line.level === 'error').map((line) => line['key'])).toContain('/registry/pods/default/web');
      expect((await registries.pods.list({ limit: 10 })).items.map((each) => each.name)).toContain('other');
    });

    it('starts all the same, without the damaged object', async () => {
      const first = await open();
      await first.registries.pods.create(aPodDraft('web'));
      await first.registries.pods.create(aPodDraft('other'));
      await damage();
      await store.compactAll();
      const { registries } = await open();
      expect(registries.pods.informer.lister.list().map((pod) => pod.name)).toEqual(['other']);
      await expect(registries.pods.get(web)).rejects.toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
    });

    it('passes by keys of others under its prefix', async () => {
      const { registries } = await open();
      await memory.create('/registry/elections/scheduler', garbage);
      await memory.create('/registry/pods/a/b/c', garbage);
      await memory.create('/elsewhere', garbage);
      expect((await registries.pods.list({ limit: 10 })).totalCount).toBe(0);
    });
  });
});
