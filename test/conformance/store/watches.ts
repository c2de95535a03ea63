import type { Revision, Store, WatchBatch } from '../../../src/registry/store/store';
import { inWords, WatchReader } from '../../support/watch-reader';
import type { StoreContractOptions } from './harness';
import { bytes, invariant, openFor } from './harness';

export function describeWatches(options: StoreContractOptions): void {
  invariant(options, 'S6', 'a watch delivers each event once, in order, without gap or overlap', () => {
    it('delivers the past, then the present, under the prefix only', async () => {
      const { store } = await openFor(options);
      await store.create('/p/a', bytes('1'));
      await store.create('/q/x', bytes('1'));
      await store.create('/p/b', bytes('1'));
      const watch = new WatchReader(store, '/p/', 1);
      expect(inWords([await watch.nextEvents(), await watch.nextEvents()])).toEqual(['2 put /p/a=1', '4 put /p/b=1']);
      await store.create('/q/y', bytes('1'));
      await store.update('/p/a', bytes('2'), 2);
      expect(inWords([await watch.nextEvents()])).toEqual(['6 put /p/a=2 (was 1)']);
    });

    it('delivers a watch after the head only what comes later', async () => {
      const { store } = await openFor(options);
      await store.create('/a', bytes('1'));
      const watch = new WatchReader(store, '/', 2);
      await store.delete('/a', 2);
      expect(inWords([await watch.nextEvents()])).toEqual(['3 delete /a (was 1)']);
    });

    it('takes a reader who starts before the first write', async () => {
      const { store } = await openFor(options);
      await store.create('/a', bytes('1'));
      expect(inWords([await new WatchReader(store, '/', 0).nextEvents()])).toEqual(['2 put /a=1']);
    });

    it('is silent about a revision in the future until it is passed', async () => {
      const { store, time } = await openFor(options);
      const watch = new WatchReader(store, '/', 4);
      const batches: WatchBatch[] = [];
      const first = watch.next().then((batch) => batch && batches.push(batch));
      await store.create('/a', bytes('1'));
      await store.create('/b', bytes('1'));
      await time.pass(3 * time.progressInterval);
      expect(batches).toEqual([]);
      await store.create('/c', bytes('1'));
      await store.create('/d', bytes('1'));
      await first;
      const later = batches[0]?.events.length ? batches[0] : await watch.nextEvents();
      expect(inWords([later])).toEqual(['5 put /d=1']);
    });

    it('joins a list and the watch after it without gap or overlap, while others write', async () => {
      const { store } = await openFor(options);
      const total = 200;
      const writing = (async () => {
        for (let index = 0; index < total; index += 1) await store.create(`/k${index}`, bytes('1'));
      })();
      const readers = Array.from({ length: 5 }, async (_, reader) => {
        while ((await store.currentRevision()) < 20 * reader) await new Promise((resolve) => setImmediate(resolve));
        const list = await store.list('/');
        const seen = list.items.map(({ modRevision }) => modRevision).sort((a, b) => a - b);
        const watch = new WatchReader(store, '/', list.revision);
        while (seen.length < total) seen.push((await watch.nextEvents()).revision);
        watch.abort();
        return seen;
      });
      await writing;
      const expected = Array.from({ length: total }, (_, index) => index + 2);
      for (const seen of await Promise.all(readers)) expect(seen).toEqual(expected);
    });

    it('delivers the same events to each of many watchers', async () => {
      const { store } = await openFor(options);
      const watches = Array.from({ length: 50 }, () => new WatchReader(store, '/', 1));
      const reading = watches.map((watch) => collect(watch, 31));
      for (let index = 0; index < 30; index += 1) await store.create(`/k${index}`, bytes('1'));
      const all = await Promise.all(reading);
      expect(all[0]).toEqual(Array.from({ length: 30 }, (_, index) => index + 2));
      for (const seen of all) expect(seen).toEqual(all[0]);
    });

    it('goes on after a break where the reader stopped', async () => {
      const { store } = await openFor(options);
      for (let index = 0; index < 10; index += 1) await store.create(`/k${index}`, bytes('1'));
      const first = new WatchReader(store, '/', 1);
      const seen = [(await first.nextEvents()).revision, (await first.nextEvents()).revision];
      first.abort();
      const second = new WatchReader(store, '/', seen.at(-1) as Revision);
      seen.push(...(await second.untilProgress()).batches.map(({ revision }) => revision));
      expect(seen).toEqual(Array.from({ length: 10 }, (_, index) => index + 2));
    });
  });

  invariant(options, 'S7', 'events of one revision arrive in one batch', () => {
    it('delivers the removal of all keys of a lease as one batch, past and present alike', async () => {
      const { store } = await openFor(options);
      const { id } = await store.leases.grant(60);
      for (const key of ['/b', '/a', '/c']) await store.create(key, bytes('1'), { lease: id });
      const live = new WatchReader(store, '/', 4);
      await live.progress();
      await store.leases.revoke(id);
      const late = new WatchReader(store, '/', 4);
      for (const watch of [live, late]) {
        expect(inWords([await watch.nextEvents()])).toEqual(['5 delete /a (was 1)', '5 delete /b (was 1)', '5 delete /c (was 1)']);
      }
    });
  });

  invariant(options, 'S8', 'each event carries the previous value', () => {
    it('has none for a create, and the one before for update and delete', async () => {
      const { store } = await openFor(options);
      await store.create('/a', bytes('1'));
      await store.update('/a', bytes('2'), 2);
      await store.delete('/a', 3);
      await store.create('/a', bytes('3'));
      const { batches } = await new WatchReader(store, '/', 1).untilProgress();
      expect(inWords(batches)).toEqual(['2 put /a=1', '3 put /a=2 (was 1)', '4 delete /a (was 2)', '5 put /a=3']);
      expect(batches[1]?.events[0]?.previous).toMatchObject({ modRevision: 2, createRevision: 2, version: 1, lease: null });
    });

    it('has it also directly after the compacted revision', async () => {
      const { store } = await openFor(options);
      await store.create('/a', bytes('1'));
      await store.update('/a', bytes('2'), 2);
      await store.compact(2);
      const { batches } = await new WatchReader(store, '/', 2).untilProgress();
      expect(inWords(batches)).toEqual(['3 put /a=2 (was 1)']);
    });
  });

  invariant(options, 'S9', 'a watch from a compacted revision fails at once', () => {
    const prepare = async (store: Store): Promise<void> => {
      await store.create('/a', bytes('1'));
      await store.create('/b', bytes('1'));
      await store.create('/c', bytes('1'));
      await store.compact(3);
    };

    it('delivers nothing before it says the oldest usable revision', async () => {
      const { store } = await openFor(options);
      await prepare(store);
      for (const after of [0, 1, 2]) {
        const { batches, error } = await new WatchReader(store, '/', after).untilError();
        expect(batches).toEqual([]);
        expect(error).toMatchObject({ code: 'COMPACTED', oldest: 3 });
      }
    });

    it('serves a watch after the compacted revision itself', async () => {
      const { store } = await openFor(options);
      await prepare(store);
      const { batches } = await new WatchReader(store, '/', 3).untilProgress();
      expect(inWords(batches)).toEqual(['4 put /c=1']);
    });

    it('loses nothing in silence when compaction overtakes a watch', async () => {
      const { store } = await openFor(options);
      for (let index = 0; index < 500; index += 1) await store.create(`/k${index}`, bytes('1'));
      const watch = new WatchReader(store, '/', 1);
      const seen = [(await watch.nextEvents()).revision];
      await store.compact(501);
      // What a store has sent already may still arrive; what it has not is an error.
      const error = await (async () => {
        while (seen.at(-1) !== 501) seen.push((await watch.nextEvents()).revision);
      })().catch((failure: unknown) => failure);
      expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => index + 2));
      if (seen.at(-1) !== 501) expect(error).toMatchObject({ code: 'COMPACTED', oldest: 501 });
    });

    it('leaves a watch alone that has seen what is compacted', async () => {
      const { store } = await openFor(options);
      await store.create('/a', bytes('1'));
      const watch = new WatchReader(store, '/', 1);
      await watch.untilProgress();
      const next = watch.nextEvents();
      await store.create('/b', bytes('1'));
      expect((await next).revision).toBe(3);
      const after = watch.nextEvents();
      await store.compact(3);
      await store.create('/c', bytes('1'));
      expect((await after).revision).toBe(4);
    });
  });
}

/** Revisions of events up to this one. */
async function collect(watch: WatchReader, last: Revision): Promise<Revision[]> {
  const seen: Revision[] = [];
  while ((seen.at(-1) ?? 0) < last) seen.push((await watch.nextEvents()).revision);
  watch.abort();
  return seen;
}
