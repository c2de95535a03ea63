import type { Store } from '../../src/registry/store/store';
import type { InformerSubject } from '../conformance/informer';
import { FakeClock, slowly } from './fake-clock';
import { FaultyStore } from './faulty-store';
import { aPodDraft, openRegistries } from './registries';

/** An informer of the watch cache: the writer and the informer are two processes on one store; only the informer's connection is cut. */
export async function cacheInformer(
  openStore: (clock: FakeClock) => Promise<Store>,
  prepare?: (writes: Pick<InformerSubject, 'create'>) => Promise<void>,
): Promise<InformerSubject> {
  const clock = new FakeClock();
  const store = await openStore(clock);
  const writer = await openRegistries({ clock, store });
  const write = (name: string, labels: Record<string, string> = {}) => writer.registries.pods.create(aPodDraft(name, { labels }));
  await prepare?.({ create: write });
  const line = new FaultyStore(store);
  const reader = await openRegistries({ clock, store: line, unready: true });
  const subject: InformerSubject = {
    informer: reader.registries.pods.informer,
    create: write,
    relabel: (name, labels) => writer.registries.pods.update({ namespace: 'default', name }, (pod) => ({ ...pod, labels })),
    remove: async (name) => void (await writer.registries.pods.delete({ namespace: 'default', name })),
    caughtUp: async () => {
      expect(await slowly(clock, reader.registries.reached(await store.currentRevision(), 600_000))).toBe(true);
    },
    cutOff: async () => {
      line.refuse({ code: 'UNAVAILABLE', when: 'before' });
      line.dropWatches();
      await clock.advance(1);
    },
    reconnect: async () => line.heal(),
    forgetHistory: async () => void (await line.compactAll()),
    close: async () => {
      await reader.close();
      await writer.close();
      await store.close();
    },
  };
  return subject;
}
