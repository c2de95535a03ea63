import { open, stat } from 'node:fs/promises';
import { makeDirectory } from '../../base/directory';
import type { HostPathVolume } from '../../api/pod';
import { codeOf } from './files';

/** Kubernetes' hostPath types; "" checks nothing, others are refused. Null: it can be used. Else why not, in one phrase. */
export async function prepareHostPath({ path, type }: HostPathVolume): Promise<string | null> {
  try {
    if (type === 'DirectoryOrCreate') await makeDirectory(path, 0o755);
    if (type === 'FileOrCreate') await (await open(path, 'a', 0o644)).close();
    if (type === '') return null;
    const found = await stat(path);
    if (type.startsWith('Directory')) return found.isDirectory() ? null : 'is not a directory';
    if (type.startsWith('File')) return found.isFile() ? null : 'is not a file';
    return `has the type ${type}, which this runtime does not know`;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return type === 'DirectoryOrCreate' ? `cannot be made: ${String(error)}` : 'does not exist';
    return `cannot be used: ${String(error)}`;
  }
}
