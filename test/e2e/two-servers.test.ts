import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithEtcd, EtcdProcess } from '../support/etcd/etcd-process';
import { eventually } from '../support/eventually';
import { Follower } from '../support/follower';
import type { TestClient } from '../support/graphql-client';
import { lastingPort } from '../support/lasting-port';
import { deleteEverything, PodqlProcess } from '../support/podql-process';
import { createController, createPod, scaleController, shellController, shellPod } from '../support/shell-pod';

interface ControllerView {
  replicationController: {
    currentReplicas: number;
    readyReplicas: number;
    terminatingReplicas: number;
    pods: { nodes: { name: string; uid: string; restartCount: number; spec: { nodeName: string | null } }[] };
  };
}
const view = `{ replicationController(name: "web") { currentReplicas readyReplicas terminatingReplicas pods { nodes { name uid restartCount spec { nodeName } } } } }`;

/** One of the servers, with the kubelet of its node; what runs there outlives it. */
class Seat {
  process!: PodqlProcess;

  constructor(
    readonly node: string,
    private readonly port: number,
    private readonly directory: string,
    private readonly store: string,
  ) {}

  async start(): Promise<void> {
    const args = ['--store', this.store, '--runtime', 'process', '--runtime-folder', join(this.directory, 'node'), '--node-name', this.node, '--log-format', 'json'];
    this.process = await PodqlProcess.start({ port: this.port, directory: this.directory, args });
  }

  client(): TestClient {
    return this.process.client();
  }
}

