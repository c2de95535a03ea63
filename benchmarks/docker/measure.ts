import type Docker from 'dockerode';
import type { EngineWatch } from './engine-watch';
import type { Orchestrator } from './orchestrator';
import { pause } from './orchestrator';

/** Milliseconds since it was asked for. */
export interface Start {
  /** The last container's start event. */
  readonly started: number;
  /** The orchestrator's own API says so. */
  readonly status: number;
}

/** Between two measurements: what is left of the last one comes to its end. */
const rest = 2_000;
/** Between two restarts. */
export const restartRest = 500;

export async function measureStart(watch: EngineWatch, who: Orchestrator, replicas: number): Promise<Start> {
  await settle(who);
  const started = watch.nth(replicas, `starts of ${who.name}`, (event) => event.action === 'start' && who.isWorkload(event));
  const began = performance.now();
  await who.create(replicas);
  const { at } = await started;
  return { started: at - began, status: (await who.running(replicas)) - began };
}

/** Until all that it made for them is gone from the engine. */
export async function measureRemoval(watch: EngineWatch, who: Orchestrator, replicas: number): Promise<number> {
  await settle(who);
  const gone = watch.nth(replicas * who.perReplica, `removals of ${who.name}`, (event) => event.action === 'destroy' && who.isOwn(event));
  const began = performance.now();
  await who.remove();
  return (await gone).at - began;
}

/** Up to the last start event, then down to the last end. */
export async function measureScale(watch: EngineWatch, who: Orchestrator, from: number, to: number): Promise<{ up: number; down: number }> {
  const change = async (replicas: number, action: 'start' | 'die'): Promise<number> => {
    await settle(who);
    const last = watch.nth(to - from, `${action} of ${who.name}`, (event) => event.action === action && who.isWorkload(event));
    const began = performance.now();
    await who.scale(replicas);
    return (await last).at - began;
  };
  const up = await change(to, 'start');
  await who.running(to);
  return { up, down: await change(from, 'die') };
}

/**
 * SIGKILL of the program's process until its replacement's start event, so many times. `onRestart` is told of each replacement; then
 * whatever the orchestrator still does is given time.
 */
export async function measureRestarts(docker: Docker, watch: EngineWatch, who: Orchestrator, count: number, onRestart: (id: string, at: number) => Promise<void> = async () => undefined): Promise<readonly number[]> {
  const nextStart = (): ReturnType<EngineWatch['nth']> => watch.nth(1, `a start of ${who.name}`, (event) => event.action === 'start' && who.isWorkload(event));
  const first = nextStart();
  await who.create(1);
  let { id } = await first;
  await who.running(1);
  const samples: number[] = [];
  for (let n = 0; n < count; n += 1) {
    await pause(restartRest);
    const { State: state } = await docker.getContainer(id).inspect();
    const next = nextStart();
    const began = performance.now();
    process.kill(state.Pid, 'SIGKILL');
    const started = await next;
    samples.push(started.at - began);
    await onRestart(started.id, started.at);
    ({ id } = started);
  }
  await who.running(1);
  await removeAll(docker, who);
  return samples;
}

async function settle(who: Orchestrator): Promise<void> {
  await pause(rest);
  await who.atRest();
}

/** Of what restarts left there may be any number. */
async function removeAll(docker: Docker, who: Orchestrator): Promise<void> {
  await who.remove();
  for (;;) {
    const left = await docker.listContainers({ all: true });
    if (!left.some(({ Id: id, Labels: labels }) => who.isWorkload({ action: 'destroy', id, labels, at: 0 }))) return;
    await pause(100);
  }
}
