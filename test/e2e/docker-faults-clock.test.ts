import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithDocker } from '../support/docker/docker-binary';
import { dockerPod, DockerNode, forever, idOf, isRunning, type SeenContainer, type SeenPod } from '../support/docker/docker-node';
import { eventually } from '../support/eventually';
import { projectRoot } from '../support/podql-process';
import { temporaryFolder } from '../support/temporary-folder';

interface SeenChange {
  readonly type: string;
  readonly pod: { readonly name: string; readonly status: { readonly containerStatuses: readonly { readonly state: { readonly exitCode?: number } }[] } } | null;
}

const hour = 3_600_000;
const changes = 'subscription { podChanges { type pod { name status { containerStatuses { state { ... on ContainerTerminated { exitCode } } } } } } }';
const kept = ['steady', 'deadline'];

describeWithDocker('a wall clock that is set while pods run on an engine', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let node: DockerNode;
  beforeEach(async () => {
    folder = await temporaryFolder('clock');
    node = await DockerNode.start({}, [], { NODE_OPTIONS: `--require ${join(projectRoot, 'test/support/shifted-clock.js')}`, WALL_CLOCK_OFFSET_FILE: offsetFile() });
  }, 60_000);
  afterEach(async () => {
    await node.dispose();
    await folder.remove();
  }, 60_000);

  const offsetFile = (): string => join(folder.path, 'offset');
  const keptPods = async (): Promise<readonly SeenPod[]> => (await node.pods()).filter(({ name }) => kept.includes(name));

  /** That of server and kubelet, which are one process; the engine's stays as it is. */
  async function setClock(offset: number): Promise<void> {
    writeFileSync(offsetFile(), String(offset));
    node.podql.child.kill('SIGUSR2');
    await eventually(() => !existsSync(offsetFile()), 'the clock to be set');
  }

  /** A pod made now starts, and is stamped with the time that the server takes for true. */
  async function newPodRuns(name: string, offset: number): Promise<void> {
    await node.create(dockerPod(name));
    const { pod } = await node.client.ask<{ pod: { creationTimestamp: string } }>(`{ pod(name: "${name}") { creationTimestamp } }`);
    expect(Math.abs(Date.parse(pod.creationTimestamp) - Date.now() - offset)).toBeLessThan(60_000);
    await node.podUntil(name, isRunning);
  }

  const first = async (name: string): Promise<SeenContainer> => (await node.podUntil(name, () => true)).status.containerStatuses[0]!;

  /** With what it ended before the API let it go. */
  async function exitCodeOf(name: string): Promise<number | undefined> {
    let exitCode: number | undefined;
    for await (const { type, pod } of node.client.subscribe<SeenChange>(changes)) {
      if (pod?.name !== name) continue;
      exitCode = pod.status.containerStatuses[0]?.state.exitCode ?? exitCode;
      if (type === 'DELETED') return exitCode;
    }
    return exitCode;
  }

  test.each([
    ['forward and back', hour, 0],
    ['back and forward', -hour, 0],
  ])('%s: nothing ends or starts twice, what crashes is tried again, a deadline keeps its length and a deletion its grace', async (_how, there, back) => {
    await node.create(
      dockerPod('steady', forever, {}, { livenessProbe: { exec: { command: ['true'] }, periodSeconds: 1 } }),
      dockerPod('deadline', forever, { activeDeadlineSeconds: 600 }),
      dockerPod('leaving', 'trap "sleep 3; exit 5" TERM; while :; do sleep 100000 & wait; done', { terminationGracePeriodSeconds: 30 }),
      dockerPod('crashing', 'sleep 1; exit 3'),
    );
    for (const name of [...kept, 'leaving']) await node.podUntil(name, isRunning);
    const before = await keptPods();
    for (const [name, offset] of [['there', there], ['back', back]] as const) {
      const { restartCount } = await first('crashing');
      await setClock(offset);
      await newPodRuns(name, offset);
      await node.podUntil('crashing', (main) => main.restartCount > restartCount, 90_000);
    }
    const exitCode = exitCodeOf('leaving');
    await node.client.ask('mutation { deletePod(input: { name: "leaving" }) { pod { name } } }');
    await setClock(there);
    expect(await exitCode).toBe(5);
    const after = await keptPods();
    expect(after.map((pod) => [pod.name, idOf(pod), pod.status.phase])).toEqual(before.map((pod) => [pod.name, idOf(pod), 'RUNNING']));
    expect(after.map(({ status }) => status.containerStatuses[0]?.restartCount)).toEqual([0, 0]);
    await node.toldOfNode({ NodeNotReady: 0 });
  }, 240_000);
});
