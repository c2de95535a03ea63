import { settle } from '../../support/fake-clock';
import { inWords, WatchReader } from '../../support/watch-reader';
import type { StoreContractOptions } from './harness';
import { bytes, invariant, openFor } from './harness';
import type { SuiteTime } from './time';

export function describeLeases(options: StoreContractOptions): void {
  invariant(options, 'S15', 'a key lives not shorter than its lease', () => {
    it('removes all keys of a lease in one revision when it has run out, not before', async () => {
      const { store, time } = await openFor(options);
      const before = time.clock.monotonic();
      const { id, ttlSeconds } = await store.leases.grant(time.leaseSeconds);
      await store.create('/b', bytes('1'), { lease: id });
      await store.create('/a', bytes('1'), { lease: id });
      await store.create('/c', bytes('1'));
      expect((await store.get('/a')).item?.lease).toBe(id);
      const watch = new WatchReader(store, '/', 4);
      await watch.progress();
      const gone = await time.until(watch.nextEvents(), ttlSeconds * 1000);
      expectLifetime(time, before, ttlSeconds);
      expect(inWords([gone])).toEqual(['5 delete /a (was 1)', '5 delete /b (was 1)']);
      expect((await store.list('/')).items.map(({ key }) => key)).toEqual(['/c']);
    });

    it('keeps keys as long as the lease is kept alive, without a revision', async () => {
      const { store, time } = await openFor(options);
      const { id, ttlSeconds } = await store.leases.grant(time.leaseSeconds);
      await store.create('/a', bytes('1'), { lease: id });
      const watch = new WatchReader(store, '/', 2);
      await watch.progress();
      let before = 0;
      for (let turn = 0; turn < 4; turn += 1) {
        await time.pass(ttlSeconds * 400);
        before = time.clock.monotonic();
        expect(await store.leases.keepAlive(id)).toEqual({ ttlSeconds });
      }
      expect(await store.currentRevision()).toBe(2);
      expect((await time.until(watch.nextEvents(), ttlSeconds * 1000)).revision).toBe(3);
      expectLifetime(time, before, ttlSeconds);
    });

    it('tells the time granted and the time left', async () => {
      const { store, time } = await openFor(options);
      const before = time.clock.monotonic();
      const { id, ttlSeconds } = await store.leases.grant(30);
      expect(ttlSeconds).toBeGreaterThanOrEqual(30);
      await time.pass(2_000);
      const { grantedSeconds, remainingSeconds } = await store.leases.timeToLive(id);
      const passed = (time.clock.monotonic() - before) / 1000;
      expect(grantedSeconds).toBe(ttlSeconds);
      // Whole seconds.
      expect(remainingSeconds).toBeGreaterThanOrEqual(Math.floor(ttlSeconds - passed));
      expect(remainingSeconds).toBeLessThanOrEqual(ttlSeconds - 2);
    });

    it('knows no lease that ran out, was revoked or never was', async () => {
      const { store, time } = await openFor(options);
      const { id, ttlSeconds } = await store.leases.grant(time.leaseSeconds);
      await store.create('/mark', bytes('1'), { lease: id });
      const revoked = await store.leases.grant(60);
      await store.leases.revoke(revoked.id);
      await time.until(new WatchReader(store, '/', 2).nextEvents(), ttlSeconds * 1000);
      for (const gone of [id, revoked.id, '987654321']) {
        await expect(store.leases.keepAlive(gone)).rejects.toMatchObject({ code: 'LEASE_GONE' });
        await expect(store.leases.timeToLive(gone)).rejects.toMatchObject({ code: 'LEASE_GONE' });
        await expect(store.leases.revoke(gone)).rejects.toMatchObject({ code: 'LEASE_GONE' });
        await expect(store.create('/a', bytes('1'), { lease: gone })).rejects.toMatchObject({ code: 'LEASE_GONE', outcome: 'notApplied' });
      }
      expect(await store.currentRevision()).toBe(3);
    });

    it('revokes in one revision, and in none if the lease has no keys', async () => {
      const { store } = await openFor(options);
      const full = await store.leases.grant(60);
      const empty = await store.leases.grant(60);
      await store.create('/a', bytes('1'), { lease: full.id });
      await store.create('/b', bytes('1'), { lease: full.id });
      await store.leases.revoke(empty.id);
      expect(await store.currentRevision()).toBe(3);
      await store.leases.revoke(full.id);
      expect(await store.currentRevision()).toBe(4);
      expect((await store.list('/')).items).toEqual([]);
    });

    it('follows a key that leaves its lease, moves to another or is created anew', async () => {
      const { store } = await openFor(options);
      const first = await store.leases.grant(60);
      const second = await store.leases.grant(60);
      for (const key of ['/leaves', '/moves', '/anew', '/stays']) await store.create(key, bytes('1'), { lease: first.id });
      await store.update('/leaves', bytes('2'), 2);
      await store.update('/moves', bytes('2'), 3, { lease: second.id });
      await store.delete('/anew', 4);
      await store.create('/anew', bytes('2'));
      await store.leases.revoke(first.id);
      expect((await store.list('/')).items.map(({ key }) => key)).toEqual(['/anew', '/leaves', '/moves']);
      await store.leases.revoke(second.id);
      expect((await store.list('/')).items.map(({ key }) => key)).toEqual(['/anew', '/leaves']);
    });

    it('wakes no watcher when a lease is granted or kept alive', async () => {
      const { store } = await openFor(options);
      const watch = new WatchReader(store, '/', 1);
      await watch.progress();
      let woken = false;
      const next = watch.next().then((batch) => {
        woken = true;
        return batch;
      });
      const { id } = await store.leases.grant(60);
      for (let turn = 0; turn < 10; turn += 1) await store.leases.keepAlive(id);
      await settle();
      expect(woken).toBe(false);
      await store.create('/a', bytes('1'));
      expect((await next)?.revision).toBe(2);
    });

    it('lets leases run out each at its own time', async () => {
      const { store, time } = await openFor(options);
      const before = time.clock.monotonic();
      const times = [3, 1, 2].map((factor) => factor * time.leaseSeconds);
      for (const seconds of times) {
        const { id } = await store.leases.grant(seconds);
        await store.create(`/after-${seconds}`, bytes('1'), { lease: id });
      }
      const watch = new WatchReader(store, '/', 4);
      await watch.progress();
      for (const seconds of times.sort((a, b) => a - b)) {
        const { events } = await time.until(watch.nextEvents(), time.leaseSeconds * 1000);
        expect(events.map(({ key }) => key)).toEqual([`/after-${seconds}`]);
        expectLifetime(time, before, seconds);
      }
    });
  });
}

/** Not shorter than the lease (S15); and where time can be told exactly, not longer. */
function expectLifetime(time: SuiteTime, before: number, seconds: number): void {
  const lived = time.clock.monotonic() - before;
  expect(lived).toBeGreaterThanOrEqual(seconds * 1000);
  expect(lived).toBeLessThanOrEqual(seconds * 1000 + time.tolerance);
}
