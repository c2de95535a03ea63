import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { EngineWatch } from './engine-watch';
import { measureRemoval, measureStart } from './measure';
import { pause } from './orchestrator';
import { Podql } from './podql';

export interface Memory {
  readonly pods: number;
  /** MiB. */
  readonly resident: number;
  /** Used, after a collection. */
  readonly heap: number;
}

const settling = 3_000;

/** A server with its kubelet, without pods and with so many. */
export async function measureMemory(docker: Docker, watch: EngineWatch, dockerHost: string, folder: string, pods: number): Promise<readonly Memory[]> {
  const preload = join(folder, 'meter.cjs');
  const report = join(folder, 'heap');
  await writeFile(preload, meterText(report));
  const podql = await Podql.start({ docker, dockerHost, directory: join(folder, 'memory'), preload });
  try {
    const look = async (count: number): Promise<Memory> => {
      await pause(settling);
      const resident = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${podql.pid}/status`, 'utf8'))?.[1]) / 1024;
      await rm(report, { force: true });
      process.kill(podql.pid, 'SIGUSR2');
      for (;;) {
        const text = await readText(report);
        if (text.endsWith('\n')) return { pods: count, resident, heap: Number(text) / 2 ** 20 };
        await pause(20);
      }
    };
    const empty = await look(0);
    await measureStart(watch, podql, pods);
    const full = await look(pods);
    await measureRemoval(watch, podql, pods);
    return [empty, full];
  } finally {
    await podql.stop();
  }
}

async function readText(path: string): Promise<string> {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** SIGUSR2: collects, and writes down what is left. */
function meterText(report: string): string {
  return `require('node:v8').setFlagsFromString('--expose-gc');
const collect = require('node:vm').runInNewContext('gc');
process.on('SIGUSR2', () => {
  collect();
  require('node:fs').writeFileSync(${JSON.stringify(report)}, process.memoryUsage().heapUsed + '\\n');
});
`;
}
