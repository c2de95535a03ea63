/**
 * Pods on a Docker Engine: how long until 1, 10 and 50 run, until a killed one runs again, until all are gone. In the same run, on the
 * same engine: the floor (the engine alone, through dockerode) and the peer (swarm, which lives in the engine). podql is a real `podql
 * server` in a process of its own. Who is measured first changes from round to round.
 *
 * ROUNDS (5), RESTARTS (30, of all rounds), MANY (50) and PODS (100, for memory; 0: not measured) make it shorter. The engine, all that
 * it made and the servers go with the benchmark, also on Ctrl-C. Swarm's manager takes port 7946 of loopback.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { whyNoEngine } from '../test/support/docker/docker-binary';
import { DockerEngine } from '../test/support/docker/engine';
import { ledger } from '../test/support/ledger';
import { countCalls } from './docker/calls';
import { EngineWatch } from './docker/engine-watch';
import { floorRestarts, floorStarts } from './docker/floor';
import { measureMemory } from './docker/memory';
import { measureRemoval, measureRestarts, measureScale, measureStart, restartRest } from './docker/measure';
import type { Orchestrator } from './docker/orchestrator';
import { podmanRestarts } from './docker/podman';
import { Podql } from './docker/podql';
import { printCalls, printMemory, printRestarts, printStarts, printStatus } from './docker/report';
import { Samples } from './docker/samples';
import { Swarm } from './docker/swarm';

const rounds = Number(process.env.ROUNDS ?? 5);
const restarts = Number(process.env.RESTARTS ?? 30);
const many = Number(process.env.MANY ?? 50);
const few = 10;
const pods = Number(process.env.PODS ?? 100);
/** Single starts in a round: a single one says little. */
const singles = 4;
const timelines = 5;
const inFlight = 8;

/** All that is measured of one orchestrator in one round. */
async function round(who: Orchestrator, { docker, watch, samples }: { docker: Docker; watch: EngineWatch; samples: Samples }): Promise<void> {
  const add = (what: string, value: number): void => samples.add(who.name, what, value);
  const start = async (replicas: number): Promise<void> => {
    const { started, status } = await measureStart(watch, who, replicas);
    add(`start ${replicas}`, started);
    add(`status ${replicas}`, status);
  };
  for (let n = 0; n < singles; n += 1) {
    await start(1);
    add('remove 1', await measureRemoval(watch, who, 1));
  }
  await start(few);
  const { up, down } = await measureScale(watch, who, few, many);
  add('up', up);
  add('down', down);
  await measureRemoval(watch, who, few);
  await start(many);
  add(`remove ${many}`, await measureRemoval(watch, who, many));
  const shown = async (id: string, at: number): Promise<void> => {
    if (who instanceof Podql) add('restart shown', (await who.showsRunning(id)) - at);
  };
  for (const value of await measureRestarts(docker, watch, who, Math.ceil(restarts / rounds), shown)) add('restart', value);
}

async function floor({ docker, watch, samples }: { docker: Docker; watch: EngineWatch; samples: Samples }): Promise<void> {
  const add = (what: string, value: number): void => samples.add('floor', what, value);
  for (const value of (await floorStarts(docker, singles, 1)).each) add('start 1', value);
  add(`start ${few}`, (await floorStarts(docker, few, inFlight)).all);
  const { all, removed } = await floorStarts(docker, many, inFlight);
  add(`start ${many}`, all);
  add(`remove ${many}`, removed);
  for (const value of await floorRestarts(docker, watch, Math.ceil(restarts / rounds), restartRest)) add('restart', value);
}

async function measure(folder: string): Promise<void> {
  const samples = new Samples();
  const engine = await DockerEngine.start();
  const docker = new Docker({ socketPath: engine.socketPath });
  const watch = await EngineWatch.open(docker);
  try {
    const { Version: version } = await docker.version();
    console.log(`Docker ${version}, ${rounds} rounds`);
    const swarm = await Swarm.start(engine, docker);
    const podql = await Podql.start({ docker, dockerHost: engine.dockerHost, directory: join(folder, 'podql') });
    const delays: number[] = [];
    const leave = watch.listen((event) => {
      if (event.action === 'start' && podql.isWorkload(event)) void podql.showsRunning(event.id).then((at) => delays.push(at - event.at));
    });
    for (let n = 0; n < rounds; n += 1) {
      console.log(`round ${n + 1} of ${rounds} …`);
      await floor({ docker, watch, samples });
      for (const who of n % 2 === 0 ? [podql, swarm] : [swarm, podql]) await round(who, { docker, watch, samples });
    }
    leave();
    await podql.stop();
    await swarm.leave();
    const podman = await podmanRestarts(folder, restarts, restartRest);
    printStarts(samples, few, many);
    printRestarts(samples, podman);
    printStatus(delays);
    printCalls(await countCalls(docker, watch, engine.socketPath, folder, timelines));
    if (pods > 0) printMemory(await measureMemory(docker, watch, engine.dockerHost, folder, pods));
  } finally {
    watch.close();
    await engine.dispose();
  }
}

async function main(): Promise<void> {
  const lack = whyNoEngine();
  if (lack !== undefined) return console.log(`not measured: ${lack}`);
  const folder = mkdtempSync(join(tmpdir(), 'podql-bench-'));
  const clear = async (): Promise<void> => {
    await ledger.settle();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void clear().finally(() => process.exit(130)));
  try {
    await measure(folder);
  } finally {
    await clear();
  }
}

// The clock's timers keep no process alive.
const keepAlive = setInterval(() => undefined, 60_000);
main()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => clearInterval(keepAlive));
