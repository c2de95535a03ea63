import { settle } from '../../support/fake-clock';
import { WatchReader } from '../../support/watch-reader';
import type { StoreContractOptions } from './harness';
import { bytes, invariant, openFor } from './harness';

export function describeWatchLimits(options: StoreContractOptions): void {
  invariant(options, 'S10', 'an idle watch reports progress', () => {
    it('says so as soon as it has caught up, with nothing to deliver and after a backlog', async () => {
      const { store } = await openFor(options);
      expect(await new WatchReader(store, '/', 1).progress()).toBe(1);
      await store.create('/a', bytes('1'));
      const watch = new WatchReader(store, '/', 1);
      expect((await watch.next())?.events).toHaveLength(1);
      expect(await watch.progress()).toBe(2);
    });

    it('reports the head although nothing happened under its prefix', async () => {
      const { store, time } = await openFor(options);
      const watch = new WatchReader(store, '/quiet/', 1);
      expect(await watch.progress()).toBe(1);
      const next = watch.progress();
      for (let index = 0; index < 5; index += 1) await store.create(`/busy/${index}`, bytes('1'));
      await time.pass(time.progressInterval);
      expect(await next).toBe(6);
    });

    it('reports again and again, also while nothing happens at all', async () => {
      const { store, time } = await openFor(options);
      const watch = new WatchReader(store, '/', 1);
      await watch.progress();
      for (let turn = 0; turn < 3; turn += 1) {
        const next = watch.progress();
        await time.pass(time.progressInterval);
        expect(await next).toBe(1);
      }
    });

    it('never reports a revision before it has delivered its events', async () => {
      const { store, time } = await openFor(options);
      const watch = new WatchReader(store, '/', 1);
      let delivered = 1;
      const reading = (async () => {
        for (let batch = await watch.next(); batch; batch = await watch.next()) {
          if (batch.events.length === 0) expect(batch.revision).toBe(delivered);
          else expect(batch.revision).toBe(delivered + 1);
          delivered = batch.revision;
        }
      })();
      for (let index = 0; index < 50; index += 1) {
        await store.create(`/k${index}`, bytes('1'));
        if (index % 10 === 0) await time.pass(time.progressInterval);
      }
      while (delivered < 51) await settle();
      watch.abort();
      await reading;
    });
  });

  invariant(options, 'S11', 'a reader that lags is ended, and nobody else notices', () => {
    it('ends it with LAGGED, after a part without gaps, and serves the others', async () => {
      const { store } = await openFor(options, { watchCapacity: 20 });
      const slow = new WatchReader(store, '/', 1);
      const quick = new WatchReader(store, '/', 1);
      await slow.progress();
      await quick.progress();
      for (let index = 0; index < 100; index += 1) {
        const next = quick.nextEvents();
        await store.create(`/k${index}`, bytes('1'));
        expect((await next).revision).toBe(index + 2);
      }
      const { batches, error } = await slow.untilError();
      expect(error).toMatchObject({ code: 'LAGGED' });
      expect(batches.length).toBeLessThan(100);
      expect(batches.map(({ revision }) => revision)).toEqual(batches.map((_, index) => index + 2));
    });

    it('does not count what is outside the prefix', async () => {
      const { store } = await openFor(options, { watchCapacity: 20 });
      const watch = new WatchReader(store, '/mine/', 1);
      await watch.progress();
      for (let index = 0; index < 100; index += 1) await store.create(`/theirs/${index}`, bytes('1'));
      await store.create('/mine/a', bytes('1'));
      expect((await watch.nextEvents()).revision).toBe(102);
    });

    it('lets a reader catch up with a past longer than that', async () => {
      const { store } = await openFor(options, { watchCapacity: 20 });
      for (let index = 0; index < 100; index += 1) await store.create(`/k${index}`, bytes('1'));
      const { batches, revision } = await new WatchReader(store, '/', 1).untilProgress();
      expect(batches).toHaveLength(100);
      expect(revision).toBe(101);
    });
  });

  invariant(options, 'S12', 'abort and close end watches', () => {
    it('returns without an error when aborted before, while waiting and between batches', async () => {
      const { store, time } = await openFor(options);
      await store.create('/a', bytes('1'));
      const before = new WatchReader(store, '/', 1);
      before.abort();
      expect(await before.next()).toBeUndefined();

      const between = new WatchReader(store, '/', 1);
      await between.nextEvents();
      between.abort();
      expect(await between.next()).toBeUndefined();

      const waiting = new WatchReader(store, '/', 2);
      await waiting.progress();
      const next = waiting.next();
      waiting.abort();
      expect(await next).toBeUndefined();
      expect(time.pendingTimers() ?? 0).toBe(0);
    });

    it('frees everything when the reader just leaves the loop', async () => {
      const { store, time } = await openFor(options);
      for await (const batch of store.watch('/', { after: 1, signal: new AbortController().signal })) {
        expect(batch.revision).toBe(1);
        break;
      }
      expect(time.pendingTimers() ?? 0).toBe(0);
      expect(await store.create('/a', bytes('1'))).toEqual({ revision: 2 });
    });

    it('ends all watches with CLOSED at close, and refuses everything afterwards', async () => {
      const { store, time } = await openFor(options);
      await store.create('/a', bytes('1'));
      const { id } = await store.leases.grant(60);
      const waiting = new WatchReader(store, '/', 2);
      await waiting.progress();
      const next = waiting.next();
      const fresh = new WatchReader(store, '/', 1);
      const closing = store.close();
      await expect(next).rejects.toMatchObject({ code: 'CLOSED' });
      await expect(fresh.next()).rejects.toMatchObject({ code: 'CLOSED' });
      await closing;
      const refused = [
        store.get('/a'),
        store.list('/'),
        store.create('/b', bytes('1')),
        store.update('/a', bytes('2'), 2),
        store.delete('/a', 2),
        store.currentRevision(),
        store.oldestRevision(),
        store.compact(2),
        store.leases.grant(60),
        store.leases.keepAlive(id),
        store.leases.timeToLive(id),
        store.leases.revoke(id),
      ];
      for (const call of refused) await expect(call).rejects.toMatchObject({ code: 'CLOSED', outcome: 'notApplied' });
      expect(time.pendingTimers() ?? 0).toBe(0);
      await store.close();
    });

    it('finishes the writes that were under way before it closes', async () => {
      const { store } = await openFor(options);
      const writes = Array.from({ length: 50 }, (_, index) => store.create(`/k${index}`, bytes('1')));
      await store.close();
      const revisions = (await Promise.all(writes)).map(({ revision }) => revision);
      expect(Math.max(...revisions)).toBe(51);
    });
  });
}
