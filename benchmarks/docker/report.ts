import { median, milliseconds, quantile, table } from '../support/statistics';
import { idleSeconds, summed, type Calls } from './calls';
import type { Memory } from './memory';
import type { Samples } from './samples';

const bounds = { restartOfSwarm: 0.4, restartOfFloor: 1.3, oneOfSwarm: 0.6, manyOfSwarm: 1, manyOfKubernetes: 0.8, status: 100 };
/** Seconds until 50 pods ran, and 50 tasks of a swarm, on one machine (Kubernetes 1.20 with dockershim and Docker 20.10; measured apart from this run). */
const kubernetesMany = 12.3 / 9.1;

const ratio = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(2));
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
const time = (value: number): string => (Number.isNaN(value) ? '-' : milliseconds(value));

function bound(what: string, value: number, most: number, shown = ratio): void {
  console.log(`bound: ${what} at most ${shown(most)}: ${value <= most ? 'kept' : 'BROKEN'} (${shown(value)})`);
}

export function printStarts(samples: Samples, few: number, many: number): void {
  const row = (title: string, what: string, ownFloor = what): string[] => {
    const [floor, podql, swarm] = [samples.median('floor', ownFloor), samples.median('podql', what), samples.median('swarm', what)];
    return [title, time(floor), time(podql), time(swarm), ratio(podql / swarm), ratio(podql / floor), String(samples.count('podql', what))];
  };
  console.log('\nFrom the request to the last event of the engine; medians. The floor: containers alone, create + start, 1 or 8 in flight, then remove -f');
  console.log(
    table([
      ['', 'floor', 'podql', 'swarm', 'podql/swarm', 'podql/floor', 'n'],
      ...[1, few, many].flatMap((count) => [row(`start ${count}`, `start ${count}`), row('  its API says so', `status ${count}`, `start ${count}`)]),
      row(`scale ${few} to ${many}`, 'up', ''),
      row(`scale ${many} to ${few}, last die`, 'down', ''),
      row('remove 1, all gone', 'remove 1'),
      row(`remove ${many}, all gone`, `remove ${many}`),
    ]),
  );
  const ofSwarm = (what: string): number => samples.median('podql', what) / samples.median('swarm', what);
  bound('start of 1, of swarm\'s,', ofSwarm('start 1'), bounds.oneOfSwarm);
  bound(`start of ${many}, of swarm's,`, ofSwarm(`start ${many}`), bounds.manyOfSwarm);
  bound(`start of ${many}, of Kubernetes' ${ratio(kubernetesMany)} x swarm,`, ofSwarm(`start ${many}`) / kubernetesMany, bounds.manyOfKubernetes);
}

/** podman: its samples, or why there are none. */
export function printRestarts(samples: Samples, podman: readonly number[] | string): void {
  const [floor, podql, swarm] = ['floor', 'podql', 'swarm'].map((who) => samples.median(who, 'restart')) as [number, number, number];
  const row = (title: string, who: string): string[] => [title, time(samples.median(who, 'restart')), time(samples.p99(who, 'restart')), ratio(samples.median(who, 'restart') / swarm), ratio(samples.median(who, 'restart') / floor), String(samples.count(who, 'restart'))];
  console.log('\nRestart: SIGKILL of the program to the start event of its replacement');
  console.log(
    table([
      ['', 'median', 'p99', 'of swarm', 'of the floor', 'n'],
      row('the engine alone (floor)', 'floor'),
      row('podql', 'podql'),
      row('swarm, no delay', 'swarm'),
      ...(typeof podman === 'string' ? [] : [['podman play kube', time(median(podman)), time(quantile(podman, 0.99)), ratio(median(podman) / swarm), ratio(median(podman) / floor), String(podman.length)]]),
    ]),
  );
  if (typeof podman === 'string') console.log(`podman was not measured: ${podman}`);
  bound('restart, of swarm\'s,', podql / swarm, bounds.restartOfSwarm);
  bound('restart, of the floor,', podql / floor, bounds.restartOfFloor);
}

export function printStatus(delays: readonly number[]): void {
  console.log(`\nFrom the start event of the engine to the status in podql's API: median ${time(median(delays))}, p99 ${time(quantile(delays, 0.99))}, ${percent(delays.filter((delay) => delay <= bounds.status).length / delays.length)} within ${time(bounds.status)} (n = ${delays.length})`);
  bound('status after the start event (median)', median(delays), bounds.status, time);
}

export function printCalls({ start, restart, idle, timelines }: Calls): void {
  console.log(`\nWhere the time of one pod goes, since the mutation was sent; median of ${timelines.length}`);
  const steps = Object.keys(timelines[0] ?? {}).map((step) => [step, median(timelines.map((timeline) => timeline[step] ?? Number.NaN))] as const);
  console.log(table([['step', 'at', 'after the one before'], ...[...steps].sort(([, a], [, b]) => a - b).map(([step, at], index, all) => [step, time(at), time(at - (all[index - 1]?.[1] ?? 0))])]));
  console.log('\nCalls of the engine');
  const row = (title: string, calls: Calls['start']): string[] => [title, String(calls.length), summed(calls).join(', ')];
  console.log(table([['', 'calls', ''], row('one pod is started', start), row('its container is restarted', restart), row(`${idleSeconds} s of one pod and nothing to do`, idle)]));
}

export function printMemory(memory: readonly Memory[]): void {
  console.log('\nServer with its kubelet');
  console.log(table([['pods', 'resident', 'heap in use, collected'], ...memory.map(({ pods, resident, heap }) => [String(pods), `${resident.toFixed(0)} MiB`, `${heap.toFixed(1)} MiB`])]));
}
