import { encodeObject, thisWrite, withUserRevision } from '../../../../src/registry/codec';
import { ContinuedStore } from '../../../../src/registry/store/continued-store';
import type { CopyOptions } from '../../../../src/registry/store/copy';
import { copyStore } from '../../../../src/registry/store/copy';
import { openMemoryStore } from '../../../../src/registry/store/memory/store';
import { encodeOrigin, originKey, readOrigin } from '../../../../src/registry/store/origin';
import type { Store } from '../../../../src/registry/store/store';
import { bytes, inShort, text } from '../../../conformance/store/harness';
import { aNode, aPod, anRc } from '../../../support/builders';
import { FakeClock } from '../../../support/fake-clock';
import { FaultyStore } from '../../../support/faulty-store';
import { openRegistries } from '../../../support/registries';
import { StreamReader } from '../../../support/stream-reader';

const clock = new FakeClock();
const memory = (): Promise<Store> => openMemoryStore({ clock });
const prefix = '/registry/';

async function copy(source: Store, target: Store, options: Partial<CopyOptions> = {}) {
  const shown = new ContinuedStore(source);
  const signal = new AbortController().signal;
  return copyStore({ source: shown, target, prefix, translate: withUserRevision, leaderKey: '/leader', from: 'memory:', clock, signal, ...options });
}

/** 40 keys, one of them bound to a lease, after some history. */
async function filled(keys = 40): Promise<Store> {
  const store = await memory();
  for (let round = 0; round < 30; round += 1) await store.delete('/registry/pods/a/gone', (await store.create('/registry/pods/a/gone', bytes('x'))).revision);
  for (let number = 1; number < keys; number += 1) {
    const pod = aPod({ name: `p-${number}` });
    await store.create(`/registry/pods/default/${pod.name}`, encodeObject(pod, thisWrite));
  }
  const { id } = await store.leases.grant(60);
  await store.create('/registry/leases/node-1', bytes('40'), { lease: id });
  return store;
}

/** Two stores that several servers may share. */
function shared(store: Store): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (name === 'capabilities') return { ...target.capabilities, shared: true };
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

describe('copying a cluster', () => {
  it('brings over all keys but those of leases, and says how many', async () => {
    const [source, target] = [await filled(), await memory()];
    const progress: number[] = [];
    const summary = await copy(source, target, { onProgress: ({ phase, keys }) => phase === 'copying' && progress.push(keys) });
    expect(summary).toMatchObject({ keys: 39, byFolder: { pods: 39 }, leasedKeys: 1, emptied: 0, revision: 101 });
    expect(progress.at(-1)).toBe(39);
    const there = (await new ContinuedStore(target).list(prefix)).items;
    expect(there.map((item) => item.key)).toEqual((await source.list('/registry/pods/')).items.map((item) => item.key));
    expect(inShort((await source.list('/origin')).items)).toEqual([]);
  });

  it.each([
    ['lower', 0],
    ['higher', 500],
  ])('goes on above every version of the old store, where the new one was at a %s revision', async (_what, writes) => {
    const [source, target] = [await filled(), await memory()];
    for (let round = 0; round < writes; round += 1) await target.delete('/other', (await target.create('/other', bytes('x'))).revision);
    const head = await source.currentRevision();
    const summary = await copy(source, target);
    const continued = new ContinuedStore(target);
    const { items } = await continued.list(prefix);
    expect(Math.min(...items.map((item) => item.modRevision))).toBeGreaterThan(head);
    expect(await continued.oldestRevision()).toBe(summary.firstRevision);
    expect(summary.firstRevision).toBe(await continued.currentRevision());
    await expect(continued.list(prefix, { revision: head })).rejects.toMatchObject({ code: 'COMPACTED' });
  });

  it('goes on from move to move, there and back', async () => {
    const [first, second, third] = [await filled(), await memory(), await memory()];
    await copy(first, second);
    const heads = [await first.currentRevision(), await new ContinuedStore(second).currentRevision()];
    await copy(second, third);
    const { items } = await new ContinuedStore(third).list(prefix);
    expect(Math.min(...items.map((item) => item.modRevision))).toBeGreaterThan(Math.max(...heads));
    const plain = (list: typeof items) => list.map(({ key, value }) => `${key} ${text({ value } as never)}`);
    expect(plain(items)).toEqual(plain((await second.list(prefix)).items));
  });

  it('refuses a target that has keys, and changes nothing', async () => {
    const [source, target] = [await filled(), await filled(3)];
    const before = await target.currentRevision();
    await expect(copy(source, target)).rejects.toMatchObject({ refusal: 'target-not-empty', begun: false });
    expect(await target.currentRevision()).toBe(before);
  });

  it('refuses a source without a cluster, and changes nothing', async () => {
    const target = await memory();
    await expect(copy(await memory(), target)).rejects.toMatchObject({ refusal: 'source-empty', begun: false });
    expect(await target.currentRevision()).toBe(1);
  });

  it.each(['source', 'target'] as const)('refuses a %s that a server leads on, and says who', async (which) => {
    const stores = { source: shared(await filled()), target: shared(await memory()) };
    await stores[which].create('/leader', bytes(JSON.stringify({ name: 'host-1/ab12' })));
    await expect(copy(stores.source, stores.target)).rejects.toMatchObject({ refusal: 'in-use', which, message: 'host-1/ab12' });
    expect((await stores.target.list(prefix)).items).toEqual([]);
  });

  it('holds shared stores like a leader does while it copies, and lets go afterwards', async () => {
    const stores = { source: shared(await filled()), target: shared(await memory()) };
    const holders: (string | null)[] = [];
    await copy(stores.source, stores.target, { translate: (item) => (void stores.target.get('/leader').then((found) => holders.push(text(found.item))), withUserRevision(item)) });
    expect(holders[0]).toContain('podql store copy');
    for (const store of Object.values(stores)) expect((await store.get('/leader')).item).toBeNull();
  });

  it('leaves a mark when it is cut short, and begins anew from there', async () => {
    const [source, target] = [await filled(), new FaultyStore(await memory())];
    let left = 20;
    const stop = new AbortController();
    await expect(copy(source, target, { signal: stop.signal, onProgress: () => (left -= 1) === 0 && stop.abort() })).rejects.toMatchObject({ refusal: 'interrupted', begun: true });
    expect((await readOrigin(target))?.phase).toBe('copying');
    await expect(new ContinuedStore(target).currentRevision()).rejects.toMatchObject({ code: 'MISCONFIGURED' });
    // The source goes on, and is copied as it is later.
    await source.create('/registry/pods/default/later', encodeObject(aPod({ name: 'later' }), thisWrite));
    const summary = await copy(source, target);
    expect(summary).toMatchObject({ keys: 40, emptied: expect.any(Number) });
    expect(summary.emptied).toBeGreaterThanOrEqual(20);
    expect((await target.list(prefix)).items).toHaveLength(40);
  });

  it('leaves a mark when the target fails', async () => {
    const [source, target] = [await filled(), new FaultyStore(await memory())];
    const failing = copy(source, target, { onProgress: () => target.refuse({ verbs: ['create'], code: 'UNAVAILABLE', when: 'before' }) });
    await expect(failing).rejects.toMatchObject({ refusal: 'failed', begun: true });
    target.heal();
    expect((await readOrigin(target))?.phase).toBe('copying');
  });

  it('notices a target that does not hold what was written', async () => {
    const [source, target] = [await filled(), await memory()];
    const meddling = copy(source, target, { onProgress: ({ phase, keys }) => phase === 'copying' && keys === 39 && void target.create('/registry/pods/default/z', bytes('z')) });
    await expect(meddling).rejects.toMatchObject({ refusal: 'not-equal', begun: true });
  });

  it('notices a source that changed meanwhile', async () => {
    const [source, target] = [await filled(), await memory()];
    const meddling = copy(source, target, { onProgress: ({ phase, keys }) => phase === 'copying' && keys === 39 && void source.create('/registry/pods/default/z', bytes('z')) });
    await expect(meddling).rejects.toMatchObject({ refusal: 'source-changed', which: 'source', begun: true });
  });

  it('gives way to another copy that took the target over', async () => {
    const [source, target] = [await filled(), await memory()];
    const mark = encodeOrigin({ phase: 'copying', from: 'elsewhere', shift: 0 });
    const overtaken = copy(source, target, {
      onProgress: ({ phase, keys }) => phase === 'copying' && keys === 39 && void readOrigin(target).then((origin) => target.update(originKey, mark, origin?.modRevision ?? 0)),
    });
    await expect(overtaken).rejects.toMatchObject({ refusal: 'taken-over', begun: true });
  });
});

