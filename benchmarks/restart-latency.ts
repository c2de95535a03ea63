/**
 * Restart latency: a container's process is killed; how long until the next attempt's program runs?
 * Through the process runtime only (notice the end, create, start), without kubelet or server.
 * Floor in the same run: node's child_process, kill → exit event → spawn of the same program.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/base/clock';
import { systemIdentity } from '../src/base/identity';
import { silentLogger } from '../src/base/logger';
import { createProcessRuntime } from '../src/kubelet/runtime/process/process-runtime';
import { aContainer, aPodSpec } from '../test/support/builders';
import { median, milliseconds, quantile, table } from './support/statistics';

const restarts = Number(process.env.RESTARTS ?? 200);
/** Says that it runs by its first act, then waits to be killed. */
const command = (mark: string): string[] => ['/bin/sh', '-c', `echo $PPID >>'${mark}'; exec sleep 100000`];

/** Resolves when the program has said so for the n-th time. */
async function marks(mark: string, count: number): Promise<void> {
  const change = new AbortController();
  const watcher = watch(mark, { signal: change.signal });
  try {
    for (;;) {
      const changed = once(watcher, 'change');
      changed.catch(() => undefined);
      if ((await readFile(mark, 'utf8')).split('\n').length > count) return;
      await changed;
    }
  } finally {
    watcher.close();
  }
}

async function floor(folder: string): Promise<number[]> {
  const mark = join(folder, 'floor');
  await writeFile(mark, '');
  const start = () => {
    const [program = '', ...args] = command(mark);
    return spawn(program, args, { stdio: 'ignore', detached: true });
  };
  let child = start();
  await marks(mark, 1);
  const samples: number[] = [];
  for (let n = 2; n <= restarts + 1; n += 1) {
    const begun = performance.now();
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    child = start();
    await marks(mark, n);
    samples.push(performance.now() - begun);
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
  return samples;
}

async function throughRuntime(folder: string, adopted: boolean): Promise<number[]> {
  const mark = join(folder, `runtime-${String(adopted)}`);
  await writeFile(mark, '');
  const options = { directory: join(folder, `directory-${String(adopted)}`), clock: systemClock, logger: silentLogger, images: 'host', nodeName: 'bench' } as const;
  let runtime = createProcessRuntime(options);
  await runtime.open();
  const podUid = systemIdentity.uid();
  await runtime.ensureSandbox({ podUid, namespace: 'default', podName: 'bench', spec: aPodSpec(), hostname: null });
  const start = async (attempt: number): Promise<string> => {
    const { id } = await runtime.create({
      identity: { podUid, containerName: 'main', attempt, init: false },
      namespace: 'default',
      podName: 'bench',
      container: aContainer({ command: command(mark) }),
      spec: aPodSpec(), extraEnv: {},
      notes: {},
      annotations: {},
    });
    await runtime.start(id);
    return id;
  };
  let id = await start(0);
  await marks(mark, 1);
  const samples: number[] = [];
  for (let attempt = 1; attempt <= restarts; attempt += 1) {
    if (adopted) {
      await runtime.close();
      runtime = createProcessRuntime(options);
      await runtime.open();
    }
    const pid = Number((await runtime.inspect(id))?.containerID?.replace('process://', ''));
    const begun = performance.now();
    const noticed = new Promise<void>((resolve) => {
      const leave = runtime.onChange((changed) => {
        if (changed !== id) return;
        leave();
        resolve();
      });
    });
    process.kill(pid, 'SIGKILL');
    await noticed;
    const before = id;
    id = await start(attempt);
    await marks(mark, attempt + 1);
    samples.push(performance.now() - begun);
    await runtime.remove(before);
  }
  await runtime.stop(id, 0);
  await runtime.removeSandbox(podUid);
  await runtime.close();
  return samples;
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'podql-bench-'));
  try {
    const bare = await floor(folder);
    const own = await throughRuntime(folder, false);
    const adopted = await throughRuntime(folder, true);
    const row = (name: string, samples: readonly number[]): string[] => [
      name,
      milliseconds(median(samples)),
      milliseconds(quantile(samples, 0.99)),
      `${(median(samples) / median(bare)).toFixed(1)}x`,
    ];
    console.log(`${restarts} restarts: kill to the next program's first act`);
    console.log(table([['', 'median', 'p99', 'of the floor'], row('child_process (floor)', bare), row('process runtime', own), row('process runtime, adopted', adopted)]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// A timer that is not due keeps node alive while it waits for file notifications only.
const keepAlive = setInterval(() => undefined, 60_000);
void main().finally(() => clearInterval(keepAlive));
