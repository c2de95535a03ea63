import type { Labels } from '../api/meta';
import { cpuMilli, memoryBytes, parseQuantity } from '../api/quantity';
import { compileNodeLabels } from './node-labels';
import { StartError } from './start-error';

/** What a person may say about this machine as a node, to a server and to a kubelet. */
export interface NodeFlags {
  /** How long after its last sign of life this node counts as there. Default 40. */
  readonly leaseSeconds?: number;
  /** Kept from pods, for the machine itself, as "500m". Default: nothing. */
  readonly reserveCpu?: string;
  /** Kept from pods, as "1Gi". Default: nothing. */
  readonly reserveMemory?: string;
  /** Below this share of free space of a disk the node takes no new pods; 0: never. Default 10. */
  readonly diskPressurePercent?: number;
  /** How many dead containers are kept beside the latest run of each container. Default 1. */
  readonly deadContainers?: number;
  /** What pods' nodeSelectors find this node by, as "disk=ssd,zone=b". Default: nothing beyond what it says by itself. */
  readonly nodeLabels?: string;
}

export interface NodeSettings {
  readonly leaseDurationSeconds: number;
  readonly reserved: { readonly cpuMilli: number; readonly memoryBytes: number };
  readonly diskPressurePercent: number;
  readonly deadContainers: number;
  readonly labels: Labels;
}

const defaultLeaseSeconds = 40;
const longestLeaseSeconds = 3600;
const defaultDiskPressurePercent = 10;
const defaultDeadContainers = 1;

/** Throws StartError INVALID_OPTION. */
export function compileNode(flags: NodeFlags): NodeSettings {
  const { leaseSeconds = defaultLeaseSeconds, diskPressurePercent = defaultDiskPressurePercent, deadContainers = defaultDeadContainers } = flags;
  if (!Number.isSafeInteger(leaseSeconds) || leaseSeconds < 1 || leaseSeconds > longestLeaseSeconds) {
    throw new StartError('INVALID_OPTION', `--lease-seconds ${leaseSeconds} is not a number of seconds from 1 to ${longestLeaseSeconds}.`);
  }
  if (!(diskPressurePercent >= 0 && diskPressurePercent < 100)) {
    throw new StartError('INVALID_OPTION', `--disk-pressure-percent ${diskPressurePercent} is not a share of a disk: 0 or more, and less than 100.`);
  }
  if (!Number.isSafeInteger(deadContainers) || deadContainers < 0) {
    throw new StartError('INVALID_OPTION', `--dead-containers ${deadContainers} is not a number of containers: a whole number, 0 or more.`);
  }
  const reserved = { cpuMilli: cpuMilli(amount('--reserve-cpu', flags.reserveCpu)), memoryBytes: memoryBytes(amount('--reserve-memory', flags.reserveMemory)) };
  return { leaseDurationSeconds: leaseSeconds, reserved, diskPressurePercent, deadContainers, labels: compileNodeLabels(flags.nodeLabels ?? '') };
}

function amount(option: string, text: string | undefined): string | null {
  if (text === undefined) return null;
  const quantity = parseQuantity(text);
  if (quantity && quantity.milli >= 0n) return text;
  throw new StartError('INVALID_OPTION', `${option} ${JSON.stringify(text)} is not an amount. Write one as 500m, 2, 512Mi or 1Gi.`);
}
