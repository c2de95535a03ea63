import { systemClock, timestamp } from '../../src/base/clock';
import { systemIdentity } from '../../src/base/identity';
import { silentLogger } from '../../src/base/logger';
import { readVersion } from '../../src/base/version';
import type { Pod } from '../../src/api/pod';
import { createRegistries } from '../../src/registry';
import type { Registries } from '../../src/registry';
import { LogRequests } from '../../src/registry/pod/log-requests';
import { openMemoryStore } from '../../src/registry/store/memory/store';
import { createSchema } from '../../src/resolvers/schema';
import { Access } from '../../src/server/access';
import type { ApiServer } from '../../src/server/api-server';
import { startApiServer } from '../../src/server/api-server';
import { Executor } from '../../src/server/executor';
import { ServerMetrics } from '../../src/server/metrics';
import { compileSettings } from '../../src/server/options';
import { createPipeline } from '../../src/server/pipeline';
import { FakeClock } from '../support/fake-clock';
import { FaultyStore } from '../support/faulty-store';
import { TestClient } from '../support/graphql-client';
import type { LargeCluster } from '../support/large-cluster';
import { fillStore } from '../support/large-cluster';

const size = { controllers: 1000, podsEach: 20 };

interface CountedController {
  readonly name: string;
  readonly currentReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly terminatingReplicas: number;
}

