import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '../../../../../src/base/logger';
import { openEmbeddedStore } from '../../../../../src/registry/store/embedded/store';
import type { Store } from '../../../../../src/registry/store/store';
import { FakeClock, settle } from '../../../../support/fake-clock';
import { mountSmallDisk, noSmallDisk } from '../../../../support/small-disk';

const reason = noSmallDisk();
const onSmallDisk = reason === undefined ? it : it.skip;

describe('the embedded store on a disk that is really full', () => {
  onSmallDisk(
    `refuses writes with FULL, reads on, writes again when there is space, and has lost nothing${reason ? ` (not here: ${reason})` : ''}`,
    async () => {
      const disk = mountSmallDisk(24);
      const clock = new FakeClock();
      const ballast = join(disk.path, 'ballast');
      writeFileSync(ballast, Buffer.alloc(12 * 2 ** 20));
      const open = (): Promise<Store> => openEmbeddedStore({ directory: join(disk.path, 'data'), clock, logger: silentLogger });
      let store = await open();
      const keys = async (): Promise<string[]> => (await store.list('/k')).items.map(({ key }) => key);
      try {
        const { acknowledged, refusal } = await fill(store);
        expect(refusal).toMatchObject({ code: 'FULL' });
        expect(store.writeFault()).toMatchObject({ code: 'FULL' });
        await expect(store.create('/more', new Uint8Array(1))).rejects.toMatchObject({ code: 'FULL', outcome: 'notApplied' });
        expect(await keys()).toEqual(acknowledged);

        writeFileSync(ballast, '');
        await createWhenPossible(store, '/more', clock);
        expect(store.writeFault()).toBeNull();
        expect(await store.currentRevision()).toBe(acknowledged.length + 2);
        await store.close();
        store = await open();
        expect(await keys()).toEqual(acknowledged);
        expect((await store.get('/more')).item?.modRevision).toBe(acknowledged.length + 2);
      } finally {
        await store.close();
        disk.unmount();
      }
    },
    60_000,
  );
});

async function fill(store: Store): Promise<{ acknowledged: string[]; refusal: unknown }> {
  const acknowledged: string[] = [];
  for (;;) {
    const key = `/k${String(acknowledged.length).padStart(5, '0')}`;
    try {
      await store.create(key, Buffer.alloc(20_000, acknowledged.length));
      acknowledged.push(key);
    } catch (refusal) {
      return { acknowledged, refusal };
    }
  }
}

async function createWhenPossible(store: Store, key: string, clock: FakeClock): Promise<void> {
  for (;;) {
    await clock.advance(1000);
    try {
      await store.create(key, new Uint8Array(1));
      return;
    } catch (error) {
      expect(error).toMatchObject({ code: 'FULL' });
      await settle();
    }
  }
}
