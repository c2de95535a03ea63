import type { Pod } from '../../../src/api/pod';
import type { ObjectChange } from '../../../src/api/watch';
import { silentLogger } from '../../../src/base/logger';
import { RemoteInformer } from '../../../src/client/informer';
import { podChanges } from '../../../src/client/operations/pods';
import { ApiError } from '../../../src/errors/api-error';
import { describeInformerContract } from '../../conformance/informer';
import type { InformerSubject } from '../../conformance/informer';
import { FakeClock, settle } from '../../support/fake-clock';
import { FakeControlPlane } from '../../support/fake-control-plane';
import { steadyIdentity } from '../../support/kubelet-harness';
import { CuttableClient, openControlPlane } from '../../support/local-control-plane';
import { aPodDraft } from '../../support/registries';

const viewer = { name: 'a viewer', roles: ['VIEW'], nodeName: null } as const;

/** Over the real schema and registries; only the informer's line is cut. */
describeInformerContract({
  name: 'remote informer over the API in process',
  async create(prepare) {
    const api = await openControlPlane({ windowEvents: 16 });
    const { clock, registries } = api;
    const write = (name: string, labels: Record<string, string> = {}) => registries.pods.create(aPodDraft(name, { labels }));
    await prepare?.({ create: write });
    const client = new CuttableClient(api.clientFor(viewer));
    const informer = new RemoteInformer({
      name: 'pods',
      open: (since, signal) => client.subscribe(podChanges, { namespace: 'default', since }, signal),
      clock,
      identity: steadyIdentity,
      logger: silentLogger,
    });
    const ending = new AbortController();
    const running = informer.run(ending.signal);
    const subject: InformerSubject = {
      informer,
      create: write,
      relabel: (name, labels) => registries.pods.update({ namespace: 'default', name }, (pod) => ({ ...pod, labels })),
      remove: async (name) => void (await registries.pods.delete({ namespace: 'default', name })),
      async caughtUp() {
        // Longer than the longest back-off, and every turn of the loop that what arrives can need.
        await clock.advance(11_000);
        for (let turn = 0; turn < 50; turn += 1) await settle();
      },
      async cutOff() {
        client.cut();
        await settle();
      },
      reconnect: async () => client.mend(),
      async forgetHistory() {
        for (let n = 0; n < 20; n += 1) await registries.pods.create(aPodDraft(`elsewhere-${n}`, { namespace: 'elsewhere' }));
      },
      async close() {
        ending.abort();
        await running;
        await client.close();
        await api.close();
      },
    };
    return subject;
  },
});

describe('the remote informer on its line', () => {
  let clock: FakeClock;
  let api: FakeControlPlane;
  let ending: AbortController;
  let running: Promise<void>;
  let changes: ObjectChange<Pod>[];

  function start(silenceMilliseconds?: number) {
    const informer = new RemoteInformer({
      name: 'pods',
      open: (since, signal) => api.subscribe(podChanges, { since }, signal),
      clock,
      identity: steadyIdentity,
      logger: silentLogger,
      silenceMilliseconds,
    });
    informer.subscribe((change) => changes.push(change));
    running = informer.run(ending.signal);
    return informer;
  }

  beforeEach(() => {
    clock = new FakeClock();
    api = new FakeControlPlane(clock);
    ending = new AbortController();
    changes = [];
  });

  afterEach(async () => {
    ending.abort();
    await running;
    expect(clock.pendingTimers).toBe(0);
  });

  it('resumes with the last version it has seen', async () => {
    api.addPod({ name: 'a' });
    const informer = start();
    await informer.synced;
    api.addPod({ name: 'b' });
    await settle();
    api.goDown();
    await settle();
    api.comeUp();
    api.addPod({ name: 'c' });
    await clock.advance(60_000);
    expect(api.subscriptions).toEqual([null, '2']);
    expect(changes.map((change) => change.object.name)).toEqual(['a', 'b', 'c']);
  });

  it('waits longer from try to try, up to ten seconds, and never gives up', async () => {
    api.goDown();
    const informer = start();
    await clock.advance(3_600_000);
    api.comeUp();
    api.addPod({ name: 'a' });
    await clock.advance(10_000);
    await informer.synced;
    expect(changes.map((change) => change.object.name)).toEqual(['a']);
  });

  it('lists again when the server does not take its version', async () => {
    api.addPod({ name: 'a' });
    const informer = start();
    await informer.synced;
    const subscribe = api.subscribe.bind(api);
    let refused = 0;
    jest.spyOn(api, 'subscribe').mockImplementation(async function* (operation, variables, signal) {
      if ('since' in variables && variables.since !== null && refused === 0) {
        refused += 1;
        throw new ApiError('EXPIRED', 'that version is gone');
      }
      yield* subscribe(operation, variables, signal);
    } as typeof api.subscribe);
    api.goDown();
    await settle();
    api.comeUp();
    api.removePod('a');
    await clock.advance(60_000);
    expect(refused).toBe(1);
    expect(api.subscriptions).toEqual([null, null]);
    expect(changes.map((change) => change.type)).toEqual(['ADDED', 'DELETED']);
  });

  it('takes a stream that has long been silent for dead', async () => {
    const informer = start(5_000);
    await informer.synced;
    await clock.advance(4_999);
    expect(api.subscriptions).toHaveLength(1);
    await clock.advance(1_000);
    expect(api.subscriptions).toEqual([null, '0']);
  });
});