describe('what a user remembers from before the move', () => {
  it('is as fresh or as stale as it was there', async () => {
    const source = await memory();
    const before = await openRegistries({ store: source });
    const node = await before.registries.clusterNodes.create(aNode({ name: 'n' }));
    const made = await before.registries.pods.create(aPod({ name: 'edited', uid: '' }));
    const untouched = await before.registries.replicationControllers.create(anRc({ name: 'untouched', uid: '' }));
    const edited = await before.registries.pods.update(made, (pod) => ({ ...pod, labels: { step: '2' } }));
    await before.close();

    const target = await memory();
    const { revision } = await copy(source, target);
    const after = await openRegistries({ store: new ContinuedStore(target) });
    const { pods, replicationControllers, clusterNodes } = after.registries;
    const label = (resourceVersion: string) => pods.update(made, (pod) => ({ ...pod, labels: { step: '3' } }), { preconditions: { resourceVersion } });
    await expect(label(made.resourceVersion)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(label(String(revision + 100_000))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await label(edited.resourceVersion)).labels).toEqual({ step: '3' });
    const scale = await replicationControllers.update(untouched, (rc) => ({ ...rc, spec: { ...rc.spec, replicas: 7 } }), { preconditions: { resourceVersion: untouched.resourceVersion } });
    expect(scale.spec.replicas).toBe(7);
    expect(await clusterNodes.get(node)).toEqual({ ...node, resourceVersion: expect.any(String) });
    await expect(pods.list({ limit: 10, at: String(revision) })).rejects.toMatchObject({ code: 'EXPIRED' });
    await after.close();
  });

  it('is told RESYNC to a stream that resumes, however far the new store has come', async () => {
    const source = await filled();
    const target = await memory();
    const { revision } = await copy(source, target);
    const { registries, close } = await openRegistries({ store: new ContinuedStore(target) });
    for (const since of [1, 2, 50, revision - 1, revision]) {
      const stop = new AbortController();
      const first = await new StreamReader(registries.streams.pods({ since: String(since), matches: () => true, signal: stop.signal })).take(2);
      expect(first.map(({ type }) => type)).toEqual(['RESYNC', 'ADDED']);
      stop.abort();
    }
    await close();
  });
});
