import type { Pod } from '../../../../src/api/pod';
import { silentLogger } from '../../../../src/base/logger';
import { DrainReconciler } from '../../../../src/controllers/drain/controller';
import type { EventDraft } from '../../../../src/api/event';
import type { Registries } from '../../../../src/registry';
import { aMoment, aNode, aRunningPod } from '../../../support/builders';
import { FakeClock } from '../../../support/fake-clock';

const pod = aRunningPod();
const finished = aRunningPod({ name: 'finished', status: { phase: 'SUCCEEDED' } });
const node = aNode({ spec: { unschedulable: true, drain: { requestedAt: aMoment, gracePeriodSeconds: null, maxUnavailable: 1, force: true } } });

/** A reconciler over a cache that shows what the test says, whatever was evicted. */
function drain() {
  const told: string[] = [];
  const state: { shown: readonly Pod[] } = { shown: [pod, finished] };
  const registries = {
    clusterNodes: { informer: { lister: { get: () => node } } },
    pods: {
      informer: { lister: { byUid: (uid: string) => state.shown.find((shown) => shown.uid === uid) } },
      byNode: () => state.shown,
      evict: async () => undefined,
    },
    replicationControllers: { informer: { lister: { byUid: () => undefined } } },
    events: { record: ({ reason }: EventDraft) => void told.push(reason) },
  };
  // Only what a pass touches; a real registry's cache cannot be made to lag.
  const reconciler = new DrainReconciler({ registries: registries as unknown as Registries, clock: new FakeClock(), logger: silentLogger });
  return { told, state, pass: () => reconciler.reconcile(node.name, new AbortController().signal) };
}

describe('the end of a drain', () => {
  it('is told when the last pod has ended, not when it is sent away, and once', async () => {
    const { told, state, pass } = drain();
    await pass();
    await pass();
    expect(told).toEqual(['EvictionByDrain']);
    state.shown = [{ ...pod, deletionTimestamp: aMoment }, finished];
    await pass();
    expect(told).toEqual(['EvictionByDrain']);
    state.shown = [finished];
    await pass();
    await pass();
    expect(told).toEqual(['EvictionByDrain', 'Drained']);
  });
});
