import { ContinuedStore } from '../../../../src/registry/store/continued-store';
import { openMemoryStore } from '../../../../src/registry/store/memory/store';
import type { Origin } from '../../../../src/registry/store/origin';
import { encodeOrigin, originKey } from '../../../../src/registry/store/origin';
import type { GetResult, Store } from '../../../../src/registry/store/store';
import { describeStoreContract } from '../../../conformance/store';
import { bytes } from '../../../conformance/store/harness';
import { FakeClock } from '../../../support/fake-clock';
import { FaultyStore } from '../../../support/faulty-store';

const before = 20;

describeStoreContract({
  name: 'continued',
  capabilities: { durable: false },
  open: async (setup) => {
    const inner = await openMemoryStore(setup);
    for (let round = 0; round < before; round += 1) await inner.delete('past', (await inner.create('past', new Uint8Array())).revision);
    // Lowered, so that it looks like a fresh one: the suite counts from 1, and finds nothing.
    const modRevision = await inner.currentRevision();
    const value = encodeOrigin({ phase: 'complete', from: 'memory:', shift: 1 - modRevision });
    const origin: GetResult = { item: { key: originKey, value, createRevision: modRevision, modRevision, version: 1, lease: null }, revision: modRevision };
    const known = new Proxy(inner, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => (name === 'get' && args[0] === originKey ? Promise.resolve(origin) : (Reflect.apply(member, target, args) as unknown));
      },
    });
    const store = new ContinuedStore(known);
    await store.check();
    return { store, dispose: () => store.close() };
  },
});

const options = { clock: new FakeClock() };

async function opened(origin: Partial<Origin> | null): Promise<{ inner: Store; store: ContinuedStore }> {
  const inner = await openMemoryStore(options);
  await inner.create('/registry/a', bytes('1'));
  if (origin) await inner.create(originKey, encodeOrigin({ phase: 'complete', from: 'embedded:/old', shift: 1000, ...origin }));
  return { inner, store: new ContinuedStore(inner) };
}

describe('a store that was copied from another', () => {
  it('goes on above every revision of that one, and knows none of them', async () => {
    const { store } = await opened({});
    expect(await store.currentRevision()).toBe(1003);
    expect(await store.oldestRevision()).toBe(1003);
    expect((await store.get('/registry/a')).item).toMatchObject({ createRevision: 1002, modRevision: 1002 });
    for (const revision of [1, 2, 999, 1002]) await expect(store.list('/', { revision })).rejects.toMatchObject({ code: 'COMPACTED', oldest: 1003 });
    for (const revision of [1, 2, 999, 1001]) {
      await expect(store.watch('/', { after: revision, signal: new AbortController().signal })[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'COMPACTED', oldest: 1003 });
    }
    await expect(store.get('/registry/a', { revision: 2000 })).rejects.toMatchObject({ code: 'FUTURE', message: expect.stringContaining('1003') });
  });

  it('takes no revision of the other store for its own', async () => {
    const { store } = await opened({});
    for (const expected of [1, 2, 1001]) {
      await expect(store.update('/registry/a', bytes('2'), expected)).rejects.toMatchObject({ code: 'CONFLICT', current: { modRevision: 1002 } });
    }
    expect(await store.update('/registry/a', bytes('2'), 1002)).toEqual({ revision: 1004 });
  });

  it('is handed through as it is where nothing was copied', async () => {
    const { store } = await opened(null);
    expect(await store.currentRevision()).toBe(2);
    expect(await store.delete('/registry/a', 2)).toEqual({ revision: 3 });
  });

  it('refuses everything while it is half copied, and says what to do', async () => {
    const { store } = await opened({ phase: 'copying' });
    const refusal = { code: 'MISCONFIGURED', message: expect.stringMatching(/embedded:\/old.*run that "podql store copy" again/i) };
    await expect(store.check()).rejects.toMatchObject(refusal);
    await expect(store.currentRevision()).rejects.toMatchObject(refusal);
    await expect(store.create('/registry/b', bytes('1'))).rejects.toMatchObject(refusal);
  });

  it('refuses an origin that it cannot read', async () => {
    const { inner, store } = await opened(null);
    await inner.create(originKey, bytes('x'));
    await expect(store.check()).rejects.toMatchObject({ code: 'CORRUPT' });
  });

  it('asks again for its origin when the store could not be reached', async () => {
    const { inner } = await opened({});
    const faulty = new FaultyStore(inner);
    const store = new ContinuedStore(faulty);
    faulty.refuse({ verbs: ['get'], code: 'UNAVAILABLE', when: 'before', times: 1 });
    await expect(store.currentRevision()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await store.currentRevision()).toBe(1003);
  });
});
