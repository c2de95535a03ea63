import { unlink } from 'node:fs/promises';
import { RuntimeError } from './runtime';
import { claim, readIfThere } from './files';
import type { ProcessIdentity } from './process-identity';
import { isAlive, ownIdentity } from './process-identity';

/** Two kubelets over one directory would both restart what ends: the second is refused with UNAVAILABLE. */
export async function lockDirectory(path: string, bootId: string): Promise<() => Promise<void>> {
  const own = await ownIdentity(bootId);
  // Each round either gets the lock, finds its holder alive, or removes a dead one's.
  for (let round = 0; round < 10; round += 1) {
    if (await claim(path, JSON.stringify(own))) return () => unlink(path).catch(() => undefined);
    const holder = parseHolder(await readIfThere(path));
    if (holder && holder.pid !== own.pid && (await isAlive(holder, bootId))) {
      throw new RuntimeError('UNAVAILABLE', `${path} is held by process ${holder.pid}: another kubelet uses this directory; stop it or choose another directory`);
    }
    await unlink(path).catch(() => undefined);
  }
  throw new RuntimeError('UNAVAILABLE', `${path} could not be taken: several kubelets are starting on this directory`);
}

function parseHolder(text: string | null): ProcessIdentity | null {
  if (!text) return null;
  try {
    const { pid, startTime, bootId } = JSON.parse(text) as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof startTime === 'string' && typeof bootId === 'string' ? { pid, startTime, bootId } : null;
  } catch {
    return null;
  }
}
