import { join } from 'node:path';
import type { ContainerIdentity } from '../runtime';

/**
 * What lies beside the engine, in the runtime's folder:
 *
 *     FOLDER/docker/id                            who we are: everything of ours in the engine is labelled with it
 *     FOLDER/docker/lock                          the process that uses this folder
 *     FOLDER/docker/pods/UID/volumes/NAME         emptyDir volumes
 *     FOLDER/docker/pods/UID/ends/NAME.ATTEMPT    what a container says about its end (terminationMessagePath)
 *     FOLDER/docker/pods/UID/starts/NAME.ATTEMPT  that the engine was asked to start it (start-marks.ts)
 */
export interface Layout {
  readonly root: string;
  readonly id: string;
  readonly lock: string;
  readonly pods: string;
}

export function layoutOf(folder: string): Layout {
  const root = join(folder, 'docker');
  return { root, id: join(root, 'id'), lock: join(root, 'lock'), pods: join(root, 'pods') };
}

export function podFolder(layout: Layout, podUid: string): string {
  return join(layout.pods, podUid);
}

export function volumeFolder(layout: Layout, podUid: string, volume: string): string {
  return join(podFolder(layout, podUid), 'volumes', volume);
}

export function endFile(layout: Layout, { podUid, containerName, attempt }: ContainerIdentity): string {
  return join(podFolder(layout, podUid), 'ends', `${containerName}.${attempt}`);
}

export function startsFolder(layout: Layout, podUid: string): string {
  return join(podFolder(layout, podUid), 'starts');
}

export function startFile(layout: Layout, { podUid, containerName, attempt }: ContainerIdentity): string {
  return join(startsFolder(layout, podUid), `${containerName}.${attempt}`);
}
