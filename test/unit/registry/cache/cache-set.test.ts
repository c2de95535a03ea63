import type { Pod } from '../../../../src/api/pod';
import { nextTurn } from '../../../../src/base/clock';
import { silentLogger } from '../../../../src/base/logger';
import { CacheSet } from '../../../../src/registry/cache/cache-set';
import { encodeObject, thisWrite } from '../../../../src/registry/codec';
import { KeySpace } from '../../../../src/registry/keys';
import type { StoredValue } from '../../../../src/registry/store/store';
import { aPod } from '../../../support/builders';
import { FakeClock } from '../../../support/fake-clock';
import { RecordingLogger } from '../../../support/recording-logger';

const keys = new KeySpace('/registry/');
const web = keys.ofObject('Pod', { namespace: 'default', name: 'web' });
const { uid } = aPod();
/** `kilobytes` larger than a small pod. */
const sized = (kilobytes: number): Pod => aPod({ uid, annotations: { note: 'x'.repeat(kilobytes * 1024) } });

describe('what the ring of a cache set keeps alive', () => {
  let set: CacheSet;
  const open = (window: { events?: number; bytes?: number } = {}): void => {
    const { events = 20_000, bytes = Infinity } = window;
    set = new CacheSet({ keys, clock: new FakeClock(), logger: new RecordingLogger(), window: { events, bytes } });
    void set.load([], 1);
  };
  const itemOf = (pod: Pod, revision: number, value = encodeObject(pod, 0)): StoredValue => ({
    key: keys.ofObject('Pod', pod),
    value,
    createRevision: revision,
    modRevision: revision,
    version: 1,
    lease: null,
  });
  /** One revision of the store; the size of the value that it wrote. */
  const put = (pod: Pod, value?: Uint8Array): number => {
    const revision = set.revision + 1;
    const item = itemOf(pod, revision, value);
    set.apply({ revision, events: [{ type: 'put', key: item.key, item, previous: null }] });
    return item.value.byteLength;
  };
  const remove = (): void => {
    const revision = set.revision + 1;
    set.apply({ revision, events: [{ type: 'delete', key: web, item: null, previous: null }] });
  };

  it('is each state that has ended, once, as long as it was encoded; what is there now costs the ring nothing', () => {
    open();
    const first = put(sized(1));
    expect(set.ring.bytes).toBe(0);
    const second = put(sized(2));
    expect(set.ring.bytes).toBe(first);
    remove();
    expect(set.ring.bytes).toBe(first + second);
    const third = put(sized(3));
    expect(set.ring.bytes).toBe(first + second);
    put(sized(4));
    expect(set.ring.bytes).toBe(first + second + third);
  });

  it('is counted once when another object took the name', () => {
    open();
    const first = put(sized(1));
    put({ ...sized(2), uid: aPod().uid });
    expect(set.ring).toMatchObject({ bytes: first, size: 3 });
  });

  it('grows neither by what cannot be decoded nor by a key of somebody else', () => {
    open();
    const first = put(sized(1));
    put(sized(9), Uint8Array.from([250, 1, 2, 3]));
    expect(set.ring.bytes).toBe(0);
    put(sized(1));
    expect(set.ring.bytes).toBe(first);
    const revision = set.revision + 1;
    const item = { ...itemOf(sized(1), revision), key: '/registry/elections/scheduler' };
    set.apply({ revision, events: [{ type: 'put', key: item.key, item, previous: null }] });
    expect(set.ring.bytes).toBe(first);
  });

  it('counts what a relist ends', async () => {
    open();
    const first = put(sized(1));
    await set.replace([itemOf(sized(2), 50)], 50);
    expect(set.ring.bytes).toBe(first);
    await set.replace([], 60);
    expect(set.ring.bytes).toBe(first + itemOf(sized(2), 50).value.byteLength);
  });

  it('stays within its bytes however often large objects change, and reads on from what is left', () => {
    const bytes = 10 * 1024 * 1024;
    open({ bytes });
    for (let change = 0; change < 200; change += 1) {
      put(sized(200));
      expect(set.ring.bytes).toBeLessThanOrEqual(bytes);
    }
    expect(set.ring.bytes).toBeGreaterThan(bytes - 300 * 1024);
    expect(set.ring.size).toBeLessThan(60);
    expect(set.ring.positionAfter(set.revision - set.ring.size)).not.toBeNull();
    expect(set.ring.positionAfter(set.revision - set.ring.size - 1)).toBeNull();
  });
});

function items(count: number): StoredValue[] {
  return Array.from({ length: count }, (_, i) => {
    const pod = aPod({ name: `p-${i}` });
    return { key: keys.ofObject('Pod', pod), value: encodeObject(pod, thisWrite), createRevision: i + 2, modRevision: i + 2, version: 1, lease: null };
  });
}

const newSet = (): CacheSet => new CacheSet({ keys, clock: new FakeClock(), logger: silentLogger, window: { events: 100, bytes: Infinity } });

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
