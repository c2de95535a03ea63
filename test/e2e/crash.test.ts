import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deleteEverything, freePort, PodqlProcess } from '../support/podql-process';
import { createController, createPod, shellController, shellPod } from '../support/shell-pod';

const rounds = 20;
const writers = 4;
/** The shell's $$: in a command, $$ stands for one dollar sign, as in Kubernetes. */
const ownPid = '$$$$';

interface ExitView {
  pod: { status: { phase: string; containerStatuses: { restartCount: number; state: { kind: string; exitCode?: number } }[] } };
}
const exitView = `query ($name: String!) { pod(name: $name) { status { phase containerStatuses { restartCount
  state { kind: __typename ... on ContainerTerminated { exitCode } } } } } }`;

/** Numbers from 0 to 1 from a seed that is printed, so that a failing run can be repeated. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function isAlive(pid: number): boolean {
  try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  async function until(what: string, holds: () => boolean): Promise<void> {
    const end = Date.now() + 20_000;
    while (!holds()) {
      if (Date.now() > end) throw new Error(`never happened: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  test(`kill -9 of the server ${rounds} times, while clients write and pods run`, async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 100_000);
    console.log(`seed ${seed} (repeat with SEED=${seed})`);
    const random = numbers(seed);
    const directory = mkdtempSync(join(tmpdir(), 'podql-crash-'));
    const scratch = mkdtempSync(join(tmpdir(), 'podql-crash-pids-'));
    const port = await freePort();
    let podql = await PodqlProcess.start({ directory, port });
    const client = podql.client();

    // Five pods that stay: each run appends its pid to a file named after the pod. More than one line means it ran twice.
    await client.ask(createController, {
      input: shellController('steady', 5, { app: 'steady' }, `echo ${ownPid} >> ${scratch}/steady-$PODQL_POD_NAME; exec sleep 100000`),
    });
    await client.until<{ replicationController: { readyReplicas: number } }>(
      '{ replicationController(name: "steady") { readyReplicas } }',
      (data) => data.replicationController.readyReplicas === 5,
    );
    const steadyFiles = (): string[] => readdirSync(scratch).filter((name) => name.startsWith('steady-')).sort();
    const pidsOf = (name: string): number[] => readFileSync(join(scratch, name), 'utf8').trim().split('\n').map(Number);
    await until('five pids', () => steadyFiles().length === 5);
    const firstPids = steadyFiles().map((name) => ({ name, pids: pidsOf(name) }));

    try {
    const acknowledged: string[] = [];
    const refusedByDeath: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const exitName = `exit-${round}`;
      const exitCode = 40 + round;
      const go = join(scratch, `go-${round}`);
      const pidFile = join(scratch, `pid-${round}`);
      await client.ask(createPod, {
        input: shellPod(exitName, `echo ${ownPid} >> ${pidFile}; while [ ! -e ${go} ]; do sleep 0.02; done; exit ${exitCode}`, { restartPolicy: 'NEVER' }),
      });
      await until(`pod of round ${round} runs`, () => existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith('\n'));

      // Clients write until the server dies under them.
      let dead = false;
      const write = async (writer: number): Promise<void> => {
        for (let i = 0; !dead; i += 1) {
          const name = `w-${round}-${writer}-${i}`;
          try {
            const reply = await client.send<unknown>(createController, { input: shellController(name, 0, { app: name }) });
            if (!reply.errors) acknowledged.push(name);
            else throw new Error(JSON.stringify(reply.errors));
          } catch (error) {
            if (!dead && error instanceof Error && error.message.startsWith('[')) throw error;
            refusedByDeath.push(name);
            return;
          }
        }
      };
      const writing = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
      const target = acknowledged.length + 5 + Math.floor(random() * 40);
      await until('enough writes before the kill', () => acknowledged.length >= target);
      const killed = podql.kill9();
      dead = true;
      await Promise.all([killed, writing]);

      // While nobody watches, the pod of this round ends.
      const [exitPid] = readFileSync(pidFile, 'utf8').trim().split('\n').map(Number);
      writeFileSync(go, '');
      await until(`process ${exitPid} ends`, () => !isAlive(exitPid ?? 0));

      podql = await PodqlProcess.start({ directory, port });
      const { pod } = await client.until<ExitView>(exitView, (data) => data.pod.status.phase === 'FAILED', { variables: { name: exitName } });
      expect(pod.status.containerStatuses[0]).toMatchObject({ restartCount: 0, state: { kind: 'ContainerTerminated', exitCode } });
      expect(readFileSync(pidFile, 'utf8').trim().split('\n')).toHaveLength(1);
    }

    const present = new Set<string>();
    let after: string | null = null;
    do {
      const page: { replicationControllers: { nodes: { name: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } } = await client.ask(
        'query ($after: String) { replicationControllers(first: 1000, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } }',
        { after },
      );
      for (const { name } of page.replicationControllers.nodes) present.add(name);
      after = page.replicationControllers.pageInfo.hasNextPage ? page.replicationControllers.pageInfo.endCursor : null;
    } while (after);
    expect(acknowledged.filter((name) => !present.has(name))).toEqual([]);

    // No steady pod was doubled or replaced: same files, one pid in each, the first one, still alive.
    expect(steadyFiles().map((name) => ({ name, pids: pidsOf(name) }))).toEqual(firstPids);
    for (const { pids } of firstPids) expect(pids.map(isAlive)).toEqual([true]);
    const steady = await client.until<{ replicationController: { currentReplicas: number; readyReplicas: number; pods: { nodes: { restartCount: number }[] } } }>(
      '{ replicationController(name: "steady") { currentReplicas readyReplicas pods { nodes { restartCount } } } }',
      (data) => data.replicationController.readyReplicas === 5,
    );
    expect(steady.replicationController.currentReplicas).toBe(5);
    expect(steady.replicationController.pods.nodes.map((pod) => pod.restartCount)).toEqual([0, 0, 0, 0, 0]);
    console.log(`${rounds} kills, ${acknowledged.length} acknowledged writes, ${refusedByDeath.length} cut off by a kill, 0 lost`);

  } finally {
    await deleteEverything(client);
    await podql.remove();
    rmSync(scratch, { recursive: true, force: true });
  }
}, 600_000);
