import { mkdir } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { makeDirectory } from '../../../base/directory';
import type { Container, Volume } from '../../../api/pod';
import { volumeVariable } from './environment';
import { codeOf } from '../files';
import { prepareHostPath } from '../host-path';
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
      const why = await prepareHostPath(volume.hostPath);
      if (why !== null) return { fault: { exitCode: 128, message: `hostPath ${volume.hostPath.path} of volume ${volume.name} ${why}` } };
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
