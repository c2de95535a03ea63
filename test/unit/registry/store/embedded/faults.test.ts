import { silentLogger } from '../../../../../src/base/logger';
import { openEmbeddedStore } from '../../../../../src/registry/store/embedded/store';
import type { Store } from '../../../../../src/registry/store/store';
import { FailingLog } from '../../../../support/failing-log';
import { FakeClock, settle } from '../../../../support/fake-clock';
import { temporaryFolder } from '../../../../support/temporary-folder';
import { inWords, WatchReader } from '../../../../support/watch-reader';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const recoveryInterval = 1000;

describe('the embedded store on a failing disk', () => {
  let folder: { path: string; remove: () => Promise<void> };
  let clock: FakeClock;
  let log: FailingLog;
  let store: Store;

  const open = (): Promise<Store> =>
    openEmbeddedStore({
      directory: folder.path,
      clock,
      logger: silentLogger,
      openLog: async (directory) => (log = await FailingLog.open(directory)),
    });

  beforeEach(async () => {
    folder = await temporaryFolder('faults');
    clock = new FakeClock();
    store = await open();
    await store.create('/a', bytes('1'));
  });

  afterEach(async () => {
    await store.close();
    await folder.remove();
  });

  const keysAfterReopen = async (): Promise<string[]> => {
    await store.close();
    store = await open();
    return (await store.list('/')).items.map(({ key, modRevision }) => `${key}@${modRevision}`);
  };

  /** Until what was set off has come back from the disk. */
  const writable = async (): Promise<void> => {
    await clock.advance(recoveryInterval);
    for (;;) {
      const outcome = await store.delete('/nothing', 1).catch((error: { code: string }) => error.code);
      if (outcome === 'NOT_FOUND') return;
      await settle();
    }
  };

  it.each(['before', 'after'] as const)(
    'refuses the writes of a group that failed %s it reached the disk, leaves nothing of it, and goes on',
    async (when) => {
      log.failNextAppend(when);
      const group = ['/b', '/c'].map((key) => store.create(key, bytes('lost')));
      for (const write of group) await expect(write).rejects.toMatchObject({ code: 'FULL', outcome: 'notApplied' });
      expect(await store.currentRevision()).toBe(2);
      expect(await store.create('/d', bytes('2'))).toEqual({ revision: 3 });
      expect(await keysAfterReopen()).toEqual(['/a@2', '/d@3']);
    },
  );

  it('says that the outcome is unknown while the disk cannot be asked, and refuses what comes later at once', async () => {
    log.failNextAppend('after');
    log.room = false;
    await expect(store.create('/b', bytes('lost'))).rejects.toMatchObject({ code: 'FULL', outcome: 'unknown' });
    await expect(store.create('/c', bytes('lost'))).rejects.toMatchObject({ code: 'FULL', outcome: 'notApplied' });
    await expect(store.leases.grant(5)).rejects.toMatchObject({ code: 'FULL', outcome: 'notApplied' });
    await expect(store.compact(2)).rejects.toMatchObject({ code: 'FULL' });
  });

  it('decides no write on the ground of one that did not reach the disk', async () => {
    log.failNextAppend('before');
    log.room = false;
    const first = store.create('/b', bytes('1'));
    const second = store.create('/b', bytes('2'));
    await expect(first).rejects.toMatchObject({ code: 'FULL' });
    await expect(second).rejects.toMatchObject({ code: 'FULL', outcome: 'notApplied' });
  });

  it('reads and watches while it cannot write, and shows nothing that is not durable', async () => {
    const watch = new WatchReader(store, '/', 2);
    await watch.progress();
    const next = watch.nextEvents();
    log.failNextAppend('after');
    log.room = false;
    await expect(store.update('/a', bytes('2'), 2)).rejects.toMatchObject({ code: 'FULL' });
    expect((await store.get('/a')).item?.modRevision).toBe(2);
    expect((await store.list('/', { revision: 2 })).items).toHaveLength(1);
    log.room = true;
    await writable();
    await store.update('/a', bytes('3'), 2);
    expect(inWords([await next])).toEqual(['3 put /a=3 (was 1)']);
  });

  it('writes again by itself when there is space again', async () => {
    log.failNextAppend('before');
    log.room = false;
    await expect(store.create('/b', bytes('1'))).rejects.toMatchObject({ code: 'FULL' });
    await clock.advance(5 * recoveryInterval);
    await expect(store.create('/b', bytes('1'))).rejects.toMatchObject({ code: 'FULL' });
    log.room = true;
    await writable();
    expect(await store.create('/b', bytes('1'))).toEqual({ revision: 3 });
    expect(await keysAfterReopen()).toEqual(['/a@2', '/b@3']);
  });

  it('says why it refuses writes, and by itself that it does not any more (S16)', async () => {
    log.failNextAppend('before');
    await expect(store.create('/b', bytes('1'))).rejects.toMatchObject({ code: 'FULL' });
    expect(store.writeFault()).toBeNull();
    log.failNextAppend('before');
    log.room = false;
    await expect(store.create('/b', bytes('1'))).rejects.toMatchObject({ code: 'FULL' });
    expect(store.writeFault()).toMatchObject({ code: 'FULL', outcome: 'notApplied' });
    await clock.advance(5 * recoveryInterval);
    expect(store.writeFault()).toMatchObject({ code: 'FULL' });
    log.room = true;
    await clock.advance(recoveryInterval);
    while (store.writeFault()) await settle();
    expect(await store.create('/b', bytes('1'))).toEqual({ revision: 3 });
  });

  it('removes leases that ran out meanwhile as soon as it can write', async () => {
    const { id } = await store.leases.grant(5);
    await store.create('/leased', bytes('1'), { lease: id });
    log.failNextAppend('before');
    log.room = false;
    await expect(store.create('/b', bytes('1'))).rejects.toMatchObject({ code: 'FULL' });
    await clock.advance(10_000);
    expect((await store.get('/leased')).item).not.toBeNull();
    await expect(store.leases.keepAlive(id)).rejects.toMatchObject({ code: 'LEASE_GONE' });
    log.room = true;
    await writable();
    while ((await store.currentRevision()) < 4) await clock.advance(0);
    expect((await store.get('/leased')).item).toBeNull();
  });

  it('closes while it cannot write', async () => {
    log.failNextAppend('before');
    log.room = false;
    await expect(store.create('/b', bytes('1'))).rejects.toMatchObject({ code: 'FULL' });
    await store.close();
    expect(clock.pendingTimers).toBe(0);
    expect(await keysAfterReopen()).toEqual(['/a@2']);
  });

  it('acknowledges nothing and shows nothing before the disk has it', async () => {
    const watch = new WatchReader(store, '/', 2);
    await watch.progress();
    const seen: string[] = [];
    const next = watch.nextEvents().then((batch) => seen.push('event') && batch);
    const gate = log.holdNextAppend();
    const write = store.create('/b', bytes('1')).then(() => seen.push('acknowledged'));
    await gate.reached();
    await settle();
    expect(seen).toEqual([]);
    expect((await store.get('/b')).item).toBeNull();
    expect(await store.currentRevision()).toBe(2);
    gate.open();
    await Promise.all([write, next]);
    expect([...seen].sort()).toEqual(['acknowledged', 'event']);
  });

  it('collects what comes while a group is on its way into one next group', async () => {
    const gate = log.holdNextAppend();
    const first = store.create('/first', bytes('1'));
    await gate.reached();
    const later = Array.from({ length: 30 }, (_, index) => store.create(`/later/${index}`, bytes('1')));
    gate.open();
    await Promise.all([first, ...later]);
    expect(log.appends.map(({ records }) => records.length)).toEqual([1, 1, 30]);
  });

  it('goes on with a compaction that was cut short, after it was opened again', async () => {
    for (let revision = 2; revision < 2500; revision += 1) void store.update('/a', bytes(String(revision)), revision);
    await store.create('/gone', bytes('1'));
    await store.delete('/gone', 2501);
    log.allowDrops(1);
    await store.compact(2502);
    expect(await recordsOf(log)).toHaveLength(1501);
    await store.close();
    store = await open();
    expect((await store.get('/gone')).item).toBeNull();
    expect(await store.oldestRevision()).toBe(2502);
    await store.create('/b', bytes('1'));
    while ((await log.state()).finished < 2502) await settle();
    expect(await recordsOf(log)).toEqual([2500, 2503]);
  });

  it('takes up a failed removal of old records with the next compaction', async () => {
    for (let revision = 2; revision < 10; revision += 1) await store.update('/a', bytes(String(revision)), revision);
    log.allowDrops(0);
    await store.compact(5);
    expect(await recordsOf(log)).toHaveLength(9);
    log.allowDrops(Infinity);
    await store.compact(8);
    expect(await recordsOf(log)).toEqual([8, 9, 10]);
  });
});

async function recordsOf(log: FailingLog): Promise<number[]> {
  const revisions: number[] = [];
  for await (const { revision } of log.records()) revisions.push(revision);
  return revisions;
}
