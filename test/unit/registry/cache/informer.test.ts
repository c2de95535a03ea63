import { openMemoryStore } from '../../../../src/registry/store/memory/store';
import { describeInformerContract } from '../../../conformance/informer';
import type { InformerSubject } from '../../../conformance/informer';
import { FakeClock } from '../../../support/fake-clock';
import { FaultyStore } from '../../../support/faulty-store';
import { aPodDraft, openRegistries } from '../../../support/registries';

/** The writer and the informer are two processes on one store; only the informer's connection is cut. */
describeInformerContract({
  name: 'watch cache on the memory store',
  async create(prepare) {
    const clock = new FakeClock();
    const store = await openMemoryStore({ clock });
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
        const reached = reader.registries.reached(await store.currentRevision(), 60_000);
        await clock.advance(30_000);
        expect(await reached).toBe(true);
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
  },
});
