import type { Store } from '../../../src/registry/store/store';
import type { StoreContractOptions } from './harness';
import { bytes, inShort, invariant, openFor, text } from './harness';

/** Revisions: 2 /a=1, 3 /b=1, 4 /a=2, 5 /b gone, 6 /c=1. */
async function writeFive(store: Store): Promise<void> {
  await store.create('/a', bytes('1'));
  await store.create('/b', bytes('1'));
  await store.update('/a', bytes('2'), 2);
  await store.delete('/b', 3);
  await store.create('/c', bytes('1'));
}

export function describeReads(options: StoreContractOptions): void {
  invariant(options, 'S4', 'reads at latest and at a revision', () => {
    it('sees an acknowledged write at once', async () => {
      const { store } = await openFor(options);
      for (let index = 0; index < 20; index += 1) {
        const { revision } = await store.create(`/k${index}`, bytes('1'));
        expect((await store.get(`/k${index}`)).revision).toBeGreaterThanOrEqual(revision);
        expect((await store.list('/')).items).toHaveLength(index + 1);
      }
    });

    it('reads each past revision exactly', async () => {
      const { store } = await openFor(options);
      await writeFive(store);
      const at = async (revision: number): Promise<string[]> => inShort((await store.list('/', { revision })).items);
      expect(await at(1)).toEqual([]);
      expect(await at(3)).toEqual(['/a=1@2', '/b=1@3']);
      expect(await at(4)).toEqual(['/a=2@4', '/b=1@3']);
      expect(await at(5)).toEqual(['/a=2@4']);
      expect(await at(6)).toEqual(['/a=2@4', '/c=1@6']);
      expect((await store.get('/b', { revision: 4 })).item).toMatchObject({ modRevision: 3, createRevision: 3, version: 1 });
      expect(await store.get('/b', { revision: 5 })).toEqual({ item: null, revision: 5 });
    });

    it('fails with FUTURE for a revision that has not happened', async () => {
      const { store } = await openFor(options);
      await expect(store.get('/a', { revision: 2 })).rejects.toMatchObject({ code: 'FUTURE' });
      await expect(store.list('/', { revision: 2 })).rejects.toMatchObject({ code: 'FUTURE' });
    });

    it('reads at the compacted revision but not below it, and says the oldest usable one', async () => {
      const { store } = await openFor(options);
      await writeFive(store);
      await store.compact(4);
      expect(await store.oldestRevision()).toBe(4);
      expect(inShort((await store.list('/', { revision: 4 })).items)).toEqual(['/a=2@4', '/b=1@3']);
      await expect(store.get('/a', { revision: 3 })).rejects.toMatchObject({ code: 'COMPACTED', oldest: 4 });
      await expect(store.list('/', { revision: 2 })).rejects.toMatchObject({ code: 'COMPACTED', oldest: 4 });
      expect(inShort((await store.list('/')).items)).toEqual(['/a=2@4', '/c=1@6']);
      expect(await store.currentRevision()).toBe(6);
    });

    it('compacts up to the head, deleted keys included, and goes on writing', async () => {
      const { store } = await openFor(options);
      await store.create('/a', bytes('1'));
      await store.delete('/a', 2);
      await store.compact(3);
      expect(inShort((await store.list('/', { revision: 3 })).items)).toEqual([]);
      expect(await store.create('/a', bytes('2'))).toEqual({ revision: 4 });
      expect((await store.get('/a')).item).toMatchObject({ createRevision: 4, version: 1 });
    });

    it('refuses to compact twice, or the future, and changes nothing by it', async () => {
      const { store } = await openFor(options);
      await writeFive(store);
      await store.compact(4);
      await expect(store.compact(4)).rejects.toMatchObject({ code: 'COMPACTED' });
      await expect(store.compact(3)).rejects.toMatchObject({ code: 'COMPACTED' });
      await expect(store.compact(7)).rejects.toMatchObject({ code: 'FUTURE' });
      expect(await store.oldestRevision()).toBe(4);
    });

    it('gives up a read whose signal was aborted', async () => {
      const { store } = await openFor(options);
      const signal = AbortSignal.abort(new Error('nobody waits any more'));
      await expect(store.get('/a', { signal })).rejects.toThrow('nobody waits any more');
      await expect(store.list('/', { signal })).rejects.toThrow('nobody waits any more');
    });
  });

  invariant(options, 'S5', 'pages of one list are of one revision, in byte order', () => {
    it('lists by the bytes of the keys, under the prefix only', async () => {
      const { store } = await openFor(options);
      for (const key of ['/p/b', '/p/B', '/p/a-1', '/p/a', '/p/a/1', '/pa', '/o', '/p/~']) await store.create(key, bytes('x'));
      const keys = (await store.list('/p/')).items.map(({ key }) => key);
      expect(keys).toEqual(['/p/B', '/p/a', '/p/a-1', '/p/a/1', '/p/b', '/p/~']);
    });

    it('pages through one state while others write', async () => {
      const { store } = await openFor(options);
      for (let index = 10; index < 35; index += 1) await store.create(`/k${index}`, bytes('old'));
      const first = await store.list('/k', { limit: 10 });
      const seen = [...first.items];
      let { more } = first;
      for (let turn = 0; more; turn += 1) {
        await store.create(`/k${turn}`, bytes('new'));
        await store.delete(`/k${30 + turn}`, 2 + 20 + turn);
        const page = await store.list('/k', { limit: 10, afterKey: seen.at(-1)?.key, revision: first.revision });
        expect(page.revision).toBe(first.revision);
        seen.push(...page.items);
        more = page.more;
      }
      expect(seen.map(({ key }) => key)).toEqual(Array.from({ length: 25 }, (_, index) => `/k${index + 10}`));
      expect(seen.every((item) => text(item) === 'old')).toBe(true);
    });

    it('says that there is no more when the limit is met exactly', async () => {
      const { store } = await openFor(options);
      await store.create('/a', bytes('1'));
      await store.create('/b', bytes('1'));
      expect((await store.list('/', { limit: 2 })).more).toBe(false);
      expect((await store.list('/', { limit: 1 })).more).toBe(true);
      expect(await store.list('/', { afterKey: '/b' })).toEqual({ items: [], revision: 3, more: false });
    });

    it('fails with COMPACTED when a page comes too late', async () => {
      const { store } = await openFor(options);
      await writeFive(store);
      const { revision } = await store.list('/', { limit: 1, revision: 4 });
      await store.compact(5);
      await expect(store.list('/', { limit: 1, afterKey: '/a', revision })).rejects.toMatchObject({ code: 'COMPACTED', oldest: 5 });
    });
  });

  invariant(options, 'S14', 'bytes belong to whoever has them', () => {
    it('does not notice when the writer changes its bytes afterwards', async () => {
      const { store } = await openFor(options);
      const mine = bytes('abc');
      const write = store.create('/a', mine);
      mine.fill(0);
      await write;
      expect(text((await store.get('/a')).item)).toBe('abc');
    });

    it('does not notice when readers change theirs', async () => {
      const { store } = await openFor(options);
      await store.create('/a', bytes('abc'));
      await store.update('/a', bytes('def'), 2);
      (await store.get('/a')).item?.value.fill(0);
      (await store.get('/a', { revision: 2 })).item?.value.fill(0);
      (await store.list('/')).items[0]?.value.fill(0);
      const error: unknown = await store.create('/a', bytes('x')).catch((refusal: unknown) => refusal);
      (error as { current: { value: Uint8Array } }).current.value.fill(0);
      expect(text((await store.get('/a')).item)).toBe('def');
      expect(text((await store.get('/a', { revision: 2 })).item)).toBe('abc');
    });

    it('does not notice when watchers change theirs, nor do other watchers', async () => {
      const { store } = await openFor(options);
      await store.create('/a', bytes('abc'));
      await store.update('/a', bytes('def'), 2);
      const readAll = async (): Promise<string[]> => {
        const controller = new AbortController();
        const seen: string[] = [];
        for await (const { events } of store.watch('/', { after: 1, signal: controller.signal })) {
          if (events.length === 0) break;
          for (const { item, previous } of events) {
            seen.push(`${text(previous)}>${text(item)}`);
            item?.value.fill(0);
            previous?.value.fill(0);
          }
        }
        return seen;
      };
      expect(await readAll()).toEqual(['null>abc', 'abc>def']);
      expect(await readAll()).toEqual(['null>abc', 'abc>def']);
    });
  });
}
