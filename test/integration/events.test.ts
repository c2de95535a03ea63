import type { Event } from '../../src/api/event';
import { eventsIn } from '../../src/api/event';
import { silentLogger } from '../../src/base/logger';
import { createControllers, runControllers } from '../../src/controllers/runtime/manager';
import { createKubelet } from '../../src/kubelet/kubelet';
import { createFakeRuntime } from '../../src/kubelet/runtime/fake/fake-runtime';
import type { StreamedChange } from '../../src/registry/types';
import { settle } from '../support/fake-clock';
import { steadyIdentity } from '../support/kubelet-harness';
import type { LocalControlPlane } from '../support/local-control-plane';
import { openControlPlane } from '../support/local-control-plane';
import { FakeIdentity, aPodDraft, anRcDraft } from '../support/registries';

let api: LocalControlPlane;
let ending: AbortController;
let running: Promise<unknown>;

/** Other uids than those of the registries. */
class SecondIdentity extends FakeIdentity {
  override uid(): string {
    return super.uid().replace('1', '2');
  }
}

/** All loops and, unless told otherwise, a kubelet with the role of a kubelet. */
async function start({ kubelet = true } = {}): Promise<void> {
  const { registries, clock } = api;
  const parts = { clock, identity: steadyIdentity, logger: silentLogger };
  const controllers = runControllers(createControllers({ ...parts, identity: new SecondIdentity(), registries, eviction: { nodeTolerationSeconds: 300, nodesPerSecond: 0.1 } }), ending.signal);
  const client = api.clientFor({ name: 'kubelet of node-a', roles: ['NODE'], nodeName: 'node-a' });
  const options = { ...parts, client, runtime: createFakeRuntime({ clock }), nodeName: 'node-a', version: '1.2.3', address: '10.0.0.7', capacity: { cpu: '4', memory: '8Gi', pods: 110 } };
  running = Promise.all([controllers, kubelet ? createKubelet(options).run(ending.signal) : null]);
  await pass(3_000);
}

beforeEach(async () => {
  api = await openControlPlane();
  ending = new AbortController();
});
afterEach(async () => {
  ending.abort();
  await running;
  await api.close();
});

/** Time goes by; every answer that can come has come before the next timer fires. */
async function pass(milliseconds: number, step = 50): Promise<void> {
  for (let left = milliseconds; left > 0; left -= step) {
    await api.clock.advance(Math.min(step, left));
    for (let turn = 0; turn < 10; turn += 1) await settle();
  }
}

const all = (): readonly Event[] => api.registries.events.informer.lister.list().flatMap(eventsIn);
const about = (name: string) => Object.fromEntries(all().filter(({ involved }) => involved.name === name).map(({ reason, count }) => [reason, count]));

it('tells what becomes of a pod, and costs one write more for its whole start', async () => {
  await start();
  let writes = 0;
  let eventWrites = 0;
  api.registries.pods.informer.subscribe(({ object }) => void (object.name === 'web' && (writes += 1)));
  api.registries.events.informer.subscribe(({ object }) => void (object.spec.involved.name === 'web' && (eventWrites += 1)));
  await api.registries.pods.create(aPodDraft('web'));
  await pass(3_000);
  expect(about('web')).toEqual({ Scheduled: 1, Created: 1, Started: 1 });
  // Created, bound, running; and its events.
  expect([writes, eventWrites]).toEqual([3, 1]);
  await api.registries.pods.delete({ namespace: 'default', name: 'web' });
  await pass(3_000);
  expect(about('web')).toEqual({ Scheduled: 1, Created: 1, Started: 1, Killing: 1 });
  // All is told: a quiet cluster writes nothing.
  const revision = await api.store.currentRevision();
  await pass(60_000, 1_000);
  expect(await api.store.currentRevision()).toBe(revision);
});

it('counts the starts of a pod that fails again and again', async () => {
  await start();
  await api.registries.pods.create(aPodDraft('crashing', { annotations: { 'fake.podql.io/main': '[{"exit": 1}]' } }));
  await pass(20_000);
  expect(about('crashing')).toEqual({ Scheduled: 1, Created: 6, Started: 6, BackOff: 5 });
});

