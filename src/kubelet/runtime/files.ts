import { chmod, link, lstat, mkdir, open, readFile, readdir, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/error-message';
import { RuntimeError } from './runtime';

let written = 0;
function temporaryName(path: string): string {
  written += 1;
  return `${path}.${process.pid}.${written}.new`;
}

/** Readers see the old text or the new one. Not synced: nothing here is worth more than the processes it describes, and those do not survive a power cut. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = temporaryName(path);
  await writeNew(temporary, text);
  await rename(temporary, path);
}

/** Makes the file with all its text, or answers false because it is there already. A hard link is what makes both true at once. */
export async function claim(path: string, text: string): Promise<boolean> {
  const temporary = temporaryName(path);
  await writeNew(temporary, text);
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

/** Makes the directory with what `fill` puts into it (at least one file), or answers false because it is there already. */
export async function claimDirectory(path: string, fill: (directory: string) => Promise<void>): Promise<boolean> {
  const temporary = temporaryName(path);
  await mkdir(temporary, { mode: 0o700 });
  try {
    await fill(temporary);
    await rename(temporary, path);
    return true;
  } catch (error) {
    await removeTree(temporary);
    if (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Null when it is not there. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}

/** The text and when it was written, in milliseconds since 1970. */
export async function readWithTime(path: string): Promise<{ readonly text: string; readonly writtenAt: number } | null> {
  let file;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw error;
  }
  try {
    const { mtimeMs } = await file.stat();
    return { text: await file.readFile('utf8'), writtenAt: Math.floor(mtimeMs) };
  } finally {
    await file.close();
  }
}

/** Names in the directory; none when there is no directory. */
export async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}

/**
 * Removes the directory from sight at once, then its content: a crash in between leaves only rubbish in `trash`, which
 * the next start removes. What is gone already is fine.
 */
export async function discard(path: string, trash: string): Promise<void> {
  const away = temporaryName(join(trash, 'gone'));
  try {
    await rename(path, away);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  await removeTree(away);
}

/** Also directories that their owner made read-only. Links are removed, never followed. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (codeOf(error) !== 'EACCES' && codeOf(error) !== 'EPERM') throw error;
    await makeWritable(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function makeWritable(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return;
  await chmod(path, 0o700);
  for (const name of await readdir(path)) await makeWritable(join(path, name));
}

/** Refuses to replace what is there. */
export async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

/** Does it; what the file system refuses is told in the runtime's words. `what` could not be done. */
export async function orFault<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isFull = ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');
    throw new RuntimeError(isFull ? 'DISK_FULL' : 'INTERNAL', `${what}: ${messageOf(error)}`, error);
  }
}

export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
