import { join } from 'node:path';
import type Docker from 'dockerode';
import { CountingLink, type EngineCall } from './counting-link';
import type { EngineEvent, EngineWatch } from './engine-watch';
import { measureRemoval, measureRestarts, measureStart } from './measure';
import type { Orchestrator } from './orchestrator';
import { pause } from './orchestrator';
import { Podql } from './podql';

export interface Calls {
  readonly start: readonly EngineCall[];
  readonly restart: readonly EngineCall[];
  readonly idle: readonly EngineCall[];
  /** Of the starts of single pods, one each: steps, and milliseconds since the mutation was sent. */
  readonly timelines: readonly Timeline[];
}

export type Timeline = Readonly<Record<string, number>>;

export const idleSeconds = 15;
/** The passes that follow a start or a restart belong to it. */
const settling = 1_500;
/** By then a run is old enough to be removed, as with every further one. */
const countedRestart = 3;

/** What podql asks of the engine for one pod, and when. Through a link, so apart from what is timed. */
export async function countCalls(docker: Docker, watch: EngineWatch, engineSocket: string, folder: string, starts: number): Promise<Calls> {
  const link = await CountingLink.open(join(folder, 'link.sock'), engineSocket);
  try {
    const podql = await Podql.start({ docker, dockerHost: link.dockerHost, directory: join(folder, 'calls') });
    try {
      return await new Tally(docker, watch, link, podql).take(starts);
    } finally {
      await podql.stop();
    }
  } finally {
    link.close();
  }
}

class Tally {
  private started: EngineEvent | undefined;

  constructor(
    private readonly docker: Docker,
    private readonly watch: EngineWatch,
    private readonly link: CountingLink,
    private readonly podql: Podql,
  ) {}

  async take(starts: number): Promise<Calls> {
    const leave = this.watch.listen((event) => {
      if (event.action === 'start' && this.podql.isWorkload(event)) this.started = event;
    });
    // One before, so that what is learned once is known: the image, what the engine can do.
    await this.start();
    const idle = await this.idle();
    await this.remove();
    const timelines: Timeline[] = [];
    let start: readonly EngineCall[] = [];
    for (let n = 0; n < starts; n += 1) {
      const one = await this.start();
      timelines.push(one.timeline);
      start = one.calls;
      await this.remove();
    }
    const restart = await this.restart();
    leave();
    return { start, restart, idle, timelines };
  }

  private async start(): Promise<{ timeline: Timeline; calls: readonly EngineCall[] }> {
    const { link, podql } = this;
    podql.added.clear();
    podql.bound.clear();
    let began = Number.NaN;
    let answered = Number.NaN;
    const asking: Orchestrator = {
      name: podql.name,
      perReplica: podql.perReplica,
      create: async (replicas) => {
        link.take();
        began = performance.now();
        await podql.create(replicas);
        answered = performance.now();
      },
      scale: (replicas) => podql.scale(replicas),
      remove: () => podql.remove(),
      isWorkload: (event) => podql.isWorkload(event),
      isOwn: (event) => podql.isOwn(event),
      atRest: () => podql.atRest(),
      running: (replicas) => podql.running(replicas),
    };
    await measureStart(this.watch, asking, 1);
    const { id = '', at = Number.NaN } = this.started ?? {};
    const shown = await podql.showsRunning(id);
    await pause(settling);
    const all = link.take();
    const rename = all.find(({ what }) => what.endsWith('/rename'));
    const calls = all.filter((call) => isOf(call, id) || call === rename);
    const create = calls.find(({ what }) => what === 'POST /containers/create');
    const start = calls.find(({ what }) => what.endsWith('/start'));
    const moments: Readonly<Record<string, number | undefined>> = {
      'the pod exists': first(podql.added),
      'it is bound to the node': first(podql.bound),
      'the mutation is answered': answered,
      'a waiting sandbox is asked for': rename?.asked,
      'the sandbox is its own': rename?.answered,
      'the container is asked for': create?.asked,
      'the container exists': create?.answered,
      'its start is asked for': start?.asked,
      'its start event': at,
      'the start is answered': start?.answered,
      'the API shows it running': shown,
    };
    return { timeline: Object.fromEntries(Object.entries(moments).map(([step, moment]) => [step, (moment ?? Number.NaN) - began])), calls };
  }

  private async remove(): Promise<void> {
    await measureRemoval(this.watch, this.podql, 1);
    await pause(settling);
  }

  private async idle(): Promise<readonly EngineCall[]> {
    this.link.take();
    await pause(idleSeconds * 1000);
    return this.link.take();
  }

  private async restart(): Promise<readonly EngineCall[]> {
    let restarts = 0;
    let calls: readonly EngineCall[] = [];
    await measureRestarts(this.docker, this.watch, this.podql, countedRestart, async () => {
      restarts += 1;
      await pause(settling);
      const all = this.link.take();
      if (restarts === countedRestart) calls = all.filter(({ what }) => !what.endsWith('/containers/json'));
    });
    return calls;
  }
}

/** Is it about this container, or does it make one for a pod? */
function isOf({ what, target }: EngineCall, id: string): boolean {
  return target.includes(id) || (what === 'POST /containers/create' && !target.includes('prepared'));
}

function first(times: ReadonlyMap<string, number>): number | undefined {
  return [...times.values()][0];
}

/** "GET /containers/ID/json 3" */
export function summed(calls: readonly EngineCall[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { what } of calls) counts.set(what, (counts.get(what) ?? 0) + 1);
  return [...counts].map(([what, count]) => `${count} x ${what}`);
}
