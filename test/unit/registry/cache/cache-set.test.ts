import { nextTurn } from '../../../../src/base/clock';
import { silentLogger } from '../../../../src/base/logger';
import { CacheSet } from '../../../../src/registry/cache/cache-set';
import { encodeObject, thisWrite } from '../../../../src/registry/codec';
import { KeySpace, registryPrefix } from '../../../../src/registry/keys';
import type { StoredValue } from '../../../../src/registry/store/store';
import { aPod } from '../../../support/builders';
import { FakeClock } from '../../../support/fake-clock';

const keys = new KeySpace(registryPrefix);

function items(count: number): StoredValue[] {
  return Array.from({ length: count }, (_, i) => {
    const pod = aPod({ name: `p-${i}` });
    return { key: keys.ofObject('Pod', pod), value: encodeObject(pod, thisWrite), createRevision: i + 2, modRevision: i + 2, version: 1, lease: null };
  });
}

const newSet = (): CacheSet => new CacheSet({ keys, clock: new FakeClock(), logger: silentLogger, windowEvents: 100 });

/** Turns of the event loop until the work is over. */
async function turnsDuring(work: Promise<void>): Promise<number> {
  let isOver = false;
  const over = work.then(() => {
    isOver = true;
  });
  let turns = 0;
  for (; !isOver; turns += 1) await nextTurn();
  await over;
  return turns;
}

describe('a large list', () => {
  it('is loaded in turns with everybody else', async () => {
    const set = newSet();
    expect(await turnsDuring(set.load(items(1_000), 1_001))).toBeGreaterThanOrEqual(9);
    expect(set.caches.Pod.lister.list()).toHaveLength(1_000);
  });

  it('is decoded in turns when it replaces what is there, and shown at once', async () => {
    const set = newSet();
    await set.load(items(3), 4);
    const sizes = new Set<number>();
    const replacing = set.replace(items(1_000), 2_000);
    const turns = turnsDuring(replacing);
    for (let turn = 0; turn < 5; turn += 1) {
      sizes.add(set.caches.Pod.lister.list().length);
      await nextTurn();
    }
    expect([...sizes]).toEqual([3]);
    expect(await turns).toBeGreaterThanOrEqual(9);
    expect(set.caches.Pod.lister.list()).toHaveLength(1_000);
    expect(set.revision).toBe(2_000);
  });
});
