import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithDocker } from '../support/docker/docker-binary';
import type { EngineContainer } from '../support/docker/machine';
import { Machine } from '../support/docker/machine';
import { eventually } from '../support/eventually';
import type { TestClient } from '../support/graphql-client';
import { lastingPort } from '../support/lasting-port';
import { deleteEverything, PodqlProcess } from '../support/podql-process';
import { createPod, deletePod } from '../support/shell-pod';
import { nodeToken, rootToken, writeTokenFile } from '../support/token-file';

interface PodView {
  readonly uid: string;
  readonly restartCount: number;
  readonly status: {
    readonly phase: string;
    readonly containerStatuses: readonly { readonly state: { readonly kind: string }; readonly lastState: { readonly exitCode?: number } | null }[];
  };
  readonly logs: readonly { readonly text: string; readonly attempt: number }[] | null;
}
const podQuery = (name: string): string => `{
  pod(name: "${name}") {
    uid restartCount
    status { phase containerStatuses { state { kind: __typename } lastState { ... on ContainerTerminated { exitCode } } } }
    logs(tailLines: 10) { text attempt }
  }
}`;

function busyboxPod(name: string): Record<string, unknown> {
  const container = { name: 'main', image: 'busybox:1.36', command: ['sh', '-c', 'echo run $PODQL_ATTEMPT; exec sleep 100000'] };
  return { name, spec: { restartPolicy: 'ALWAYS', containers: [container], terminationGracePeriodSeconds: 1 } };
}

/** Milliseconds: other tests may keep the machine busy. */
const patience = 90_000;

/** A server without a node, and one machine: two processes, either of which may be away. */
describeWithDocker('a machine whose server is away', () => {
  let folder: string;
  let podql: PodqlProcess;
  let client: TestClient;
  let machine: Machine;
  const serverArgs = (): string[] => ['--runtime', 'none', '--token-file', join(folder, 'tokens.yaml')];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'podql-server-away-'));
    writeTokenFile(join(folder, 'tokens.yaml'), ['far']);
    // Kept while it is down: the kubelet knocks at it all the time.
    podql = await PodqlProcess.start({ port: await lastingPort(), args: serverArgs() });
    client = podql.client(rootToken);
    machine = await Machine.start({ nodeName: 'far', server: podql.url, token: nodeToken('far') });
  }, 120_000);

  afterAll(async () => {
    await deleteEverything(client);
    await machine.dispose();
    await podql.remove();
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  const serverReturns = async (): Promise<void> => {
    podql = await PodqlProcess.start({ directory: podql.directory, port: podql.port, args: serverArgs() });
  };
  const until = async (name: string, fits: (pod: PodView) => boolean): Promise<PodView> => {
    const data = await client.until<{ pod: PodView | null }>(podQuery(name), ({ pod }) => pod !== null && fits(pod), { milliseconds: patience });
    return data.pod!;
  };
  const runs = (restartCount: number) => (pod: PodView): boolean =>
    pod.restartCount === restartCount && pod.status.phase === 'RUNNING' && pod.status.containerStatuses[0]?.state.kind === 'ContainerRunning';
  const running = async (podName: string): Promise<EngineContainer[]> => (await machine.containers()).filter((each) => each.podName === podName && each.running);
  const kill = (container: EngineContainer | undefined): Promise<unknown> => machine.engine.api.call('POST', `/containers/${container?.id}/kill`);

  test('what ends is started again meanwhile, and the API hears of it later; nothing is doubled', async () => {
    for (const name of ['job', 'steady']) await client.ask(createPod, { input: busyboxPod(name) });
    for (const name of ['job', 'steady']) await until(name, runs(0));
    const [steady] = await running('steady');

    expect(await podql.terminate()).toBe(0);
    await kill((await running('job'))[0]);
    // The first restart is immediate, and nobody but the kubelet is there to decide it.
    await eventually(async () => (await running('job'))[0]?.attempt === 1, 'the next run', patience);

    await serverReturns();
    const { status, logs } = await until('job', (pod) => runs(1)(pod) && pod.logs?.length === 2);
    expect(status.containerStatuses[0]?.lastState).toEqual({ exitCode: 137 });
    expect(logs).toEqual([
      { text: 'run 0', attempt: 0 },
      { text: 'run 1', attempt: 1 },
    ]);
    await until('steady', runs(0));
    expect((await running('job')).map(({ attempt }) => attempt)).toEqual([1]);
    expect(await running('steady')).toEqual([steady]);
  }, 240_000);

  test('a kubelet that starts meanwhile removes nothing before it has heard from the API, and then adopts what is to run', async () => {
    await client.ask(createPod, { input: busyboxPod('unwanted') });
    const { uid } = await until('unwanted', runs(0));
    const there = (await machine.containers()).map(({ id }) => id).sort();

    await machine.endKubelet('SIGKILL');
    await client.ask(deletePod, { input: { name: 'unwanted' } });
    await podql.kill9();
    const known = machine.log.length;
    machine.startKubelet();
    // It has its runtime open and its first list of containers by then, and has found nobody to ask.
    const said = (text: string): boolean => machine.log.slice(known).includes(text);
    await eventually(() => said('cannot register this node') && said('a stream of changes broke'), 'a kubelet that looks for its server', patience);
    expect((await machine.containers()).map(({ id }) => id).sort()).toEqual(there);
    expect(await running('unwanted')).toHaveLength(1);

    const [steady] = await running('steady');
    await serverReturns();
    await client.until<{ pods: { nodes: { uid: string }[] } }>('{ pods { nodes { uid } } }', ({ pods }) => pods.nodes.every((pod) => pod.uid !== uid), { milliseconds: patience });
    // The object goes when they have ended; then they do.
    const left = async (): Promise<EngineContainer[]> => (await machine.containers()).filter(({ podUid }) => podUid === uid);
    expect((await left()).filter((each) => each.running)).toEqual([]);
    await eventually(async () => (await left()).length === 0, 'an end of the containers of a deleted pod', patience);
    await until('job', runs(1));
    await until('steady', runs(0));
    expect(await running('steady')).toEqual([steady]);
    expect((await running('job')).map(({ attempt }) => attempt)).toEqual([1]);
  }, 240_000);
});
