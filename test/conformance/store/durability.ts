import type { Store } from '../../../src/registry/store/store';
import { inWords, WatchReader } from '../../support/watch-reader';
import type { Opened, StoreContractOptions } from './harness';
import { bytes, inShort, invariant, openFor } from './harness';

export function describeDurability(options: StoreContractOptions): void {
  invariant(options, 'S13', 'an acknowledged write survives', () => {
    it('declares whether it is durable', async () => {
      const { store } = await openFor(options);
      expect(store.capabilities.durable).toBe(options.capabilities.durable);
    });

    if (!options.capabilities.durable) return;

    const reopen = (opened: Opened): Promise<Store> => {
      if (!opened.reopen) throw new Error('a durable store must be able to open again');
      return opened.reopen();
    };

    it('has keys, revisions and versions after it was opened again', async () => {
      const opened = await openFor(options);
      const { store } = opened;
      await store.create('/a', bytes('1'));
      await store.create('/b', bytes('1'));
      await store.update('/a', bytes('2'), 2);
      await store.delete('/b', 3);
      const before = await store.list('/');
      const again = await reopen(opened);
      expect(await again.list('/')).toEqual(before);
      expect(await again.currentRevision()).toBe(5);
      expect(inShort((await again.list('/', { revision: 3 })).items)).toEqual(['/a=1@2', '/b=1@3']);
      expect(await again.create('/c', bytes('1'))).toEqual({ revision: 6 });
      expect((await again.get('/a')).item).toMatchObject({ createRevision: 2, modRevision: 4, version: 2 });
    });

    it('serves the history to watches after it was opened again', async () => {
      const opened = await openFor(options);
      await opened.store.create('/a', bytes('1'));
      await opened.store.update('/a', bytes('2'), 2);
      await opened.store.delete('/a', 3);
      const again = await reopen(opened);
      const { batches, revision } = await new WatchReader(again, '/', 1).untilProgress();
      expect(inWords(batches)).toEqual(['2 put /a=1', '3 put /a=2 (was 1)', '4 delete /a (was 2)']);
      expect(revision).toBe(4);
    });

    it('remembers a compaction, also one up to a delete at the head', async () => {
      const opened = await openFor(options);
      await opened.store.create('/a', bytes('1'));
      await opened.store.create('/b', bytes('1'));
      await opened.store.delete('/a', 2);
      await opened.store.compact(4);
      const again = await reopen(opened);
      expect(await again.currentRevision()).toBe(4);
      expect(await again.oldestRevision()).toBe(4);
      expect(inShort((await again.list('/')).items)).toEqual(['/b=1@3']);
      await expect(again.get('/a', { revision: 3 })).rejects.toMatchObject({ code: 'COMPACTED', oldest: 4 });
      expect(await again.create('/a', bytes('2'))).toEqual({ revision: 5 });
    });

    it('gives leases their full time again, and never an id that was used before', async () => {
      const opened = await openFor(options);
      const { time } = opened;
      const { id, ttlSeconds } = await opened.store.leases.grant(time.leaseSeconds);
      const revoked = await opened.store.leases.grant(time.leaseSeconds);
      await opened.store.leases.revoke(revoked.id);
      await opened.store.create('/a', bytes('1'), { lease: id });
      await time.pass(ttlSeconds * 500);
      const before = time.clock.monotonic();
      const again = await reopen(opened);
      await expect(again.leases.keepAlive(revoked.id)).rejects.toMatchObject({ code: 'LEASE_GONE' });
      const fresh = await again.leases.grant(100);
      expect([id, revoked.id]).not.toContain(fresh.id);
      const gone = new WatchReader(again, '/', 2).nextEvents();
      expect(inWords([await time.until(gone, ttlSeconds * 1000)])).toEqual(['3 delete /a (was 1)']);
      const lived = time.clock.monotonic() - before;
      expect(lived).toBeGreaterThanOrEqual(ttlSeconds * 1000);
      expect(lived).toBeLessThanOrEqual(ttlSeconds * 1000 + time.tolerance);
    });
  });
}
