import { silentLogger } from '../../../../src/base/logger';
import { compactionTarget, runCompactor } from '../../../../src/registry/store/compactor';
import { openMemoryStore } from '../../../../src/registry/store/memory/store';
import type { Store } from '../../../../src/registry/store/store';
import { FakeClock } from '../../../support/fake-clock';
import { FaultyStore } from '../../../support/faulty-store';

const minute = 60_000;

describe('compactionTarget', () => {
  const samples = [
    { at: 0, head: 100 },
    { at: 60, head: 200 },
    { at: 120, head: 300 },
  ];

  it.each([
    { oldEnough: 60, keepRevisions: 10, target: 200, because: 'what is younger than the limit is kept' },
    { oldEnough: 119, keepRevisions: 150, target: 150, because: 'the newest revisions are kept however old they are' },
    { oldEnough: -1, keepRevisions: 10, target: 0, because: 'nothing is old enough' },
    { oldEnough: 120, keepRevisions: 1000, target: 0, because: 'there are not that many revisions' },
  ])('is $target: $because', ({ oldEnough, keepRevisions, target }) => {
    expect(compactionTarget(samples, oldEnough, keepRevisions)).toBe(target);
  });

  it('is nothing without a sample', () => {
    expect(compactionTarget([], 0, 0)).toBe(0);
  });
});

describe('runCompactor', () => {
  const clock = new FakeClock();
  let inner: Store;
  let store: FaultyStore;
  let controller: AbortController;
  let running: Promise<void>;

  const start = async (): Promise<void> => {
    inner = await openMemoryStore({ clock });
    store = new FaultyStore(inner);
    controller = new AbortController();
    running = runCompactor({ store, clock, logger: silentLogger, signal: controller.signal, keepRevisions: 20 });
  };
  const write = async (count: number): Promise<void> => {
    for (let written = 0; written < count; written += 1) {
      await inner.create('/a', new Uint8Array(1));
      await inner.delete('/a', await inner.currentRevision());
    }
  };
  beforeEach(start);
  afterEach(async () => {
    controller.abort();
    await running;
    await inner.close();
  });

  it('forgets what is old enough and beyond the newest revisions', async () => {
    await write(50);
    await clock.advance(5 * minute);
    expect(await inner.oldestRevision()).toBe(1);
    await clock.advance(minute);
    expect(await inner.oldestRevision()).toBe(81);
    await clock.advance(10 * minute);
    expect(await inner.oldestRevision()).toBe(81);
  });

  it('goes on after failures', async () => {
    store.refuse({ verbs: ['currentRevision'], code: 'UNAVAILABLE', when: 'before', times: 3 });
    await write(50);
    await clock.advance(10 * minute);
    expect(await inner.oldestRevision()).toBe(81);
  });

  it('ends when it is told to, at once', async () => {
    controller.abort();
    await running;
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends when the store is closed', async () => {
    await inner.close();
    await clock.advance(minute);
    await running;
  });
});
