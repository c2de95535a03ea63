import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { noSmallDisk } from '../small-disk';
import { addBridge, newEngineName, removeLink } from './link';

/** Path of a dockerd; undefined where there is none (scripts/obtain.mjs finds or fetches it). */
export function dockerdBinary(): string | undefined {
  return existing(process.env.DOCKERD_BIN);
}

/** Path of a static busybox. */
export function busyboxBinary(): string | undefined {
  return existing(process.env.BUSYBOX_BIN);
}

/** What a dockerd and its helpers are started with: nothing of this process's own, so that no proxy and no DOCKER_… reaches them. */
export function engineEnvironment(dockerd: string, folder: string): NodeJS.ProcessEnv {
  const libraries = join(dirname(dockerd), '../lib');
  return {
    PATH: [dirname(dockerd), process.env.PATH].join(':'),
    HOME: folder,
    // Beside a dockerd that scripts/obtain.mjs fetched lie the libraries that this machine lacks; elsewhere nothing is to be said.
    ...(existsSync(join(dirname(dockerd), 'busybox')) ? { LD_LIBRARY_PATH: libraries } : {}),
  };
}

let lack: string | null | undefined;

/** Why no DockerEngine can run here; undefined if one can. */
export function whyNoEngine(): string | undefined {
  lack ??= findLack() ?? null;
  return lack ?? undefined;
}

/** As `describe`; where no Docker Engine can run its tests are skipped, and the reason stands in their names. */
export function describeWithDocker(title: string, tests: () => void): void {
  const reason = whyNoEngine();
  if (reason === undefined) describe(title, tests);
  else describe.skip(`${title} (not here: ${reason})`, tests);
}

function findLack(): string | undefined {
  if (dockerdBinary() === undefined) return 'no Docker Engine; set DOCKERD_BIN';
  if (busyboxBinary() === undefined) return 'no static busybox; set BUSYBOX_BIN';
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'a Docker Engine needs root on Linux';
  const noMounts = noSmallDisk();
  if (noMounts) return noMounts;
  if (!existsSync('/sys/fs/cgroup/memory') && !existsSync('/sys/fs/cgroup/cgroup.controllers')) return 'no cgroups are mounted';
  const name = newEngineName();
  try {
    addBridge(name);
    return undefined;
  } catch (error) {
    return `no bridge can be made: ${String(error).split('\n')[0]}`;
  } finally {
    removeLink(name);
  }
}

/** overlay2 where it can be mounted, else vfs; never what dockerd would try in between. */
export function storageDriverFor(folder: string): 'overlay2' | 'vfs' {
  const script = 'mkdir -p l u w m && mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w m && umount -l m';
  try {
    execFileSync('/bin/sh', ['-c', script], { cwd: folder, stdio: 'ignore' });
    return 'overlay2';
  } catch {
    return 'vfs';
  }
}

function existing(path: string | undefined): string | undefined {
  return path && existsSync(path) ? path : undefined;
}
