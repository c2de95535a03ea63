import type { StoreContractOptions } from './harness';
import { bytes, invariant, openFor, text } from './harness';

export function describeWrites(options: StoreContractOptions): void {
  invariant(options, 'S1', 'one growing revision; a refused write leaves no trace', () => {
    it('starts a fresh store at revision 1, readable and uncompacted', async () => {
      const { store } = await openFor(options);
      expect(await store.currentRevision()).toBe(1);
      expect(await store.oldestRevision()).toBe(1);
      expect(await store.list('/')).toEqual({ items: [], revision: 1, more: false });
    });

    it('gives each write the next revision, whatever the key and also if the value is the same', async () => {
      const { store } = await openFor(options);
      expect(await store.create('/a', bytes('1'))).toEqual({ revision: 2 });
      expect(await store.create('/b', bytes('1'))).toEqual({ revision: 3 });
      expect(await store.update('/a', bytes('1'), 2)).toEqual({ revision: 4 });
      expect(await store.delete('/b', 3)).toEqual({ revision: 5 });
      expect(await store.currentRevision()).toBe(5);
      expect((await store.get('/a')).item).toMatchObject({ createRevision: 2, modRevision: 4, version: 2 });
    });

    it('starts a key anew when it is created after a delete', async () => {
      const { store } = await openFor(options);
      await store.create('/a', bytes('1'));
      await store.update('/a', bytes('2'), 2);
      await store.delete('/a', 3);
      await store.create('/a', bytes('3'));
      expect((await store.get('/a')).item).toMatchObject({ createRevision: 5, modRevision: 5, version: 1 });
    });

    it('spends no revision on refused writes', async () => {
      const { store } = await openFor(options);
      await store.create('/a', bytes('1'));
      await expect(store.create('/a', bytes('2'))).rejects.toMatchObject({ code: 'EXISTS', outcome: 'notApplied' });
      await expect(store.update('/a', bytes('2'), 9)).rejects.toMatchObject({ code: 'CONFLICT', outcome: 'notApplied' });
      await expect(store.update('/b', bytes('2'), 2)).rejects.toMatchObject({ code: 'NOT_FOUND', outcome: 'notApplied' });
      await expect(store.delete('/b', 2)).rejects.toMatchObject({ code: 'NOT_FOUND', outcome: 'notApplied' });
      expect(await store.currentRevision()).toBe(2);
      expect(text((await store.get('/a')).item)).toBe('1');
    });

    it('refuses a value above the limit and takes one that just fits', async () => {
      const { store } = await openFor(options);
      const { maxValueBytes } = store.capabilities;
      await expect(store.create('/a', new Uint8Array(maxValueBytes + 1))).rejects.toMatchObject({ code: 'TOO_LARGE', outcome: 'notApplied' });
      expect(await store.currentRevision()).toBe(1);
      await store.create('/a', new Uint8Array(maxValueBytes).fill(7));
      await expect(store.update('/a', new Uint8Array(maxValueBytes + 1), 2)).rejects.toMatchObject({ code: 'TOO_LARGE' });
      expect((await store.get('/a')).item?.value.byteLength).toBe(maxValueBytes);
    });

    it('keeps an empty value apart from no value', async () => {
      const { store } = await openFor(options);
      await store.create('/a', new Uint8Array());
      expect((await store.get('/a')).item?.value).toEqual(new Uint8Array());
      await store.delete('/a', 2);
      expect((await store.get('/a')).item).toBeNull();
    });

    it('gives writes that run at the same time one revision each, whatever their order', async () => {
      const { store } = await openFor(options);
      const writes = Array.from({ length: 100 }, (_, index) => store.create(`/k${index}`, bytes(String(index))));
      const revisions = (await Promise.all(writes)).map(({ revision }) => revision);
      expect(revisions.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 2));
    });
  });

  invariant(options, 'S2', 'create needs an absent key', () => {
    it('says what is there when the key exists', async () => {
      const { store } = await openFor(options);
      await store.create('/a', bytes('first'));
      await expect(store.create('/a', bytes('second'))).rejects.toMatchObject({
        code: 'EXISTS',
        current: { value: bytes('first'), modRevision: 2, createRevision: 2, version: 1 },
      });
    });

    it('lets exactly one of many creators of the same key win', async () => {
      const { store } = await openFor(options);
      const attempts = Array.from({ length: 50 }, (_, index) => store.create('/a', bytes(String(index))));
      const results = await Promise.allSettled(attempts);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await store.currentRevision()).toBe(2);
    });
  });

  invariant(options, 'S3', 'update and delete are compare-and-swap', () => {
    it('says what is there when the revision is another one', async () => {
      const { store } = await openFor(options);
      await store.create('/a', bytes('1'));
      await store.update('/a', bytes('2'), 2);
      const current = { value: bytes('2'), modRevision: 3, createRevision: 2 };
      await expect(store.update('/a', bytes('x'), 2)).rejects.toMatchObject({ code: 'CONFLICT', current });
      await expect(store.delete('/a', 2)).rejects.toMatchObject({ code: 'CONFLICT', current });
    });

    it('finds no key that was deleted', async () => {
      const { store } = await openFor(options);
      await store.create('/a', bytes('1'));
      await store.delete('/a', 2);
      await expect(store.update('/a', bytes('2'), 2)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(store.delete('/a', 3)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('loses no increment of a counter that many writers share', async () => {
      const { store } = await openFor(options);
      await store.create('/n', bytes('0'));
      const increment = async (): Promise<void> => {
        for (;;) {
          const { item } = await store.get('/n');
          if (!item) throw new Error('the counter is gone');
          try {
            await store.update('/n', bytes(String(Number(text(item)) + 1)), item.modRevision);
            return;
          } catch (error) {
            expect(error).toMatchObject({ code: 'CONFLICT' });
          }
        }
      };
      await Promise.all(Array.from({ length: 20 }, increment));
      const { item } = await store.get('/n');
      expect(text(item)).toBe('20');
      expect(item?.version).toBe(21);
    });
  });
}
