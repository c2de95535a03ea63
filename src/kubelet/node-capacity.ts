import { availableParallelism, networkInterfaces, totalmem } from 'node:os';
import type { ResourceList } from '../api/pod';
import { cpuMilli, formatCpuMilli, memoryBytes } from '../api/quantity';

const mostPods = 110;

/** What this machine has. */
export function machineCapacity(): ResourceList {
  return { cpu: String(availableParallelism()), memory: bytesToQuantity(totalmem()), pods: mostPods };
}

/** What is kept from pods, for the machine itself. */
export interface Reserved {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

/** What pods may use: the capacity without what is reserved, and never less than nothing. Pure. */
export function allocatableOf(capacity: ResourceList, reserved: Reserved): ResourceList {
  const { cpu, memory, pods } = capacity;
  return {
    cpu: cpu === null || reserved.cpuMilli === 0 ? cpu : formatCpuMilli(Math.max(0, cpuMilli(cpu) - reserved.cpuMilli)),
    memory: memory === null || reserved.memoryBytes === 0 ? memory : bytesToQuantity(Math.max(0, memoryBytes(memory) - reserved.memoryBytes)),
    pods,
  };
}

/** Whole mebibytes, in the largest unit that holds them exactly: "7935Mi", "8Gi". */
export function bytesToQuantity(bytes: number): string {
  const mebibytes = Math.floor(bytes / 2 ** 20);
  return mebibytes > 0 && mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}

/** The first IPv4 address that others can reach, else loopback. */
export function machineAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}
