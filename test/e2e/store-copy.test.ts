import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kind } from '../../src/api/kinds';
import { kinds } from '../../src/api/kinds';
import { systemClock } from '../../src/base/clock';
import { silentLogger } from '../../src/base/logger';
import { decodeObject, encodeObject, thisWrite } from '../../src/registry/codec';
import { readBootId } from '../../src/kubelet/runtime/process-identity';
import { KeySpace, registryPrefix } from '../../src/registry/keys';
import { leaderKey } from '../../src/registry/leadership';
import { openBackend, openStore } from '../../src/registry/store/open';
import type { Store } from '../../src/registry/store/store';
import { aNode, anRc, aRunningPod } from '../support/builders';
import { describeWithEtcd, EtcdProcess } from '../support/etcd/etcd-process';
import { endContainersIn } from '../support/left-behind';
import { PodqlProcess, program } from '../support/podql-process';
import { createController, shellController } from '../support/shell-pod';

const pods = 2_000;
const controllers = 40;
const keys = new KeySpace(registryPrefix);
/** The shell's $$: in a command, $$ stands for one dollar sign, as in Kubernetes. */
const ownPid = '$$$$';

async function withStore<T>(url: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(url, { clock: systemClock, logger: silentLogger });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Past the registry's checks, because that is not what is tested. */
async function fill(store: Store): Promise<void> {
  const node = aNode({ name: 'node-a' });
  const objects = [
    node,
    ...Array.from({ length: controllers }, (_, i) => anRc({ name: `rc-${i}`, annotations: { number: String(i) }, spec: { replicas: 0, selector: { app: `rc-${i}` } } })),
    ...Array.from({ length: pods }, (_, i) => aRunningPod({ name: `p-${i}`, labels: { tier: 'moved' }, annotations: { note: `ä ${i}` } })),
  ];
  for (let i = 0; i < objects.length; i += 100) {
    await Promise.all(objects.slice(i, i + 100).map((object) => store.create(keys.ofObject(object.kind, object), encodeObject(object, thisWrite))));
  }
}

/** All objects by key that hang on no lease, without the version, which is the store's. */
async function everything(store: Store): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const { kind } of Object.values(kinds)) {
    for (const item of (await store.list(keys.ofKind(kind))).items) if (item.lease === null) found[item.key] = { ...decodeObject(kind as Kind, item).object, resourceVersion: null };
  }
  return found;
}

