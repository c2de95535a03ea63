import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ledger } from '../support/ledger';
import { deleteEverything, PodqlProcess, spawnPodql } from '../support/podql-process';
import { createPod, shellPod } from '../support/shell-pod';

/** `podql kubelet` as its own process, with a NODE token, against a server that has no kubelet inside. */
describe('podql kubelet', () => {
  let folder: string;
  let podql: PodqlProcess;
  let kubelet: ChildProcess;
  const serverArgs = (): string[] => ['--runtime', 'none', '--token-file', join(folder, 'tokens.yaml')];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'podql-kubelet-'));
    const files = {
      'tokens.yaml': '- { name: root, token: root-secret-0123456789, roles: [ADMIN] }\n- { name: far, token: node-secret-0123456789, roles: [NODE] }\n',
      'node-token': 'node-secret-0123456789\n',
    };
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text);
      chmodSync(join(folder, name), 0o600);
    }
    podql = await PodqlProcess.start({ args: serverArgs() });
    ledger.recordRuntimeFolder(join(folder, 'node'));
    kubelet = spawnPodql(
      ['kubelet', '--server', podql.url, '--token-file', join(folder, 'node-token'), '--node-name', 'far', '--runtime', 'process', '--runtime-folder', join(folder, 'node'), '--node-labels', 'disk=ssd'],
      { stdio: 'ignore' },
    );
  }, 60_000);

  afterAll(async () => {
    await deleteEverything(podql.client('root-secret-0123456789'));
    const ended = new Promise((resolve) => kubelet.once('exit', resolve));
    kubelet.kill('SIGINT');
    expect(await ended).toBe(0);
    await podql.remove();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test('registers, runs pods, and goes on restarting them while the server is away', async () => {
    const client = podql.client('root-secret-0123456789');
    await client.until<{ clusterNodes: { nodes: { name: string; ready: boolean }[] } }>('{ clusterNodes { nodes { name ready } } }', (data) =>
      data.clusterNodes.nodes.some((node) => node.name === 'far' && node.ready),
    );
    const runs = join(folder, 'runs');
    // Ends when the file `die-N` of its attempt appears, so that it ends exactly when the test says so.
    await client.ask(createPod, { input: shellPod('job', `echo x >> ${runs}; while [ ! -e ${folder}/die-$PODQL_ATTEMPT ]; do sleep 0.02; done; exit 9`) });
    type View = { pod: { restartCount: number; status: { phase: string; containerStatuses: { lastState: { exitCode?: number } | null; state: { kind: string } }[] }; clusterNode: { name: string } } };
    const view = '{ pod(name: "job") { restartCount clusterNode { name } status { phase containerStatuses { state { kind: __typename } lastState { ... on ContainerTerminated { exitCode } } } } } }';
    const first = await client.until<View>(view, (data) => data.pod?.status.phase === 'RUNNING');
    expect(first.pod.clusterNode.name).toBe('far');

    await podql.kill9();
    writeFileSync(join(folder, 'die-0'), '');
    // The first restart is immediate, and nobody but the kubelet is there to decide it.
    while (readFileSync(runs, 'utf8') !== 'x\nx\n') await new Promise((resolve) => setTimeout(resolve, 20));

    podql = await PodqlProcess.start({ directory: podql.directory, port: podql.port, args: serverArgs() });
    const after = await client.until<View>(view, (data) => data.pod?.restartCount === 1 && data.pod.status.containerStatuses[0]?.state.kind === 'ContainerRunning');
    expect(after.pod.status.containerStatuses[0]?.lastState).toEqual({ exitCode: 9 });
  }, 90_000);

  test('is found by its labels', async () => {
    const client = podql.client('root-secret-0123456789');
    type View = { clusterNode: { labels: Record<string, string> }; pods: { nodes: { name: string; clusterNode: { name: string } | null; status: { phase: string; conditions: { type: string; reason: string | null }[] } }[] } };
    const view = '{ clusterNode(name: "far") { labels } pods { nodes { name clusterNode { name } status { phase conditions { type reason } } } } }';
    for (const disk of ['hdd', 'ssd']) {
      await client.ask(createPod, { input: shellPod(`on-${disk}`, 'exec sleep 100000', { nodeSelector: { disk } }) });
    }
    const data = await client.until<View>(view, ({ pods }) => pods.nodes.some(({ name, status }) => name === 'on-ssd' && status.phase === 'RUNNING'));
    expect(data.clusterNode.labels).toMatchObject({ disk: 'ssd', 'kubernetes.io/hostname': 'far' });
    const placed = Object.fromEntries(data.pods.nodes.map(({ name, clusterNode }) => [name, clusterNode?.name ?? null]));
    expect(placed).toMatchObject({ 'on-ssd': 'far', 'on-hdd': null });
    await client.until<View>(view, ({ pods }) => pods.nodes.some(({ name, status }) => name === 'on-hdd' && status.conditions.some(({ reason }) => reason === 'Unschedulable')));
  }, 60_000);
});
