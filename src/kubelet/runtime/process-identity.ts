import { readFile } from 'node:fs/promises';
import { codeOf } from './files';

/**
 * Which process, across restarts of ours and of the machine: a pid alone is given to another process sooner or later.
 * All three equal: the same process. Else it has ended.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** In clock ticks since boot: field 22 of procfs' stat. */
  readonly startTime: string;
  readonly bootId: string;
}

export interface ProcessStat {
  readonly pid: number;
  /** R, S, D, Z … */
  readonly state: string;
  readonly startTime: string;
}

/** Null when the text is not a line of procfs' stat. */
export function parseStat(text: string): ProcessStat | null {
  const pid = Number.parseInt(text, 10);
  // The second field is the program's name in brackets; it may contain blanks and brackets.
  const rest = text.slice(text.lastIndexOf(')') + 1).trim().split(/\s+/);
  const [state] = rest;
  const startTime = rest[19];
  if (!Number.isSafeInteger(pid) || pid <= 0 || !state || !startTime) return null;
  return { pid, state, startTime };
}

export async function readStat(pid: number): Promise<ProcessStat | null> {
  try {
    return parseStat(await readFile(`/proc/${pid}/stat`, 'latin1'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return null;
    throw error;
  }
}

export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim();
}

export async function ownIdentity(bootId: string): Promise<ProcessIdentity> {
  const stat = await readStat(process.pid);
  return { pid: process.pid, startTime: stat?.startTime ?? '', bootId };
}

/** A zombie has ended: it only waits for its parent to ask how. */
export async function isAlive(identity: ProcessIdentity, bootId: string): Promise<boolean> {
  if (identity.bootId !== bootId) return false;
  const stat = await readStat(identity.pid);
  return stat !== null && stat.startTime === identity.startTime && stat.state !== 'Z' && stat.state !== 'X';
}

/** Sends a signal; false when there is nobody to get it. A negative pid is a process group. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
    throw error;
  }
}
