import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithDocker } from '../support/docker/docker-binary';
import { Machine } from '../support/docker/machine';
import { eventually } from '../support/eventually';
import type { TestClient } from '../support/graphql-client';
import { deleteEverything, PodqlProcess } from '../support/podql-process';
import { ReadyCounter } from '../support/ready-counter';
import { createController, scaleController } from '../support/shell-pod';
import { nodeToken, rootToken, writeTokenFile } from '../support/token-file';

/** Long enough for a machine that is busy with other tests as well. */
const leaseSeconds = 10;
const tolerationSeconds = 5;
/** Milliseconds: other tests may keep the machine busy. */
const patience = 120_000;

interface PodView {
  readonly name: string;
  readonly uid: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly deletionTimestamp: string | null;
  readonly spec: { readonly nodeName: string | null };
}
type PodsView = { readonly pods: { readonly nodes: readonly PodView[] } };
const podsQuery = '{ pods(first: 1000) { nodes { name uid ready restartCount deletionTimestamp spec { nodeName } } } }';

interface NodeView {
  readonly ready: boolean;
  readonly unschedulable: boolean;
  readonly taints: readonly { readonly key: string }[];
  readonly drain: { readonly completed: boolean } | null;
}
const nodeQuery = (name: string): string => `{ clusterNode(name: "${name}") { ready unschedulable taints { key } drain { completed } } }`;

const hasTaint = ({ taints }: NodeView, key: string): boolean => taints.some((taint) => taint.key === `node.kubernetes.io/${key}`);

/** Pods that are ready once their web server answers, a second after they were started. */
function busyboxController(name: string, replicas: number): Record<string, unknown> {
  const labels = { app: name };
  const container = {
    name: 'main',
    image: 'busybox:1.36',
    command: ['sh', '-c', 'sleep 1; exec httpd -f -p 8080 -h /home'],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 10 },
  };
  return { name, spec: { replicas, selector: labels, template: { labels, spec: { containers: [container], terminationGracePeriodSeconds: 1 } } } };
}