function podql(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (error, out, err) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }));
  });
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describeWithEtcd('podql store copy', () => {
  let etcd: EtcdProcess;
  let scratch: string;
  let server: PodqlProcess | undefined;
  const pids = (): number[] => readdirSync(scratch).filter((name) => name.startsWith('pid-')).flatMap((name) => readFileSync(join(scratch, name), 'utf8').trim().split('\n').map(Number));
  beforeAll(async () => {
    etcd = await EtcdProcess.start();
    scratch = mkdtempSync(join(tmpdir(), 'podql-copy-'));
  });
  afterAll(async () => {
    await server?.kill9();
    for (const pid of pids().filter(isAlive)) process.kill(pid);
    await etcd.stop();
    // The pods run on where they were begun, whichever folder the last server had.
    await endContainersIn(join(scratch, 'first', 'node'), await readBootId());
    rmSync(scratch, { recursive: true, force: true });
  });

  test('moves a cluster from the embedded store to etcd and back, under processes that run', async () => {
    const first = join(scratch, 'first');
    const second = join(scratch, 'second');
    const runtime = ['--runtime', 'process', '--runtime-folder', join(first, 'node')];
    const inEtcd = `etcd://127.0.0.1:${etcd.ports.client}/moved`;
    const steady = '{ replicationController(name: "steady") { readyReplicas currentReplicas } pods(first: 1) { totalCount resourceVersion } }';
    type Steady = { replicationController: { readyReplicas: number; currentReplicas: number }; pods: { totalCount: number; resourceVersion: string } };
    const servesAll = ({ replicationController: rc, pods: { totalCount } }: Steady): boolean => rc.readyReplicas === 3 && rc.currentReplicas === 3 && totalCount === pods + 3;

    server = await PodqlProcess.start({ directory: first, args: runtime });
    await server.client().ask(createController, { input: shellController('steady', 3, { app: 'steady' }, `echo ${ownPid} >> ${scratch}/pid-$PODQL_POD_NAME; exec sleep 100000`) });
    const made = await server.client().until<Steady>(steady, (data) => data.replicationController.readyReplicas === 3);
    const running = pids();
    expect(running).toHaveLength(3);

    const inUse = await podql('store', 'copy', '--from', `embedded:${first}`, '--to', inEtcd);
    expect(inUse).toMatchObject({ code: 1, err: expect.stringMatching(/is in use: a podql server runs on it.*Nothing was changed\. \[DATA_IN_USE\]/) });
    await server.interrupt();
    await withStore(`embedded:${first}`, fill);
    const before = await withStore(`embedded:${first}`, everything);

    const there = await podql('store', 'copy', '--from', `embedded:${first}`, '--to', inEtcd);
    expect(there).toMatchObject({ code: 0 });
    expect(there.out).toContain(`copied ${Object.keys(before).length} keys`);
    expect(there.out).toMatch(/clusternodes 2, pods 2003, replicationcontrollers 41/);
    expect(there.out).not.toContain('\r');
    expect(await withStore(inEtcd, everything)).toEqual(before);
    const again = await podql('store', 'copy', '--from', `embedded:${first}`, '--to', inEtcd);
    expect(again).toMatchObject({ code: 1, err: expect.stringMatching(/There is a cluster in etcd at .* already.*Nothing was changed\. \[COPY_REFUSED\]/) });

    server = await PodqlProcess.start({ directory: first, args: [...runtime, '--store', inEtcd] });
    await server.client().until<Steady>(steady, servesAll, { milliseconds: 30_000 });
    expect(pids()).toEqual(running);
    for await (const change of server.client().subscribe<{ type: string }>(`subscription { podChanges(since: "${made.pods.resourceVersion}") { type } }`)) {
      expect(change.type).toBe('RESYNC');
      break;
    }
    const led = await podql('store', 'copy', '--from', inEtcd, '--to', `embedded:${second}`);
    expect(led).toMatchObject({ code: 1, err: expect.stringMatching(/is in use: .* leads on it\. Stop all podql servers/) });
    await server.interrupt();

    const served = await withStore(inEtcd, everything);
    expect(await podql('store', 'copy', '--from', inEtcd, '--to', `embedded:${second}`)).toMatchObject({ code: 0 });
    expect(await withStore(`embedded:${second}`, everything)).toEqual(served);

    server = await PodqlProcess.start({ directory: second, args: runtime });
    await server.client().until<Steady>(steady, servesAll, { milliseconds: 30_000 });
    expect(pids()).toEqual(running);
    expect(running.filter(isAlive)).toEqual(running);

    await server.client().ask('mutation { deleteReplicationController(input: { name: "steady" }) { replicationController { name } } }');
    await server.client().until<{ pods: { totalCount: number } }>('{ pods(first: 1) { totalCount } }', (data) => data.pods.totalCount === pods, { milliseconds: 30_000 });
    expect(running.filter(isAlive)).toEqual([]);
    await server.interrupt();
  }, 240_000);

  test('a copy that was killed leaves a store on which no server starts, until it is made again', async () => {
    const folder = join(scratch, 'killed');
    await withStore(`embedded:${folder}`, fill);
    const target = `etcd://127.0.0.1:${etcd.ports.client}/killed`;
    const copying = execFile(process.execPath, [program, 'store', 'copy', '--from', `embedded:${folder}`, '--to', target]);
    const ended = new Promise((resolve) => copying.once('exit', resolve));
    const watching = new AbortController();
    const raw = await openBackend(target, { clock: systemClock, logger: silentLogger });
    for await (const { events } of raw.watch(registryPrefix, { after: await raw.currentRevision(), signal: watching.signal })) {
      if (events.length === 0) continue;
      copying.kill('SIGKILL');
      watching.abort();
    }
    await ended;
    const refused = await podql('server', '--store', target, '--listen', '127.0.0.1:0', '--runtime', 'none', '--log-level', 'silent');
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/begun and has not ended.*\[STORE_FAILED\]/) });
    // The dead copy still holds the target for the rest of its lease.
    expect(await podql('store', 'copy', '--from', `embedded:${folder}`, '--to', target)).toMatchObject({ code: 1, err: expect.stringContaining('podql store copy leads on it') });
    for await (const { events } of raw.watch(leaderKey, { after: await raw.currentRevision(), signal: new AbortController().signal })) {
      if (events.some(({ type }) => type === 'delete')) break;
    }
    const copied = await podql('store', 'copy', '--from', `embedded:${folder}`, '--to', target);
    expect(copied).toMatchObject({ code: 0, out: expect.stringMatching(/keys that an interrupted copy had left there were removed first/) });
    await raw.close();
  }, 120_000);
});
