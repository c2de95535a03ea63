import { readFile, readdir } from 'node:fs/promises';
import { containerIdVariable } from './environment';
import { signal } from '../process-identity';

const atOnce = 32;
/** A killed process that forks faster than we look would need this many rounds to be noticed as such. */
const maxRounds = 10;

/**
 * Finds processes of ended containers wherever they hide (own session, own group, adopted by init) by the variable
 * that every one of them inherits, and kills them. A process that clears its environment or changes its user is not found.
 * One walk through procfs at a time; the next one serves all who came meanwhile. Its reads may hang on a process that hangs,
 * so none of them is synchronous.
 */
export class Escapees {
  private waiting = new Set<string>();
  private walking: ReadonlySet<string> = new Set();
  private walk: Promise<void> = Promise.resolve();

  /** Is the sweep after this container's end not finished yet? */
  isPending(id: string): boolean {
    return this.waiting.has(id) || this.walking.has(id);
  }

  /** Together with those that wait; resolves when nothing of them is found any more. */
  sweep(ids: readonly string[] = []): Promise<void> {
    for (const id of ids) this.waiting.add(id);
    this.walk = this.walk.catch(() => undefined).then(() => this.sweepWaiting());
    return this.walk;
  }

  /** Resolves when the walks that were asked for are done. */
  close(): Promise<void> {
    return this.walk.catch(() => undefined);
  }

  private async sweepWaiting(): Promise<void> {
    const ids = this.waiting;
    if (ids.size === 0) return;
    this.waiting = new Set();
    this.walking = ids;
    try {
      for (let round = 0; round < maxRounds && (await killAll(ids)) > 0; round += 1);
    } finally {
      this.walking = new Set();
    }
  }
}

async function killAll(ids: ReadonlySet<string>): Promise<number> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => Number.isInteger(pid) && pid > 0 && pid !== process.pid);
  let killed = 0;
  for (let first = 0; first < pids.length; first += atOnce) {
    const found = await Promise.all(pids.slice(first, first + atOnce).map(async (pid) => ((await belongsTo(pid, ids)) ? pid : 0)));
    for (const pid of found) if (pid > 0 && signal(pid, 'SIGKILL')) killed += 1;
  }
  return killed;
}

async function belongsTo(pid: number, ids: ReadonlySet<string>): Promise<boolean> {
  let environment: string;
  try {
    environment = await readFile(`/proc/${pid}/environ`, 'latin1');
  } catch {
    // Gone meanwhile, or another user's.
    return false;
  }
  const prefix = `${containerIdVariable}=`;
  const entry = environment.split('\0').find((variable) => variable.startsWith(prefix));
  return entry !== undefined && ids.has(entry.slice(prefix.length));
}
