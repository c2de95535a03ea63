import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { busyboxImage } from '../../test/support/docker/image';
import { command, pause } from './orchestrator';

const pod = 'podql-bench';
const container = `${pod}-main`;

/** Samples, or why there are none. Everything of it lies in a folder of its own. */
export async function podmanRestarts(folder: string, count: number, rest: number): Promise<readonly number[] | string> {
  const root = join(folder, 'podman');
  mkdirSync(root, { recursive: true });
  const flags = ['--root', join(root, 'root'), '--runroot', join(root, 'run'), '--tmpdir', join(root, 'tmp'), '--events-backend', 'file', '--cgroup-manager', 'cgroupfs'];
  const podman = (...args: string[]): string => execFileSync('podman', [...flags, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
  try {
    podman('--version');
  } catch {
    return 'podman is not installed';
  }
  try {
    return await measure(root, flags, podman, count, rest);
  } catch (error) {
    return `podman cannot run a pod here: ${String(error).trim().split('\n').slice(-3).join(' ')}`;
  } finally {
    try {
      podman('pod', 'rm', '--force', '--time', '0', '--all');
    } catch {
      // It said above what it cannot do.
    }
  }
}

async function measure(root: string, flags: readonly string[], podman: (...args: string[]) => string, count: number, rest: number): Promise<readonly number[]> {
  const image = join(root, 'busybox.tar');
  writeFileSync(image, busyboxImage());
  podman('import', image, 'localhost/busybox:1.36');
  const manifest = join(root, 'pod.yaml');
  const spec = { containers: [{ name: 'main', image: 'localhost/busybox:1.36', imagePullPolicy: 'Never', command }], restartPolicy: 'Always' };
  writeFileSync(manifest, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: pod }, spec }));
  podman('play', 'kube', manifest);
  const events = spawn('podman', [...flags, 'events', '--stream', '--since', '0s', '--filter', `container=${container}`, '--filter', 'event=start', '--format', '{{.Status}}'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let heard = (): void => undefined;
  createInterface({ input: events.stdout }).on('line', () => heard());
  try {
    await pause(1_000);
    const samples: number[] = [];
    for (let n = 0; n < count; n += 1) {
      const pid = Number(podman('inspect', '--format', '{{.State.Pid}}', container));
      if (!(pid > 1)) throw new Error(`${container} has no process`);
      const started = new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('it was not started again')), 10_000);
        heard = () => (clearTimeout(timer), resolve());
      });
      const began = performance.now();
      process.kill(pid, 'SIGKILL');
      await started;
      samples.push(performance.now() - began);
      await pause(rest);
    }
    return samples;
  } finally {
    events.kill();
  }
}