/** One server without a node of its own; each machine with an engine, a kubelet process and a token of its own. */
describeWithDocker('two machines', () => {
  let folder: string;
  let podql: PodqlProcess;
  let client: TestClient;
  const machines: Machine[] = [];
  const [n1, n2] = ['n1', 'n2'];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'podql-two-nodes-'));
    writeTokenFile(join(folder, 'tokens.yaml'), [n1!, n2!]);
    const tolerance = ['--node-toleration-seconds', String(tolerationSeconds)];
    podql = await PodqlProcess.start({ args: ['--runtime', 'none', '--token-file', join(folder, 'tokens.yaml'), ...tolerance] });
    client = podql.client(rootToken);
    for (const nodeName of [n1!, n2!]) {
      machines.push(await Machine.start({ nodeName, server: podql.url, token: nodeToken(nodeName), args: ['--lease-seconds', String(leaseSeconds)] }));
    }
    for (const nodeName of [n1!, n2!]) await nodeIs(nodeName, ({ ready }) => ready);
  }, 180_000);

  afterAll(async () => {
    await deleteEverything(client);
    for (const machine of machines) await machine.dispose();
    await podql.remove();
    rmSync(folder, { recursive: true, force: true });
  }, 180_000);

  const nodeIs = async (name: string, fits: (node: NodeView) => boolean): Promise<NodeView> => {
    const data = await client.until<{ clusterNode: NodeView | null }>(nodeQuery(name), ({ clusterNode }) => clusterNode !== null && fits(clusterNode), { milliseconds: patience });
    return data.clusterNode!;
  };
  const podsAre = async (fits: (pods: readonly PodView[]) => boolean): Promise<readonly PodView[]> => {
    const data = await client.until<PodsView>(podsQuery, ({ pods }) => fits(pods.nodes), { milliseconds: patience });
    return data.pods.nodes;
  };
  const settled = (replicas: number, fits: (pods: readonly PodView[]) => boolean = () => true): Promise<readonly PodView[]> =>
    podsAre((pods) => pods.length === replicas && pods.every(({ ready, deletionTimestamp }) => ready && deletionTimestamp === null) && fits(pods));
  const on = (pods: readonly PodView[], nodeName: string | undefined): readonly PodView[] => pods.filter(({ spec }) => spec.nodeName === nodeName);

  /** On every engine exactly the containers of its pods, one each, running, in the attempt that the API shows. */
  const enginesAgree = async (): Promise<void> => {
    const pods = (await client.ask<PodsView>(podsQuery)).pods.nodes;
    const wanted = (nodeName: string): string[] => on(pods, nodeName).map(({ uid, restartCount }) => `${uid} ${restartCount}`).sort();
    for (const machine of machines) {
      const found = async (): Promise<string[]> => (await machine.containers()).filter(({ running }) => running).map(({ podUid, attempt }) => `${podUid} ${attempt}`).sort();
      await eventually(async () => JSON.stringify(await found()) === JSON.stringify(wanted(machine.name)), `the containers of ${machine.name}`, patience);
      const uids = new Set(pods.map(({ uid }) => uid));
      await eventually(async () => (await machine.containers()).every(({ podUid }) => uids.has(podUid)), `an end of strange containers on ${machine.name}`, patience);
    }
  };

  test('a machine dies: its pods run on the other; it comes back: nothing runs twice, and what it had goes', async () => {
    const [lost, other] = machines as [Machine, Machine];
    await client.ask(createController, { input: busyboxController('web', 6) });
    const before = await settled(6);
    expect([on(before, n1).length, on(before, n2).length]).toEqual([3, 3]);
    await enginesAgree();

    await lost.endKubelet('SIGKILL');
    // It answers nobody, as a machine that hangs; its containers run on.
    await lost.engine.pause();
    const died = performance.now();
    await nodeIs(n1!, (node) => !node.ready && hasTaint(node, 'unreachable'));
    const silent = performance.now();
    const replaced = await podsAre((pods) => on(pods, n2).filter(({ ready, deletionTimestamp }) => ready && deletionTimestamp === null).length === 6);
    const whole = performance.now();
    console.log(`a machine is lost: silent after ${seconds(silent - died)} (lease ${leaseSeconds} s), six ready elsewhere after ${seconds(whole - died)} (toleration ${tolerationSeconds} s)`);
    // Those that were there already were not touched.
    for (const { uid } of on(before, n2)) expect(replaced.find((pod) => pod.uid === uid)).toMatchObject({ ready: true, restartCount: 0 });
    // Nobody says that they ended, so they are still shown, as being deleted.
    expect(on(replaced, n1).map(({ uid }) => uid).sort()).toEqual(on(before, n1).map(({ uid }) => uid).sort());
    expect(on(replaced, n1).every(({ deletionTimestamp, ready }) => deletionTimestamp !== null && !ready)).toBe(true);
    expect((await other.containers()).filter(({ running }) => running)).toHaveLength(6);

    lost.engine.resume();
    const stale = await lost.containers({ all: false });
    expect(stale.map(({ podUid }) => podUid).sort()).toEqual(on(before, n1).map(({ uid }) => uid).sort());
    lost.startKubelet();
    const returned = performance.now();
    await nodeIs(n1!, (node) => node.ready && node.taints.length === 0);
    const back = performance.now();
    const after = await settled(6, (pods) => on(pods, n2).length === 6);
    await eventually(async () => (await lost.containers()).length === 0, 'an end of what the machine had', patience);
    console.log(`it is back: ready after ${seconds(back - returned)}, its old containers gone after ${seconds(performance.now() - returned)}`);
    expect(after.map(({ uid }) => uid).sort()).toEqual(on(replaced, n2).map(({ uid }) => uid).sort());
    expect(after.every(({ restartCount }) => restartCount === 0)).toBe(true);
    await enginesAgree();
  }, 480_000);

  test('a machine is drained: never too few are ready, all end on the other, and it takes pods again when it is asked', async () => {
    await deleteEverything(client);
    await client.ask(createController, { input: busyboxController('api', 6) });
    const before = await settled(6);
    expect([on(before, n1).length, on(before, n2).length]).toEqual([3, 3]);
    const counter = await new ReadyCounter(podql.client(rootToken), 'api').start();

    const began = performance.now();
    await client.ask('mutation { drainClusterNode(input: { name: "n1", maxUnavailable: 1 }) { clusterNode { name } } }');
    const drained = await nodeIs(n1!, ({ drain }) => drain?.completed === true);
    const after = await settled(6, (pods) => on(pods, n2).length === 6);
    console.log(`drained in ${seconds(performance.now() - began)}; at the least ${counter.fewest} of 6 were ready, over ${counter.changes} changes`);
    expect(counter.fewest).toBeGreaterThanOrEqual(5);
    expect(drained.unschedulable).toBe(true);
    for (const { uid } of on(before, n2)) expect(after.some((pod) => pod.uid === uid)).toBe(true);
    await eventually(async () => (await machines[0]!.containers()).length === 0, 'an empty engine', patience);
    await enginesAgree();
    await counter.stop();

    // Empty, it stays cordoned: what comes now goes to the other.
    await client.ask(scaleController, { input: { name: 'api', replicas: 8 } });
    await settled(8, (pods) => on(pods, n2).length === 8);
    await client.ask('mutation { cordonClusterNode(input: { name: "n1", unschedulable: false }) { clusterNode { name } } }');
    await client.ask(scaleController, { input: { name: 'api', replicas: 12 } });
    await settled(12, (pods) => on(pods, n1).length === 4);
    await enginesAgree();
  }, 480_000);
});

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
