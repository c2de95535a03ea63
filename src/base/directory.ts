import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes the directory and those above it that are missing; one that is there is left as it is. Rejects with the file
 * system's error. Not mkdir's own `recursive`: where a file system answers ENOENT to every mkdir, as procfs does, that
 * goes up and down for ever and never answers.
 */
export async function makeDirectory(path: string, mode: number): Promise<void> {
  try {
    await makeOne(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if (!isMissing(error) || parent === path) throw error;
    await makeDirectory(parent, mode);
    // With the parent there, ENOENT is the file system's last word.
    await makeOne(path, mode);
  }
}

async function makeOne(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // Not only EEXIST: some file systems refuse before they look whether it is there.
    const isThere = await stat(path).then((found) => found.isDirectory(), () => false);
    if (!isThere) throw error;
  }
}

/** By shape, not by class: an error made by native code may belong to another realm than ours. */
function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
