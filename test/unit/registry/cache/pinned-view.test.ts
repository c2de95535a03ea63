import fc from 'fast-check';
import type { Pod } from '../../../../src/api/pod';
import type { Registries, Snapshot } from '../../../../src/registry';
import { silentLogger } from '../../../../src/base/logger';
import { CacheSet } from '../../../../src/registry/cache/cache-set';
import { pinAt, pinPresent } from '../../../../src/registry/cache/pinned-view';
import { encodeObject } from '../../../../src/registry/codec';
import { KeySpace, compareRefs } from '../../../../src/registry/keys';
import { aPod } from '../../../support/builders';
import { FakeClock } from '../../../support/fake-clock';
import { aPodDraft, openRegistries } from '../../../support/registries';

const keys = new KeySpace('/registry/');
const step = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  namespace: fc.constantFrom('x', 'y'),
  app: fc.constantFrom('web', 'db'),
  nodeName: fc.option(fc.constantFrom('n1')),
  gone: fc.boolean(),
});

function newSet(windowEvents: number, windowBytes = Infinity): CacheSet {
  const set = new CacheSet({ keys, clock: new FakeClock(), logger: silentLogger, window: { events: windowEvents, bytes: windowBytes } });
  void set.load([], 1);
  return set;
}

/** One revision of the store, straight into the caches. */
function write(set: CacheSet, pod: Pod, gone = false): void {
  const revision = set.revision + 1;
  const key = keys.ofObject('Pod', pod);
  const item = { key, value: encodeObject(pod, 0), createRevision: revision, modRevision: revision, version: 1, lease: null };
  set.apply({ revision, events: [{ type: gone ? 'delete' : 'put', key, item: gone ? null : item, previous: null }] });
}

/** Everything a snapshot can be asked; what it says in no order is put into one. */
function everything({ pods }: Snapshot): unknown {
  const sorted = (found: readonly Pod[]): Pod[] => [...found].sort(compareRefs);
  return {
    all: pods.list(),
    x: pods.list('x'),
    web: sorted(pods.byLabels('x', { app: 'web' })),
    bound: sorted(pods.byNode('n1')),
    unbound: sorted(pods.byNode('')),
    a: pods.get('x', 'a') ?? null,
    byUid: pods.list().map((pod) => pods.byUid(pod.uid)),
  };
}

describe('a pinned view', () => {
  it('shows the state of its revision, whatever happens afterwards, and any past revision of the window can be pinned', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        const set = newSet(1_000);
        const pinned = [{ view: pinPresent(set), then: everything(pinPresent(set)), revision: 1 }];
        for (const { name, namespace, app, nodeName, gone } of steps) {
          write(set, aPod({ name, namespace, labels: { app }, spec: { nodeName } }), gone);
          pinned.push({ view: pinPresent(set), then: everything(pinPresent(set)), revision: set.revision });
        }
        for (const { view, then, revision } of pinned) {
          expect(everything(view)).toEqual(then);
          const again = pinAt(set, revision);
          expect(again && everything(again)).toEqual(then);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('cannot be made for a revision outside the window, nor for the future', () => {
    const set = newSet(2);
    for (const name of ['a', 'b', 'c', 'd']) write(set, aPod({ name }));
    expect(set.revision).toBe(5);
    expect(pinAt(set, 2)).toBeNull();
    expect(pinAt(set, 3)?.pods.list().map((pod) => pod.name)).toEqual(['a', 'b']);
    expect(pinAt(set, 6)).toBeNull();
  });

  it('is EXPIRED once the window has moved past it', () => {
    const set = newSet(2);
    const view = pinPresent(set);
    for (const name of ['a', 'b', 'c']) write(set, aPod({ name }));
    expect(() => view.pods.list()).toThrow(expect.objectContaining({ code: 'EXPIRED' }));
  });

  it('is EXPIRED, never a mixture of two moments, when the window let go of large states before their number was reached', () => {
    const set = newSet(1_000, 5_000);
    const large = (change: number): Pod => aPod({ name: 'a', annotations: { note: 'x'.repeat(2_000), change: String(change) } });
    write(set, large(0));
    const view = pinPresent(set);
    write(set, large(1));
    expect(view.pods.get('default', 'a')?.annotations['change']).toBe('0');
    for (let change = 2; change < 10; change += 1) write(set, large(change));
    expect(() => view.pods.get('default', 'a')).toThrow(expect.objectContaining({ code: 'EXPIRED' }));
    expect(pinAt(set, view.revision)).toBeNull();
  });

  it('survives a relist: what differs is undone too', async () => {
    const set = newSet(100);
    write(set, aPod({ name: 'a' }));
    const view = pinPresent(set);
    await set.replace([], 50);
    expect(set.caches.Pod.lister.list()).toEqual([]);
    expect(view.pods.list().map((pod) => pod.name)).toEqual(['a']);
    expect(pinAt(set, 2)).toBeNull();
  });
});

describe('a fresh snapshot', () => {
  let registries: Registries;
  let close: () => Promise<void>;
  beforeEach(async () => {
    ({ registries, close } = await openRegistries());
  });
  afterEach(() => close());

  it('sees each write that was answered before, and none that came after', async () => {
    const created = await registries.pods.create(aPodDraft('a', { labels: { app: 'web' } }));
    const snapshot = await registries.freshSnapshot();
    await registries.pods.create(aPodDraft('b', { labels: { app: 'web' } }));
    await registries.pods.delete({ namespace: 'default', name: 'a' });
    expect(snapshot.pods.byLabels('default', { app: 'web' })).toEqual([created]);
    expect(snapshot.pods.get('default', 'b')).toBeUndefined();
    expect(snapshot.revision).toBe(Number(created.resourceVersion));
    expect((await registries.freshSnapshot()).pods.list().map((pod) => pod.name)).toEqual(['b']);
  });
});