it('tells once, and counts, that no node will do, with the reason of each node', async () => {
  await start();
  await api.registries.pods.create(aPodDraft('large', { podSpec: { nodeSelector: { disk: 'ssd' } } }));
  await pass(40_000, 500);
  // Something changed: the scheduler looks again, and finds the same.
  await api.registries.clusterNodes.cordon({ namespace: null, name: 'node-a' }, true);
  await pass(2_000);
  await api.registries.clusterNodes.cordon({ namespace: null, name: 'node-a' }, false);
  await pass(2_000);
  const told = all().filter(({ involved }) => involved.name === 'large');
  expect(told.map(({ reason, type, source }) => [reason, type, source])).toEqual([
    ['FailedScheduling', 'WARNING', 'scheduler'],
    ['FailedScheduling', 'WARNING', 'scheduler'],
  ]);
  expect(told[0]).toMatchObject({ message: '0/1 node is available: 1 did not match nodeSelector', count: 2 });
});

it('tells what a replication controller does, and what becomes of a node', async () => {
  await start();
  const rc = await api.registries.replicationControllers.create(anRcDraft('web', { spec: { ...anRcDraft('web').spec, replicas: 2 } }));
  await pass(3_000);
  await api.registries.replicationControllers.update(rc, (current) => ({ ...current, spec: { ...current.spec, replicas: 1 } }));
  await pass(3_000);
  const told = all().filter(({ involved }) => involved.uid === rc.uid);
  expect(told.map(({ reason, source }) => `${source}: ${reason}`)).toEqual([
    'replication-controller: SuccessfulCreate',
    'replication-controller: SuccessfulCreate',
    'replication-controller: SuccessfulDelete',
  ]);
  await api.registries.clusterNodes.taint({ namespace: null, name: 'node-a' }, [{ key: 'away', effect: 'NO_EXECUTE' }]);
  await pass(3_000);
  expect(all().map(({ reason }) => reason)).toContain('TaintManagerEviction');
  await api.registries.clusterNodes.drain({ namespace: null, name: 'node-a' }, { maxUnavailable: 1, force: true });
  await pass(3_000);
  expect(about('node-a')).toMatchObject({ Drained: 1 });
});

it('tells that a node falls silent', async () => {
  await start();
  ending.abort();
  await running;
  ending = new AbortController();
  await start({ kubelet: false });
  await pass(60_000, 1_000);
  expect(about('node-a')).toMatchObject({ NodeNotReady: 1 });
});

it('is followed as other changes are: a snapshot, what is new, what is counted again, and from a version on', async () => {
  await start();
  await api.registries.pods.create(aPodDraft('crashing', { annotations: { 'fake.podql.io/main': '[{"exit": 1}]' } }));
  await pass(2_000);
  const stop = new AbortController();
  const read = (since?: string): StreamedChange<Event>[] => {
    const seen: StreamedChange<Event>[] = [];
    const stream = api.registries.streams.events({ since, matches: ({ type }) => type === 'NORMAL', signal: stop.signal });
    void (async () => {
      for await (const change of stream) seen.push(change);
    })();
    return seen;
  };
  const seen = read();
  await pass(100);
  const words = (changes: readonly StreamedChange<Event>[]) => changes.map(({ type, object }) => `${type} ${object?.reason ?? ''}`.trim());
  expect(words(seen)).toEqual(['ADDED Scheduled', 'ADDED Created', 'ADDED Started', 'BOOKMARK']);
  const bookmark = seen.at(-1)?.resourceVersion;
  await pass(3_000);
  const news = words(seen).slice(4);
  expect(new Set(news)).toEqual(new Set(['MODIFIED Created', 'MODIFIED Started']));
  const again = read(bookmark);
  await pass(50);
  expect(words(again)).toEqual(news);
  // Cut off in the middle of a snapshot, and going on from there: nothing is missed.
  const halfway = read(seen[1]?.resourceVersion);
  await pass(50);
  expect(words(halfway)).toContain('MODIFIED Started');
  stop.abort();
  await pass(50);
});
