import type { Registries } from '../../../src/registry';
import { openMemoryStore } from '../../../src/registry/store/memory/store';
import { FakeClock } from '../../support/fake-clock';
import { FaultyStore } from '../../support/faulty-store';
import { aNodeDraft, aPodDraft, anRcDraft, openRegistries } from '../../support/registries';

describe('snapshots', () => {
  let clock: FakeClock;
  let store: FaultyStore;
  let registries: Registries;
  let close: () => Promise<void>;

  beforeEach(async () => {
    clock = new FakeClock();
    store = new FaultyStore(await openMemoryStore({ clock }));
    ({ registries, close } = await openRegistries({ clock, store, windowEvents: 2 }));
  });
  afterEach(async () => {
    await close();
    await store.close();
  });

  const fill = async (): Promise<void> => {
    await registries.clusterNodes.create(aNodeDraft('node-a'));
    await registries.replicationControllers.create(anRcDraft('web'));
    await registries.pods.create(aPodDraft('a', { labels: { app: 'web' } }));
    await registries.pods.bind({ namespace: 'default', name: 'a' }, 'node-a');
  };
  const forget = async (): Promise<void> => {
    for (const name of ['x', 'y', 'z']) await registries.pods.create(aPodDraft(name, { labels: { app: 'web' } }));
  };
  const current = async (): Promise<string> => String(await store.currentRevision());

  it('are of all kinds and answer from indexes, also where only the store remembers', async () => {
    await fill();
    const at = await current();
    await forget();
    const { snapshot } = await registries.replicationControllers.list({ limit: 1, at });
    expect(String(snapshot.revision)).toBe(at);
    const names = (found: readonly { readonly name: string }[]) => found.map(({ name }) => name);
    expect([snapshot.pods.list(), snapshot.pods.byLabels('default', { app: 'web' }), snapshot.pods.byNode('node-a')].map(names)).toEqual([['a'], ['a'], ['a']]);
    expect(snapshot.clusterNodes.get(null, 'node-a')?.name).toBe('node-a');
    expect(snapshot.replicationControllers.list().map(({ name }) => name)).toEqual(['web']);
    await registries.pods.delete({ namespace: 'default', name: 'x' });
    expect(snapshot.pods.list()).toHaveLength(1);
  });

  it('are loaded once for all who want the same one at that moment', async () => {
    await fill();
    const at = await current();
    await forget();
    const lists = store.calls.list;
    await Promise.all([registries.pods.list({ limit: 1, at }), registries.replicationControllers.list({ limit: 1, at }), registries.clusterNodes.list({ limit: 1, at })]);
    expect(store.calls.list - lists).toBe(1);
    await registries.pods.list({ limit: 1, at });
    expect(store.calls.list - lists).toBe(2);
  });

  it('of the present see each write that was answered before, also while memory lags behind the store', async () => {
    const release = store.hold('watch');
    const creating = registries.pods.create(aPodDraft('new', { labels: { app: 'web' } }));
    await clock.advance(10_000);
    const created = await creating;
    const asked = registries.freshSnapshot();
    await clock.advance(10_000);
    expect((await asked).pods.byLabels('default', { app: 'web' })).toEqual([created]);
    release();
  });
});