describe('a cluster of 1,000 controllers and 20,000 pods, over HTTP', () => {
  const clock = new FakeClock();
  const identity = systemIdentity;
  let store: FaultyStore;
  let cluster: LargeCluster;
  let registries: Registries;
  let api: ApiServer;
  let client: TestClient;
  /** The sizes of the pod lister's batches since the test began. */
  let batches: number[] = [];
  /** How many pods each question to the snapshot's index of labels gave; and how often somebody asked for all pods. */
  let looks: { found: number[]; scans: number } = { found: [], scans: 0 };

  beforeAll(async () => {
    const memory = await openMemoryStore({ clock });
    cluster = await fillStore(memory, { ...size, now: timestamp(clock) });
    store = new FaultyStore(memory);
    registries = createRegistries({ store, clock, identity, logger: silentLogger, windowEvents: 100 });
    await registries.ready(new AbortController().signal);
    const settings = compileSettings({ listen: '127.0.0.1:0' }, { nodeName: 'node-a' });
    const { limits, listen } = settings;
    const version = readVersion();
    const services = {
      registries: observed(registries),
      logRequests: new LogRequests({ clock, identity }),
      clock,
      version,
      hooks: { onPodListerBatch: (controllers: number) => batches.push(controllers) },
    };
    const metrics = new ServerMetrics(version, { processMetrics: false });
    const pipeline = createPipeline({ schema: createSchema(), services, logger: silentLogger });
    const executor = new Executor({ pipeline, clock: systemClock, logger: silentLogger, metrics, requestMilliseconds: limits.requestMilliseconds });
    api = await startApiServer({ executor, access: new Access(null), clock: systemClock, identity, logger: silentLogger, metrics, limits, listen, allowOrigins: [], checks: [] });
    api.open();
    client = new TestClient(api.url);
  }, 60_000);
  beforeEach(() => {
    batches = [];
    looks = { found: [], scans: 0 };
  });
  afterAll(async () => {
    await api.close();
    await registries.close();
    await store.close();
  });

  function observed(real: Registries): Registries {
    return {
      ...real,
      async freshSnapshot() {
        const snapshot = await real.freshSnapshot();
        const { pods } = snapshot;
        const observedPods = {
          get: pods.get.bind(pods),
          byUid: pods.byUid.bind(pods),
          byNode: pods.byNode.bind(pods),
          byOwner: pods.byOwner.bind(pods),
          list(namespace?: string | null): readonly Pod[] {
            looks.scans += 1;
            return pods.list(namespace);
          },
          byLabels(namespace: string, selector: Readonly<Record<string, string>>): readonly Pod[] {
            const found = pods.byLabels(namespace, selector);
            looks.found.push(found.length);
            return found;
          },
        };
        const { revision, replicationControllers, clusterNodes, events } = snapshot;
        return { revision, replicationControllers, clusterNodes, events, pods: observedPods };
      },
    };
  }

  /** How often the store was read while this was asked. */
  async function readsOf(ask: () => Promise<void>): Promise<{ get: number; list: number }> {
    const before = { ...store.calls };
    await ask();
    return { get: store.calls.get - before.get, list: store.calls.list - before.list };
  }

  const counts = 'name currentReplicas readyReplicas availableReplicas terminatingReplicas';

  function expectedCounts(): CountedController[] {
    return cluster.controllers.map(({ name, total }) => ({
      name,
      currentReplicas: total.current,
      readyReplicas: total.ready,
      availableReplicas: total.available,
      terminatingReplicas: total.terminating,
    }));
  }

  test('all four counts of all controllers are one batch of the pod lister, no read of the store, and right', async () => {
    const reads = await readsOf(async () => {
      type Data = { replicationControllers: { totalCount: number; nodes: CountedController[] }; pods: { totalCount: number } };
      const data = await client.ask<Data>(`{ replicationControllers(first: 1000) { totalCount nodes { ${counts} } } pods(first: 1) { totalCount } }`);
      expect(data.pods.totalCount).toBe(size.controllers * size.podsEach);
      expect(data.replicationControllers.nodes).toEqual(expectedCounts());
    });
    expect(batches).toEqual([size.controllers]);
    expect(reads).toEqual({ get: 0, list: 0 });
  });

  test('aliases of counts, of lists and of single controllers share that batch', async () => {
    const reads = await readsOf(async () => {
      type Data = {
        some: { nodes: (CountedController & { again: number })[] };
        all: { nodes: CountedController[] };
        one: CountedController;
      };
      const data = await client.ask<Data>(`{
        some: replicationControllers(first: 10) { nodes { ${counts} again: currentReplicas } }
        all: replicationControllers(first: 1000) { nodes { ${counts} } }
        one: replicationController(name: "rc-00007") { ${counts} }
      }`);
      expect(data.all.nodes).toEqual(expectedCounts());
      expect(data.some.nodes).toEqual(expectedCounts().slice(0, 10).map((controller) => ({ ...controller, again: controller.currentReplicas })));
      expect(data.one).toEqual(expectedCounts()[7]);
    });
    expect(batches).toEqual([size.controllers]);
    expect(reads).toEqual({ get: 0, list: 0 });
  });

  test('each request has a batch of its own, so that it counts what there is then', async () => {
    for (let request = 1; request <= 3; request += 1) {
      await client.ask(`{ replicationControllers(first: 1000) { nodes { currentReplicas } } }`);
      expect(batches).toHaveLength(request);
    }
  });

  test('the pods of all controllers are looked up in an index, once per controller, and never by walking all pods', async () => {
    const reads = await readsOf(async () => {
      type Data = { replicationControllers: { nodes: { name: string; pods: { totalCount: number; nodes: { name: string }[] } }[] } };
      const data = await client.ask<Data>(`{ replicationControllers(first: 1000) { nodes { name pods(first: 20) { totalCount nodes { name } } } } }`);
      const { nodes } = data.replicationControllers;
      expect(nodes.map(({ name, pods }) => ({ name, listed: pods.totalCount }))).toEqual(
        cluster.controllers.map(({ name, total }) => ({ name, listed: total.listed })),
      );
      for (const { name, pods } of nodes) {
        const names = pods.nodes.map((pod) => pod.name);
        expect(names).toHaveLength(pods.totalCount);
        expect(names.every((pod) => pod.startsWith(`${name}-`))).toBe(true);
        expect(names).toEqual([...names].sort());
      }
    });
    expect(batches).toEqual([size.controllers]);
    expect(reads).toEqual({ get: 0, list: 0 });
    // 1,000 looks that find 20 pods each: what is done grows with the answer, not with its square.
    expect(looks).toEqual({ found: cluster.controllers.map(() => size.podsEach), scans: 0 });
  });
});
