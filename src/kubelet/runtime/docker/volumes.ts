import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import { makeDirectory } from '../../../base/directory';
import type { PodSpec, Volume } from '../../../api/pod';
import { memoryBytes } from '../../../api/quantity';
import { codeOf, orFault } from '../files';
import { prepareHostPath } from '../host-path';
import type { ContainerConfig } from '../runtime';
import { RuntimeError } from '../runtime';
import type { EngineMount } from './container-options';
import type { Layout } from './layout';
import { volumeFolder } from './layout';
import { refusedSubPath, resolveSubPath, withinVolume } from './sub-paths';

/** Makes the folders of the pod's emptyDir volumes, for anybody to write into as Kubernetes' are. Idempotent. */
export async function makeEmptyDirs(layout: Layout, podUid: string, spec: PodSpec): Promise<void> {
  const group = spec.securityContext?.fsGroup ?? null;
  for (const { name, emptyDir } of spec.volumes) {
    if (!emptyDir || isInMemory(emptyDir)) continue;
    const folder = volumeFolder(layout, podUid, name);
    await orFault(`the folder of volume ${name} cannot be made`, async () => {
      await mkdir(folder, { recursive: true });
      if (group !== null) await chown(folder, 0, group);
      // The set-group bit hands the group on to what is made inside. mkdir's own mode is cut by the umask.
      await chmod(folder, group === null ? 0o777 : 0o2777);
    });
  }
}

/** An engine's volume in memory lives as long as a container that mounts it: the sandbox does. */
export function memoryVolumes(runtimeId: string, podUid: string, { volumes, securityContext }: Pick<PodSpec, 'volumes' | 'securityContext'>): readonly { readonly name: string; readonly driverOptions: Record<string, string> }[] {
  const group = securityContext?.fsGroup ?? null;
  const access = group === null ? 'mode=1777' : `mode=3777,gid=${group}`;
  return volumes.flatMap(({ name, emptyDir }) => {
    if (!emptyDir || !isInMemory(emptyDir)) return [];
    const size = emptyDir.sizeLimit === null ? '' : `,size=${memoryBytes(emptyDir.sizeLimit)}`;
    return [{ name: memoryVolumeName(runtimeId, podUid, name), driverOptions: { type: 'tmpfs', device: 'tmpfs', o: `${access}${size}` } }];
  });
}

/** Rejects with INVALID or CONFIG_REFUSED, naming the volume, when one cannot be mounted. Makes sub-paths and host directories that the pod asks to be made. */
export async function mountsOf(layout: Layout, runtimeId: string, config: ContainerConfig): Promise<readonly EngineMount[]> {
  const mounts: EngineMount[] = [];
  for (const { name, mountPath, readOnly, subPath } of config.container.volumeMounts) {
    const volume = config.spec.volumes.find((candidate) => candidate.name === name);
    if (!volume) throw refused(`volume ${name} is mounted but the pod has no such volume`);
    const within = withinVolume(subPath, name);
    if (volume.emptyDir && isInMemory(volume.emptyDir)) {
      if (within !== '.') throw refusedSubPath(`subPath ${subPath} of volume ${name}: the engine has no sub-paths of volumes in memory`);
      mounts.push({ Type: 'volume', Source: memoryVolumeName(runtimeId, config.identity.podUid, name), Target: mountPath, ReadOnly: readOnly });
      continue;
    }
    const root = await rootOf(layout, config.identity.podUid, volume);
    const source = within === '.' ? root : await resolveSubPath(root, within, name);
    mounts.push({ Type: 'bind', Source: source, Target: mountPath, ReadOnly: readOnly });
  }
  return mounts;
}

async function rootOf(layout: Layout, podUid: string, { name, hostPath }: Volume): Promise<string> {
  if (!hostPath) return volumeFolder(layout, podUid, name);
  const why = await prepareHostPath(hostPath);
  if (why !== null) throw refused(`hostPath ${hostPath.path} of volume ${name} ${why}`);
  // The engine refuses to mount what is not there; with no type Kubernetes lets a directory be made.
  if (hostPath.type === '') await makeIfAbsent(hostPath.path, name);
  return hostPath.path;
}

async function makeIfAbsent(path: string, volume: string): Promise<void> {
  try {
    await stat(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw refused(`hostPath ${path} of volume ${volume} cannot be used: ${String(error)}`);
    await orFault(`hostPath ${path} of volume ${volume} cannot be made`, () => makeDirectory(path, 0o755));
  }
}

function isInMemory({ medium }: NonNullable<Volume['emptyDir']>): boolean {
  return medium === 'Memory';
}

function memoryVolumeName(runtimeId: string, podUid: string, volume: string): string {
  return `podql_${runtimeId}_${podUid}_${volume}`;
}

/** Null when it is no volume in memory. No part of its name has a "_" in it. */
export function podOfVolume(name: string): string | null {
  const [mark, , podUid, volume] = name.split('_');
  return mark === 'podql' && podUid && volume ? podUid : null;
}

function refused(message: string): RuntimeError {
  return new RuntimeError('INVALID', message);
}
