import { constants } from 'node:fs';
import { mkdir, open, realpath, stat } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';
import { codeOf } from '../files';
import { RuntimeError } from '../runtime';

/** As the pod says it, without detours; "." is the whole volume. Rejects what leads out by its words alone. */
export function withinVolume(subPath: string | null, volume: string): string {
  const within = normalize(subPath ?? '.');
  if (within.startsWith('/') || within.split('/').includes('..')) throw leadsOut(subPath, volume);
  return within;
}

/**
 * Where it really is, made if it is not there. Whatever runs in the pod may have put links into the volume, which the engine
 * would follow on this machine, to its root if they say so (CVE-2017-1002101): each step is looked at before the next is made. What is made
 * may be used by whoever may use the volume.
 */
export async function resolveSubPath(root: string, within: string, volume: string): Promise<string> {
  let path: string;
  try {
    path = await realpath(root);
    const { mode } = await stat(path);
    const inside = path === sep ? path : path + sep;
    for (const name of within.split('/')) {
      if (name === '') continue;
      path = await realStep(join(path, name), mode & permissions);
      if (!`${path}/`.startsWith(inside)) throw leadsOut(within, volume);
    }
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    throw refusedSubPath(`subPath ${within} of volume ${volume} cannot be made: ${String(error)}`);
  }
  return path;
}

/** With the bits that hand a group on, and that keep others from removing. */
const permissions = 0o7777;

async function realStep(path: string, mode: number): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    // A link that leads nowhere is refused here: mkdir does not follow it.
    await mkdir(path);
    // mkdir's own mode is cut by the umask. By what was opened, not by its name, which may be a link by now.
    const made = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    await made.chmod(mode).finally(() => made.close());
    return realpath(path);
  }
}

export function refusedSubPath(message: string): RuntimeError {
  return new RuntimeError('CONFIG_REFUSED', message);
}

function leadsOut(subPath: string | null, volume: string): RuntimeError {
  return refusedSubPath(`subPath ${subPath} of volume ${volume} leads out of the volume`);
}
