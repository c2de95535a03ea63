import { join } from 'node:path';
import type { ContainerIdentity } from '../runtime';
import { RuntimeError } from '../runtime';

/**
 * Where everything is (docs/process-runtime.md draws it):
 *
 *     DIRECTORY/lock                              the process that uses this directory
 *     DIRECTORY/trash/                            renamed away, being deleted
 *     DIRECTORY/pods/UID/sandbox.json             the sandbox
 *     DIRECTORY/pods/UID/work/                    working directory unless the container names one
 *     DIRECTORY/pods/UID/volumes/NAME/            emptyDir volumes
 *     DIRECTORY/pods/UID/containers/NAME.ATTEMPT/ one container (ContainerFolder)
 */
export interface Layout {
  readonly root: string;
  readonly lock: string;
  readonly trash: string;
  readonly pods: string;
}

export interface SandboxFolder {
  readonly root: string;
  readonly record: string;
  readonly work: string;
  readonly volumes: string;
  readonly containers: string;
}

export interface ContainerFolder {
  readonly root: string;
  /** What was asked for: written once, before anything runs. */
  readonly record: string;
  /** Exists from the one start on; says who started it, or why it cannot be started. Made atomically, never replaced. */
  readonly started: string;
  /** The program's own process: a line of procfs. */
  readonly child: string;
  /** How it ended. */
  readonly exit: string;
}

export const streams = ['stdout', 'stderr'] as const;
export type Stream = (typeof streams)[number];

export function layoutOf(root: string): Layout {
  return { root, lock: join(root, 'lock'), trash: join(root, 'trash'), pods: join(root, 'pods') };
}

export function sandboxFolder(layout: Layout, podUid: string): SandboxFolder {
  const root = join(layout.pods, podUid);
  return {
    root,
    record: join(root, 'sandbox.json'),
    work: join(root, 'work'),
    volumes: join(root, 'volumes'),
    containers: join(root, 'containers'),
  };
}

export function containerFolder(root: string): ContainerFolder {
  return {
    root,
    record: join(root, 'record.json'),
    started: join(root, 'started'),
    child: join(root, 'child'),
    exit: join(root, 'exit'),
  };
}

export function containerFolderName(identity: ContainerIdentity): string {
  return `${identity.containerName}.${identity.attempt}`;
}

export function containerId(identity: ContainerIdentity): string {
  return `${identity.podUid}_${identity.containerName}_${identity.attempt}`;
}

/** Names become names of directories: whatever could leave the directory is refused with INVALID. */
export function checkName(what: string, name: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/.test(name)) throw new RuntimeError('INVALID', `${what} ${JSON.stringify(name)} cannot name a directory`);
}

export function checkIdentity(identity: ContainerIdentity): void {
  checkName('pod uid', identity.podUid);
  checkName('container name', identity.containerName);
  if (!Number.isSafeInteger(identity.attempt) || identity.attempt < 0) throw new RuntimeError('INVALID', `attempt ${identity.attempt} is not a whole number from 0`);
}
