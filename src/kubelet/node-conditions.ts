import type { Condition } from '../api/meta';

/** What was measured of this machine at one moment. */
export interface MachineReadings {
  /** Null: it cannot be told here. */
  readonly memoryAvailableBytes: number | null;
  /** Of the file systems that fill as containers run. Empty: it cannot be told. */
  readonly disks: readonly DiskReading[];
}

export interface DiskReading {
  readonly folder: string;
  readonly availableBytes: number;
  readonly totalBytes: number;
}

/** Below these a machine is under pressure. */
export interface PressureLimits {
  readonly memoryAvailableBytes: number;
  readonly diskAvailablePercent: number;
}

/** Kubernetes': memory.available < 100Mi, nodefs.available < 10 %. */
export const defaultPressureLimits: PressureLimits = { memoryAvailableBytes: 100 * 2 ** 20, diskAvailablePercent: 10 };

/** So long after the last reading that showed it pressure is over: what hovers at a limit must not come and go (Kubernetes' 5 min). */
const calmMilliseconds = 300_000;

/** A condition without its time. */
export type Finding = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** Why the machine is under pressure, and when that was last seen: a moment on the monotonic clock. Null: it is not. */
export interface PressureMemory {
  readonly memory: { readonly because: string; readonly seenAt: number } | null;
  readonly disk: { readonly because: string; readonly seenAt: number } | null;
}

export const noPressure: PressureMemory = { memory: null, disk: null };

/** What is to be remembered after these readings. Pure. */
export function remember(before: PressureMemory, readings: MachineReadings, limits: PressureLimits, now: number): PressureMemory {
  const next = (old: PressureMemory['memory'], because: string | null): PressureMemory['memory'] => {
    if (because !== null) return { because, seenAt: now };
    return old !== null && now - old.seenAt < calmMilliseconds ? old : null;
  };
  return { memory: next(before.memory, memoryProblem(readings, limits)), disk: next(before.disk, diskProblem(readings, limits)) };
}

/** Without figures that change from reading to reading: each change of the words is a write. */
function memoryProblem({ memoryAvailableBytes }: MachineReadings, limits: PressureLimits): string | null {
  if (memoryAvailableBytes === null || memoryAvailableBytes >= limits.memoryAvailableBytes) return null;
  return `less than ${Math.round(limits.memoryAvailableBytes / 2 ** 20)}Mi of memory is available`;
}

function diskProblem({ disks }: MachineReadings, limits: PressureLimits): string | null {
  const full = disks.filter(({ availableBytes, totalBytes }) => totalBytes > 0 && availableBytes * 100 < totalBytes * limits.diskAvailablePercent);
  if (full.length === 0) return null;
  return `less than ${limits.diskAvailablePercent} % of the disk is free that holds ${full.map(({ folder }) => folder).join(' and ')}`;
}

/** All that the kubelet says of its node. Of what nobody measured it says nothing (`readings` null). Pure. */
export function findingsOf(unavailableBecause: string | null, readings: MachineReadings | null, pressure: PressureMemory): readonly Finding[] {
  const ready: Finding = { type: 'Ready', status: unavailableBecause === null ? 'TRUE' : 'FALSE', reason: unavailableBecause === null ? 'KubeletReady' : 'RuntimeUnavailable', message: unavailableBecause };
  if (readings === null) return [ready];
  const memory: Finding = pressure.memory
    ? { type: 'MemoryPressure', status: 'TRUE', reason: 'KubeletHasInsufficientMemory', message: pressure.memory.because }
    : calm('MemoryPressure', readings.memoryAvailableBytes !== null, 'KubeletHasSufficientMemory');
  const disk: Finding = pressure.disk
    ? { type: 'DiskPressure', status: 'TRUE', reason: 'KubeletHasDiskPressure', message: pressure.disk.because }
    : calm('DiskPressure', readings.disks.length > 0, 'KubeletHasNoDiskPressure');
  return [ready, memory, disk];
}

function calm(type: string, isKnown: boolean, reason: string): Finding {
  if (isKnown) return { type, status: 'FALSE', reason, message: null };
  return { type, status: 'UNKNOWN', reason: 'KubeletCannotTell', message: 'this machine does not say' };
}

/** Each with the time since when it has its status: that of the condition before, if it had the same. Pure. */
export function datedConditions(findings: readonly Finding[], before: readonly Condition[], now: string): readonly Condition[] {
  return findings.map((finding) => {
    const old = before.find(({ type }) => type === finding.type);
    return { ...finding, lastTransitionTime: old?.status === finding.status ? old.lastTransitionTime : now };
  });
}

/** Whether they say the same, whenever it began. */
export function sayTheSame(a: readonly Finding[], b: readonly Finding[]): boolean {
  const words = (findings: readonly Finding[]): string => JSON.stringify(findings.map(({ type, status, reason, message }) => [type, status, reason, message]));
  return words(a) === words(b);
}
