import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isEngineName, isLink, removeLink } from './link';

export interface EngineRecord {
  readonly name: string;
  readonly folder: string;
}

/** In the environment of dockerd, and so of all its helpers. Containers have their cgroups instead. */
export const engineMark = 'PODQL_TEST_ENGINE';

const milliseconds = 20_000;

/**
 * Ends all that an engine ever started, and removes all that it made: processes, mounts, links, cgroups, sockets, its folder.
 * Asks no engine, so that it works on one that was killed. Only what bears the engine's name is touched. How many processes
 * there were.
 */
export async function endEngine(record: EngineRecord): Promise<number> {
  const { name, folder } = record;
  if (!isEngineName(name) || basename(folder) !== name) throw new Error(`${folder} is no folder of an engine ${name}`);
  const ended = new Set<number>();
  await until(`the processes of engine ${name} are ended`, () => {
    const pids = processesOf(name);
    thaw(name);
    for (const pid of pids) {
      ended.add(pid);
      kill(pid);
    }
    return pids.length === 0;
  });
  for (const socket of shimSocketsOf(folder)) rmSync(socket, { force: true });
  const links = [name, ...networksOf(folder)];
  await until(`the mounts in ${folder} are gone`, () => {
    const mounts = mountsIn(folder);
    for (const path of mounts.reverse()) attempt(() => execFileSync('umount', ['-l', path], { stdio: 'ignore' }));
    return mounts.length === 0;
  });
  for (const link of links) removeLink(link);
  // A cgroup is in use until its last process is reaped, which nobody tells.
  await until(`the cgroups of engine ${name} are gone`, () => cgroupsOf(name).map(removeCgroup).every(Boolean));
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  return ended.size;
}

/** All that endEngine would still find, in words. */
export function remainsOf({ name, folder }: EngineRecord): string[] {
  return [
    ...processesOf(name).map((pid) => `process ${pid}`),
    ...mountsIn(folder).map((path) => `mount ${path}`),
    ...(isLink(name) ? [`link ${name}`] : []),
    ...cgroupsOf(name).map((path) => `cgroup ${path}`),
    ...(existsSync(folder) ? [`folder ${folder}`] : []),
  ];
}

function processesOf(name: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      const read = (file: string): string => textOf(`/proc/${pid}/${file}`);
      const isOurs = read('environ').split('\0').includes(`${engineMark}=${name}`) || new RegExp(`/${name}(/|$)`, 'm').test(read('cgroup'));
      return isOurs && isRunning(pid);
    });
}

/** One that is dead may wait to be reaped; that is somebody else's business. */
export function isRunning(pid: number): boolean {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat !== '' && !/\) [ZX] /.test(stat);
}

/** A frozen process does not hear even SIGKILL. */
function thaw(name: string): void {
  for (const cgroup of cgroupsOf(name)) {
    for (const folder of [cgroup, ...foldersIn(cgroup)]) {
      if (existsSync(join(folder, 'freezer.state'))) attempt(() => writeFileSync(join(folder, 'freezer.state'), 'THAWED'));
    }
  }
}

/** Of version 1 there is one for each controller, of version 2 one. */
function cgroupsOf(name: string): string[] {
  const root = '/sys/fs/cgroup';
  return [root, ...foldersIn(root)].map((folder) => join(folder, name)).filter((path) => existsSync(path));
}

function removeCgroup(path: string): boolean {
  for (const child of foldersIn(path)) removeCgroup(child);
  attempt(() => rmdirSync(path));
  return !existsSync(path);
}

/** The one thing that a containerd keeps outside the folders it was given. */
export function shimSocketsOf(folder: string): string[] {
  const bundles = join(folder, 'exec/containerd/daemon/io.containerd.runtime.v2.task/moby');
  const addresses = foldersIn(bundles).map((bundle) => textOf(join(bundle, 'address')).replace('unix://', '').trim());
  return addresses.filter((address) => /^\/run\/containerd\/s\/[0-9a-f]{64}$/.test(address));
}

/** Bridges of networks that somebody made in this engine. */
function networksOf(folder: string): string[] {
  const text = textOf(join(folder, 'data/network/files/local-kv.db'));
  return [...new Set([...text.matchAll(/"BridgeName":"(br-[0-9a-f]{12})"/g)].map(([, link]) => link ?? ''))];
}

function mountsIn(folder: string): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.map((line) => line.split(' ')[4] ?? '').filter((path) => path.startsWith(`${folder}/`));
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name));
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  attempt(() => process.kill(pid, 'SIGKILL'));
}

/** What fails is looked at again, or is gone. */
function attempt(work: () => unknown): void {
  try {
    work();
  } catch {
    // see above
  }
}

/** Not podql's clock, whose timers keep no process alive: before Jest begins there may be nothing else to wait for. */
async function until(what: string, condition: () => boolean): Promise<void> {
  const end = process.hrtime.bigint() + BigInt(milliseconds) * 1_000_000n;
  while (!condition()) {
    if (process.hrtime.bigint() > end) throw new Error(`it did not come within ${milliseconds} ms that ${what}`);
    await wait(10);
  }
}
