import type Docker from 'dockerode';
import type { EngineWatch } from './engine-watch';
import { command, pause } from './orchestrator';

const image = 'busybox:1.36';
const mark = { 'podql.bench': 'floor' };
const removalsAtOnce = 8;

export interface FloorStarts {
  /** Create and start, for each container; milliseconds. */
  readonly each: readonly number[];
  readonly all: number;
  /** remove -f of all of them. */
  readonly removed: number;
}

/** What the engine can do when nobody orchestrates: create + start on its bridge, so many in flight, then remove -f. */
export async function floorStarts(docker: Docker, count: number, inFlight: number): Promise<FloorStarts> {
  const ids: string[] = [];
  const each: number[] = [];
  const began = performance.now();
  await lanes(inFlight, Array.from({ length: count }), async () => {
    const own = performance.now();
    const container = await docker.createContainer({ Image: image, Cmd: [...command], Labels: mark });
    await container.start();
    each.push(performance.now() - own);
    ids.push(container.id);
  });
  const all = performance.now() - began;
  const removing = performance.now();
  await lanes(removalsAtOnce, ids, (id) => docker.getContainer(id).remove({ force: true }));
  return { each, all, removed: performance.now() - removing };
}

/**
 * The least that a restart as a new container can take: SIGKILL, the engine says so, create + start in the network of a container that
 * runs on, the engine says that it has started.
 */
export async function floorRestarts(docker: Docker, watch: EngineWatch, count: number, rest: number): Promise<readonly number[]> {
  const sandbox = await docker.createContainer({ Image: image, Cmd: [...command], Labels: { 'podql.bench': 'sandbox' }, HostConfig: { IpcMode: 'shareable' } });
  await sandbox.start();
  const shared = `container:${sandbox.id}`;
  const create = (): Promise<Docker.Container> => docker.createContainer({ Image: image, Cmd: [...command], Labels: mark, HostConfig: { NetworkMode: shared, IpcMode: shared } });
  let current = await create();
  await current.start();
  const samples: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const { State: state } = await current.inspect();
    await pause(rest);
    const old = current;
    const died = watch.nth(1, 'the end of the killed container', ({ action, id }) => action === 'die' && id === old.id);
    const started = watch.nth(1, 'the start of its replacement', ({ action, labels }) => action === 'start' && labels['podql.bench'] === 'floor');
    const began = performance.now();
    process.kill(state.Pid, 'SIGKILL');
    await died;
    current = await create();
    const [{ at }] = await Promise.all([started, current.start()]);
    samples.push(at - began);
    await old.remove();
  }
  await current.remove({ force: true });
  await sandbox.remove({ force: true });
  return samples;
}

/** Does the work on every item, so many at a time. */
async function lanes<Item>(width: number, items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const lane = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
