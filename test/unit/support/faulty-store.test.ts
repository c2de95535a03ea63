import { openMemoryStore } from '../../../src/registry/store/memory/store';
import { FakeClock } from '../../support/fake-clock';
import { FaultyStore } from '../../support/faulty-store';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function aFaultyStore(): Promise<FaultyStore> {
  return new FaultyStore(await openMemoryStore({ clock: new FakeClock() }));
}

describe('FaultyStore', () => {
  it('refuses before: nothing is written and the outcome says so', async () => {
    const store = await aFaultyStore();
    store.refuse({ verbs: ['create'], code: 'UNAVAILABLE', when: 'before', times: 1 });
    await expect(store.create('/a', bytes('1'))).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'notApplied' });
    expect((await store.get('/a')).item).toBeNull();
    await expect(store.create('/a', bytes('1'))).resolves.toEqual({ revision: 2 });
    expect(store.calls.create).toBe(2);
  });

  it('refuses after: it is written and the outcome is unknown', async () => {
    const store = await aFaultyStore();
    store.refuse({ code: 'TIMEOUT', when: 'after', verbs: ['create', 'delete'] });
    await expect(store.create('/a', bytes('1'))).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    expect((await store.get('/a')).item?.modRevision).toBe(2);
    store.heal();
    await expect(store.delete('/a', 2)).resolves.toEqual({ revision: 3 });
  });

  it('drops watches with UNAVAILABLE and lets new ones in', async () => {
    const store = await aFaultyStore();
    const signal = new AbortController().signal;
    const watch = store.watch('/', { after: 1, signal })[Symbol.asyncIterator]();
    await watch.next();
    const next = watch.next();
    expect(store.openWatches).toBe(1);
    store.dropWatches();
    await expect(next).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(store.openWatches).toBe(0);
    const again = store.watch('/', { after: 1, signal })[Symbol.asyncIterator]();
    await expect(again.next()).resolves.toEqual({ done: false, value: { revision: 1, events: [] } });
    await store.close();
  });

  it('holds a watch back while the store goes on', async () => {
    const store = await aFaultyStore();
    const release = store.hold('watch');
    const watch = store.watch('/', { after: 1, signal: new AbortController().signal })[Symbol.asyncIterator]();
    let arrived = false;
    const first = watch.next().then((result) => {
      arrived = true;
      return result;
    });
    await store.create('/a', bytes('1'));
    expect(arrived).toBe(false);
    release();
    expect((await first).done).toBe(false);
    await store.close();
  });

  it('compacts under a lagging reader', async () => {
    const store = await aFaultyStore();
    await store.create('/a', bytes('1'));
    await expect(store.compactAll()).resolves.toBe(2);
    const watch = store.watch('/', { after: 1, signal: new AbortController().signal })[Symbol.asyncIterator]();
    await expect(watch.next()).rejects.toMatchObject({ code: 'COMPACTED', oldest: 2 });
  });
});