describeWithEtcd('two servers on one etcd, each with a node', (binary) => {
  let etcd: EtcdProcess;
  let seats: [Seat, Seat];
  let scratch: string;
  const directories: string[] = [];

  beforeAll(async () => {
    etcd = await EtcdProcess.start({ binary });
    scratch = mkdtempSync(join(tmpdir(), 'podql-two-pids-'));
    const seat = async (node: string): Promise<Seat> => {
      const directory = mkdtempSync(join(tmpdir(), `podql-two-${node}-`));
      directories.push(directory);
      return new Seat(node, await lastingPort(), directory, `etcd://127.0.0.1:${etcd.ports.client}/podql`);
    };
    seats = [await seat('n1'), await seat('n2')];
    for (const each of seats) await each.start();
  }, 90_000);
  afterAll(async () => {
    await deleteEverything(seats[0].client());
    for (const { process } of seats) await process.remove();
    await etcd.stop();
    for (const directory of [...directories, scratch]) rmSync(directory, { recursive: true, force: true });
  }, 120_000);

  /** By the word of the store. */
  const leadingNode = async (): Promise<string | undefined> => {
    const mark = await etcd.gateway.get('/podql/leader');
    return mark === undefined ? undefined : (JSON.parse(mark) as { name: string }).name.split('/')[0];
  };
  const settled = (client: TestClient, replicas: number): Promise<ControllerView> =>
    client.until<ControllerView>(
      view,
      ({ replicationController: rc }) => rc.currentReplicas === replicas && rc.readyReplicas === replicas && rc.terminatingReplicas === 0,
      { milliseconds: 120_000 },
    );
  /** Each run of a pod's program has added its process id to the pod's file. */
  const runs = (name: string): string[] => readFileSync(join(scratch, name), 'utf8').trim().split('\n');
  const isOfWeb = ({ pod }: { pod: { name: string } | null }): boolean => pod?.name.startsWith('web-') ?? false;

  test('kill -9 of the leader in the middle of a scale to 50: 50 pods, none doubled, and no subscriber misses anything', async () => {
    await eventually(async () => (await leadingNode()) !== undefined, 'a leader');
    const leaderNode = await leadingNode();
    const [leader, survivor] = seats[0].node === leaderNode ? seats : [seats[1], seats[0]];
    const client = survivor.client();
    const witness = await new Follower([survivor.client()]).start();
    const mover = await new Follower([leader.client(), survivor.client()]).start();

    const script = `echo $$$$ >> ${scratch}/$PODQL_POD_NAME; exec sleep 100000`;
    await client.ask(createController, { input: shellController('web', 8, { app: 'web' }, script) });
    const before = await settled(client, 8);
    const earlier = before.replicationController.pods.nodes;
    const firstRuns = new Map(earlier.map(({ name }) => [name, runs(name)]));
    expect(new Set(earlier.map(({ spec }) => spec.nodeName))).toEqual(new Set(['n1', 'n2']));

    // The first pod of the scale is the sign: the leader is at work, and has most of it before it.
    const atWork = witness.saw((change) => change.type === 'ADDED' && isOfWeb(change) && !firstRuns.has(change.pod?.name ?? ''));
    await client.ask(scaleController, { input: { name: 'web', replicas: 50 } });
    await atWork;
    await leader.process.kill9();
    const killed = performance.now();
    // What there is now was done by the one that is dead; it had not come far.
    const { pods: left } = await client.ask<{ pods: { totalCount: number; resourceVersion: string } }>('{ pods { totalCount resourceVersion } }');
    expect(left.totalCount).toBeLessThan(50);
    await eventually(async () => (await leadingNode()) === survivor.node, 'another leader');
    const elected = performance.now();
    await witness.saw(({ type, resourceVersion }) => type === 'ADDED' && Number(resourceVersion) > Number(left.resourceVersion));
    const acted = performance.now();
    console.log(`killed with ${left.totalCount} of 50 pods made; another server led after ${seconds(elected - killed)} and acted after ${seconds(acted - killed)} (its lease: 15 s)`);

    await client.until<ControllerView>(view, ({ replicationController }) => replicationController.currentReplicas === 50, { milliseconds: 60_000 });
    await leader.start();
    const { replicationController } = await settled(client, 50);
    const { nodes } = replicationController.pods;
    expect(new Set(nodes.map(({ uid }) => uid)).size).toBe(50);
    expect(nodes.map(({ restartCount }) => restartCount)).toEqual(nodes.map(() => 0));
    // Adopted, on the node that was away as well: the same pods, in their first and only run.
    for (const { name, uid } of earlier) expect(nodes.find((pod) => pod.name === name)?.uid).toBe(uid);
    for (const [name, first] of firstRuns) expect(runs(name)).toEqual(first);
    expect(readdirSync(scratch).sort()).toEqual(nodes.map(({ name }) => name).sort());
    for (const { name } of nodes) expect(runs(name)).toHaveLength(1);

    // A last pod, by which both are known to have seen everything before it.
    await client.ask(createPod, { input: shellPod('marker', 'exit 0', { nodeSelector: { nowhere: 'true' } }) });
    const isMarker = ({ type, pod }: { type: string; pod: { name: string } | null }): boolean => type === 'ADDED' && pod?.name === 'marker';
    await Promise.all([witness.saw(isMarker), mover.saw(isMarker)]);
    const upToMarker = (story: readonly string[]): string[] => story.slice(0, story.findIndex((line) => line.startsWith('ADDED marker ')) + 1);
    expect(mover.sessions).toBeGreaterThan(0);
    expect(upToMarker(mover.story)).toEqual(upToMarker(witness.story));
    expectOnceInOrder(witness);
    const made = witness.changes.filter(isOfWeb);
    expect(made.filter(({ type }) => type === 'ADDED')).toHaveLength(50);
    expect(made.filter(({ type }) => type === 'DELETED')).toEqual([]);
    await Promise.all([witness.stop(), mover.stop()]);
  }, 300_000);

  test('rolling restart under writing clients: no change lost, no pod doubled, no create refused that is sent again', async () => {
    const clients = seats.map((seat) => seat.client());
    const followers = await Promise.all([clients, clients.toReversed()].map((order) => new Follower(order).start()));
    const created: string[] = [];
    const refusals: unknown[] = [];
    let repeated = 0;
    let isOver = false;
    const write = async (writer: number): Promise<void> => {
      for (let count = 0; !isOver; count += 1) {
        const name = `rolling-${writer}-${count}`;
        const input = shellPod(name, 'exit 0', { nodeSelector: { nowhere: 'true' } }, { uid: randomUUID() });
        for (let attempt = 0; ; attempt += 1) {
          const seat = seats[(writer + attempt) % 2]!;
          const reply = await seat.client().send<unknown>(createPod, { input }).catch(() => null);
          if (reply && !reply.errors) break;
          repeated += 1;
          const code = reply?.errors?.[0]?.extensions.code;
          // Only what says that it may be tried again, or says nothing at all, is.
          if (code !== undefined && !['SERVICE_UNAVAILABLE', 'TIMEOUT', 'SERVER_TIMEOUT', 'TOO_MANY_REQUESTS'].includes(code)) {
            refusals.push(reply?.errors);
            return;
          }
        }
        created.push(name);
      }
    };
    const writing = Promise.all([0, 1, 2, 3].map(write));
    const more = (count: number): Promise<void> => {
      const target = created.length + count;
      return eventually(() => created.length >= target || refusals.length > 0, `${count} more creates`);
    };
    const before = await settled(seats[0].client(), 50);
    await more(20);
    for (const seat of seats) {
      const ended = seat.process.terminate();
      await more(20);
      expect(await ended).toBe(0);
      await seat.start();
      await more(20);
    }
    isOver = true;
    await writing;
    expect(refusals).toEqual([]);

    const client = seats[1].client();
    await client.ask(createPod, { input: shellPod('end', 'exit 0', { nodeSelector: { nowhere: 'true' } }) });
    await Promise.all(followers.map((follower) => follower.saw(({ type, pod }) => type === 'ADDED' && pod?.name === 'end')));
    for (const follower of followers) {
      expectOnceInOrder(follower);
      const added = follower.changes.filter(({ type, pod }) => type === 'ADDED' && pod?.name.startsWith('rolling-')).map(({ pod }) => pod!.name);
      expect([...added].sort()).toEqual([...created].sort());
      expect(follower.sessions).toBeGreaterThan(0);
    }
    const after = await settled(client, 50);
    const uids = ({ replicationController }: ControllerView): string[] => replicationController.pods.nodes.map(({ uid }) => uid).sort();
    expect(uids(after)).toEqual(uids(before));
    for (const { name } of after.replicationController.pods.nodes) expect(runs(name)).toHaveLength(1);
    console.log(`${created.length} creates, ${repeated} sent again, over two restarts`);
    await Promise.all(followers.map((follower) => follower.stop()));
    const remove = `mutation ($input: DeletePodInput!) { deletePod(input: $input) { pod { name } } }`;
    const leftOver = [...created];
    const removing = async (): Promise<void> => {
      for (let name = leftOver.pop(); name !== undefined; name = leftOver.pop()) await client.ask(remove, { input: { name } });
    };
    await Promise.all(Array.from({ length: 8 }, removing));
  }, 180_000);
});

function expectOnceInOrder(follower: Follower): void {
  const versions = follower.changes.map(({ resourceVersion }) => Number(resourceVersion));
  expect(follower.changes.map(({ type }) => type)).not.toContain('RESYNC');
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
