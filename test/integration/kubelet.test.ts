import type { Pod, PodSpec, RestartPolicy } from '../../src/api/pod';
import { conditionOf } from '../../src/api/meta';
import { isReady, restartCountOf } from '../../src/api/pod';
import { isNodeReady } from '../../src/api/cluster-node';
import { silentLogger } from '../../src/base/logger';
import type { Operation } from '../../src/client/client';
import { createControllers, runControllers } from '../../src/controllers/runtime/manager';
import type { Kubelet } from '../../src/kubelet/kubelet';
import { createKubelet } from '../../src/kubelet/kubelet';
import type { FakeRuntime } from '../../src/kubelet/runtime/fake/fake-runtime';
import { createFakeRuntime } from '../../src/kubelet/runtime/fake/fake-runtime';
import { createFakeRuntimeState } from '../../src/kubelet/runtime/fake/state';
import { settle } from '../support/fake-clock';
import { steadyIdentity } from '../support/kubelet-harness';
import type { LocalControlPlane } from '../support/local-control-plane';
import { CuttableClient, openControlPlane } from '../support/local-control-plane';
import { aPodDraft } from '../support/registries';

/** A kubelet with the role of a kubelet, over the real schema, rules and caches. */
const kubeletCaller = { name: 'kubelet of node-a', roles: ['NODE'], nodeName: 'node-a' } as const;
const adminCaller = { name: 'an admin', roles: ['ADMIN'], nodeName: null } as const;
const podLogs: Operation<{ readonly pod: { readonly logs: readonly { readonly text: string }[] } }, { readonly name: string }> = {
  name: 'Logs',
  document: 'query Logs($name: String!) { pod(name: $name) { logs { text } } }',
};

let api: LocalControlPlane;
let line: CuttableClient;
let runtime: FakeRuntime;
let kubelet: Kubelet;
let ending: AbortController;
let running: Promise<void>;
const ref = { namespace: 'default', name: 'web' };

function startKubelet(): void {
  ending = new AbortController();
  kubelet = createKubelet({
    client: line,
    runtime,
    nodeName: 'node-a',
    clock: api.clock,
    identity: steadyIdentity,
    logger: silentLogger,
    version: '1.2.3',
    address: '10.0.0.7',
    capacity: { cpu: '4', memory: '8Gi', pods: 110 },
  });
  running = kubelet.run(ending.signal);
}

async function stopKubelet(): Promise<void> {
  ending.abort();
  await running;
}

/** Time goes by; every answer that can come has come before the next timer fires. */
async function pass(milliseconds: number, step = 50): Promise<void> {
  for (let left = milliseconds; left > 0; left -= step) {
    await api.clock.advance(Math.min(step, left));
    for (let turn = 0; turn < 10; turn += 1) await settle();
  }
}

async function runPod(script: string, podSpec: Partial<PodSpec> = {}): Promise<Pod> {
  await api.registries.pods.create(aPodDraft('web', { annotations: { 'fake.podql.io/main': script }, podSpec }));
  return api.registries.pods.bind(ref, 'node-a');
}

const current = (): Promise<Pod> => api.registries.pods.get(ref);
const storedPods = () => api.registries.pods.informer.lister.list();

beforeEach(async () => {
  api = await openControlPlane();
  line = new CuttableClient(api.clientFor(kubeletCaller));
  runtime = createFakeRuntime({ clock: api.clock, state: createFakeRuntimeState() });
  startKubelet();
  await pass(100);
  await kubelet.ready;
});

afterEach(async () => {
  await stopKubelet();
  await api.close();
});

