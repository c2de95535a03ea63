import { mkdir, open, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { makeDirectory } from '../../../base/directory';
import type { Container, HostPathVolume, Volume } from '../../../api/pod';
import { volumeVariable } from './environment';
import { codeOf } from './files';
import type { SandboxFolder } from './layout';
import type { StartError } from './program';

export type MountedVolumes = { readonly variables: Readonly<Record<string, string>> } | { readonly fault: StartError };

/** Makes the directories of the pod's emptyDir volumes. Idempotent. */
export async function makeEmptyDirs(folder: SandboxFolder, volumes: readonly Volume[]): Promise<void> {
  for (const volume of volumes) {
    if (volume.emptyDir) await mkdir(join(folder.volumes, volume.name), { recursive: true, mode: 0o700 });
  }
}

/**
 * The directories of the container's volume mounts, as variables: without a mount namespace nothing can appear at
 * mountPath itself. Of a volume that is mounted twice the first mount counts.
 */
export async function mountVolumes(folder: SandboxFolder, volumes: readonly Volume[], container: Container): Promise<MountedVolumes> {
  const variables: Record<string, string> = {};
  for (const mount of container.volumeMounts) {
    const volume = volumes.find((candidate) => candidate.name === mount.name);
    if (!volume) return { fault: { exitCode: 128, message: `volume ${mount.name} is mounted but the pod has no such volume` } };
    if (volume.hostPath) {
      const fault = await prepareHostPath(volume.name, volume.hostPath);
      if (fault) return { fault };
    }
    const source = volume.hostPath?.path ?? join(folder.volumes, volume.name);
    const within = normalize(mount.subPath ?? '.');
    if (within.startsWith('/') || within.split('/').includes('..')) {
      return { fault: { exitCode: 128, message: `subPath ${mount.subPath} of volume ${mount.name} leads out of the volume` } };
    }
    const path = within === '.' ? source : join(source, within);
    const fault = within === '.' ? null : await makeSubPath(path, mount.name);
    if (fault) return { fault };
    variables[volumeVariable(mount.name)] ??= path;
  }
  return { variables };
}

async function makeSubPath(path: string, volumeName: string): Promise<StartError | null> {
  try {
    await makeDirectory(path, 0o700);
    return null;
  } catch (error) {
    // A subPath may be a file that is there already.
    if (codeOf(error) === 'EEXIST') return null;
    return { exitCode: 128, message: `subPath ${path} of volume ${volumeName} cannot be made: ${String(error)}` };
  }
}

/** Kubernetes' hostPath types; "" checks nothing. Others are refused. */
async function prepareHostPath(volumeName: string, { path, type }: HostPathVolume): Promise<StartError | null> {
  const fault = (why: string): StartError => ({ exitCode: 128, message: `hostPath ${path} of volume ${volumeName} ${why}` });
  try {
    if (type === 'DirectoryOrCreate') await makeDirectory(path, 0o755);
    if (type === 'FileOrCreate') await (await open(path, 'a', 0o644)).close();
    if (type === '') return null;
    const found = await stat(path);
    if (type.startsWith('Directory')) return found.isDirectory() ? null : fault('is not a directory');
    if (type.startsWith('File')) return found.isFile() ? null : fault('is not a file');
    return fault(`has the type ${type}, which this runtime does not know`);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return fault(type === 'DirectoryOrCreate' ? `cannot be made: ${String(error)}` : 'does not exist');
    return fault(`cannot be used: ${String(error)}`);
  }
}
