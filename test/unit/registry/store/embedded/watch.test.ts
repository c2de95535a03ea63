import { silentLogger } from '../../../../../src/base/logger';
import type { Position } from '../../../../../src/registry/store/embedded/revision-log';
import { openLevelLog } from '../../../../../src/registry/store/embedded/level-log';
import { openEmbeddedStore } from '../../../../../src/registry/store/embedded/store';
import type { Store, StoreEvent } from '../../../../../src/registry/store/store';
import { FailingLog } from '../../../../support/failing-log';
import { FakeClock } from '../../../../support/fake-clock';
import { temporaryFolder } from '../../../../support/temporary-folder';

const mebibyte = 2 ** 20;

/** Tells how many bytes each read took from the disk. */
class MeasuredLog extends FailingLog {
  readonly reads: number[] = [];

  override async read(positions: readonly Position[]): Promise<readonly (Uint8Array | null | undefined)[]> {
    const values = await super.read(positions);
    this.reads.push(values.reduce((sum, value) => sum + (value?.byteLength ?? 0), 0));
    return values;
  }
}

describe('a watch from the past of an embedded store', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let log: MeasuredLog;
  let store: Store;

  beforeEach(async () => {
    folder = await temporaryFolder('watch');
    log = new MeasuredLog(await openLevelLog(folder.path));
    // No superseded value stays in memory: the watch has to read each of them.
    store = await openEmbeddedStore({ directory: folder.path, clock: new FakeClock(), logger: silentLogger, historyBytes: 0, openLog: () => Promise.resolve(log) });
  });
  afterEach(async () => {
    await store.close();
    await folder.remove();
  });

  const changeOften = async (bytes: number, times: number): Promise<void> => {
    let { revision } = await store.create('/a', new Uint8Array(bytes));
    for (let change = 1; change < times; change += 1) ({ revision } = await store.update('/a', new Uint8Array(bytes).fill(change), revision));
  };
  const watchAll = async (): Promise<StoreEvent[]> => {
    const ending = new AbortController();
    const events: StoreEvent[] = [];
    for await (const batch of store.watch('/', { after: 1, signal: ending.signal })) {
      if (batch.events.length === 0) ending.abort();
      events.push(...batch.events);
    }
    return events;
  };

  it('takes over few large values at a time, and misses none', async () => {
    await changeOften(mebibyte, 20);
    const events = await watchAll();
    expect(events.map(({ item, previous }) => [item?.value[0], previous?.value[0]])).toEqual(
      Array.from({ length: 20 }, (_, change) => [change, change === 0 ? undefined : change - 1]),
    );
    expect(Math.max(...log.reads)).toBeLessThanOrEqual(4 * mebibyte);
  });

  it('takes over many small ones at once', async () => {
    await changeOften(10, 100);
    expect(await watchAll()).toHaveLength(100);
    expect(log.reads).toHaveLength(2);
  });

  it('takes over a revision that is larger than all of that by itself', async () => {
    const { id } = await store.leases.grant(60);
    for (let key = 0; key < 6; key += 1) await store.create(`/k${key}`, new Uint8Array(mebibyte), { lease: id });
    await store.leases.revoke(id);
    await store.create('/z', new Uint8Array(mebibyte));
    const events = await watchAll();
    expect(events.map(({ type }) => type)).toEqual([...Array<string>(6).fill('put'), ...Array<string>(6).fill('delete'), 'put']);
  });
});