describe('a kubelet and its API', () => {
  it('the node is there, ready, with what the machine has, and its lease is kept alive', async () => {
    const node = await api.registries.clusterNodes.get({ namespace: null, name: 'node-a' });
    expect(isNodeReady(node)).toBe(true);
    expect(node.status).toMatchObject({ address: '10.0.0.7', capacity: { cpu: '4', memory: '8Gi', pods: 110 }, info: { runtime: 'fake', kubeletVersion: '1.2.3' } });
    await pass(300_000, 1_000);
    const beat = await api.registries.clusterNodes.lastHeartbeat('node-a');
    expect(api.clock.now() - (beat?.getTime() ?? 0)).toBeLessThan(15_000);
    expect((await api.registries.clusterNodes.get({ namespace: null, name: 'node-a' })).resourceVersion).toBe(node.resourceVersion);
  });

  it.each([
    ['ALWAYS', 'RUNNING', 2, true],
    ['ON_FAILURE', 'SUCCEEDED', 1, false],
    ['NEVER', 'FAILED', 0, false],
  ] as const)('exit 1, exit 0, stay under %s: %s, restartCount %i, ready %s; then it is deleted and gone', async (restartPolicy: RestartPolicy, phase, count, ready) => {
    await runPod('[{"runMs": 100, "exit": 1}, {"runMs": 100, "exit": 0}, {"run": "forever"}]', { restartPolicy });
    await pass(5_000);
    const pod = await current();
    expect([pod.status.phase, restartCountOf(pod), isReady(pod)]).toEqual([phase, count, ready]);
    expect(pod.status).toMatchObject({ hostIP: '10.0.0.7', podIP: '10.0.0.7', observedGeneration: pod.generation });
    await api.registries.pods.delete(ref);
    await pass(3_000);
    expect(storedPods()).toEqual([]);
    expect(runtime.state.containers.size).toBe(0);
    expect(runtime.state.sandboxes.size).toBe(0);
  });

  it('a quiet cluster writes nothing', async () => {
    await runPod('[{"run": "forever"}]');
    await pass(1_000);
    // Its events are written by then.
    await pass(3_000);
    const before = await api.store.currentRevision();
    await pass(120_000, 1_000);
    expect(await api.store.currentRevision()).toBe(before);
  });

  it('a new image ends the wait of a crash loop', async () => {
    await runPod('[{"runMs": 100, "exit": 1}]');
    await pass(20_000);
    const waiting = await current();
    const state = waiting.status.containerStatuses[0]?.state;
    expect(state).toMatchObject({ kind: 'ContainerWaiting', reason: 'CrashLoopBackOff', nextAttemptAt: expect.any(String) as string });
    await api.registries.pods.update(ref, (pod) => ({ ...pod, spec: { ...pod.spec, containers: pod.spec.containers.map((c) => ({ ...c, image: 'other' })) } }));
    await pass(50, 10);
    const pod = await current();
    expect(restartCountOf(pod)).toBe(restartCountOf(waiting) + 1);
    expect(pod.status).toMatchObject({ observedGeneration: pod.generation, containerStatuses: [{ image: 'other', state: { kind: 'ContainerRunning' } }] });
  });

  it("answers for a pod's logs, also when it has finished", async () => {
    await runPod('[{"runMs": 100, "exit": 0, "logs": ["hello", "bye"]}]', { restartPolicy: 'NEVER' });
    await pass(1_000);
    const admin = api.clientFor(adminCaller);
    const answer = admin.query(podLogs, { name: 'web' });
    await pass(200);
    expect((await answer).pod.logs.map((logLine) => logLine.text)).toEqual(['hello', 'bye']);
    await admin.close();
  });

  it('goes on alone while the line is cut, and then tells what happened', async () => {
    await runPod('[{"runMs": 2000, "exit": 1}, {"runMs": 2000, "exit": 2}, {"run": "forever"}]');
    await pass(500);
    line.cut();
    await pass(10_000);
    expect(restartCountOf(await current())).toBe(0);
    expect([...runtime.state.containers.values()].map((c) => c.config.identity.attempt)).toContain(2);
    line.mend();
    await pass(20_000);
    expect((await current()).status.containerStatuses[0]).toMatchObject({ restartCount: 2, ready: true, lastState: { exitCode: 2 } });
  });

  it('a kubelet that starts again adopts what runs and records what ended meanwhile', async () => {
    await runPod('[{"runMs": 5000, "exit": 7}]', { restartPolicy: 'NEVER' });
    await pass(500);
    await stopKubelet();
    await pass(20_000, 1_000);
    expect((await current()).status.phase).toBe('RUNNING');
    runtime = createFakeRuntime({ clock: api.clock, state: runtime.state });
    startKubelet();
    await pass(500);
    expect((await current()).status).toMatchObject({ phase: 'FAILED', containerStatuses: [{ restartCount: 0, state: { exitCode: 7 } }] });
    expect(runtime.state.containers.size).toBe(1);
  });

  it('ends what was removed at once while it was away', async () => {
    await runPod('[{"run": "forever"}]');
    await pass(500);
    await stopKubelet();
    await api.registries.pods.delete(ref, { gracePeriodSeconds: 0 });
    runtime = createFakeRuntime({ clock: api.clock, state: runtime.state });
    startKubelet();
    await pass(3_000);
    expect(runtime.state.containers.size).toBe(0);
  });

  it('says again that its pods are ready when it is back after its node was declared lost, once and for good', async () => {
    const loops = new AbortController();
    const controllers = createControllers({ registries: api.registries, clock: api.clock, identity: steadyIdentity, logger: silentLogger, eviction: { nodeTolerationSeconds: 300, nodesPerSecond: 0.1 } });
    const controlling = runControllers(controllers, loops.signal);
    try {
      await runPod('[{"run": "forever"}]');
      await pass(1_000);
      const before = await current();
      expect(isReady(before)).toBe(true);
      for (let i = 0; i < 2; i += 1) {
        line.cut();
        await pass(60_000, 500);
        expect(conditionOf((await current()).status.conditions, 'Ready')).toMatchObject({ status: 'FALSE', reason: 'NodeNotReady' });
        line.mend();
        await pass(20_000, 500);
        expect((await current()).status).toEqual(before.status);
      }
      const revision = await api.store.currentRevision();
      await pass(60_000, 500);
      expect(await api.store.currentRevision()).toBe(revision);
    } finally {
      loops.abort();
      await controlling;
    }
  });
});
