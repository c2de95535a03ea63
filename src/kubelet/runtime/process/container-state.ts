import type { ContainerIdentity, ExitRecord } from '../runtime';
import type { Container } from '../../../api/pod';
import type { ContainerFolder } from './layout';
import { claim, readIfThere, readWithTime } from '../files';
import type { ProcessIdentity } from '../process-identity';
import { isAlive, parseStat } from '../process-identity';
import type { StartError } from './program';

/** record.json: what was asked for, as create got it. */
export interface StoredContainer {
  readonly formatVersion: 1;
  readonly identity: ContainerIdentity;
  readonly namespace: string;
  readonly podName: string;
  readonly container: Container;
  readonly extraEnv: Readonly<Record<string, string>>;
  readonly notes: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

export type ContainerState =
  | { readonly phase: 'created' }
  | { readonly phase: 'running'; readonly shim: ProcessIdentity; readonly child: ProcessIdentity | null; readonly startedAt: number }
  | {
      readonly phase: 'exited';
      readonly childPid: number | null;
      readonly startedAt: number | null;
      readonly exit: ExitRecord;
      /** The directory is a copy or was moved: its processes, if any live, are not ours to kill. */
      readonly moved: boolean;
    };

/** `started`, when no shim wrote it. */
interface Refusal {
  readonly refused: StartError;
}

/** `exit`, when no shim wrote it. */
interface Loss {
  readonly lost: string;
  readonly killed: boolean;
}

/**
 * Reads off the directory and procfs what a container does now. There is one truth: no `started`, no run; the shim
 * lives, the container runs; the shim is gone, `exit` says how it ended. If it does not, the container is declared
 * lost (R4: 137, ContainerStatusUnknown) in `exit`, so that the answer never changes again.
 */
export async function readState(folder: ContainerFolder, options: { readonly bootId: string; readonly killedByUs: boolean }): Promise<ContainerState> {
  const started = await readWithTime(folder.started);
  if (started === null) return { phase: 'created' };
  if (started.text.startsWith('{')) return refusedState(started.text, started.writtenAt);
  const shim = parseStarted(started.text);
  const child = await readChild(folder, shim.identity.bootId);
  const moved = shim.directory !== folder.root;
  // Alive is asked before exit is read: a shim writes it before it ends.
  if (!moved && (await isAlive(shim.identity, options.bootId))) {
    return { phase: 'running', shim: shim.identity, child, startedAt: started.writtenAt };
  }
  const startedAt = started.writtenAt;
  const end = (await readWithTime(folder.exit)) ?? (await declareLost(folder, whyLost(), options.killedByUs));
  return { phase: 'exited', childPid: child?.pid ?? null, startedAt, exit: parseExit(end.text, Math.max(end.writtenAt, startedAt)), moved };

  function whyLost(): string {
    if (moved) return `its directory was moved here from ${shim.directory} while it ran`;
    if (shim.identity.bootId !== options.bootId) return 'the machine was restarted while it ran';
    return 'its supervising process was killed';
  }
}

/** Settles that this container is never started; false when it is already (or was refused before). */
export function refuseStart(folder: ContainerFolder, refused: StartError): Promise<boolean> {
  const refusal: Refusal = { refused };
  return claim(folder.started, JSON.stringify(refusal));
}

async function declareLost(folder: ContainerFolder, why: string, killed: boolean): Promise<{ text: string; writtenAt: number }> {
  const loss: Loss = { lost: killed ? 'it had to be killed together with its supervising process' : `the exit code is not known: ${why}`, killed };
  await claim(folder.exit, JSON.stringify(loss));
  const end = await readWithTime(folder.exit);
  if (!end) throw new Error(`${folder.exit} vanished`);
  return end;
}

function refusedState(text: string, at: number): ContainerState {
  const { refused } = JSON.parse(text) as Refusal;
  const exit: ExitRecord = { exitCode: refused.exitCode, signal: null, reason: 'StartError', message: refused.message, oomKilled: false, finishedAt: at };
  return { phase: 'exited', childPid: null, startedAt: null, exit, moved: false };
}

function parseStarted(text: string): { identity: ProcessIdentity; directory: string } {
  const [bootId = '', stat = '', ...rest] = text.split('\n');
  const parsed = parseStat(stat);
  return {
    identity: { pid: parsed?.pid ?? 0, startTime: parsed?.startTime ?? '', bootId },
    directory: rest.join('\n').replace(/\n$/, ''),
  };
}

async function readChild(folder: ContainerFolder, bootId: string): Promise<ProcessIdentity | null> {
  const stat = parseStat((await readIfThere(folder.child)) ?? '');
  return stat && { pid: stat.pid, startTime: stat.startTime, bootId };
}

/** A shell cannot tell death by signal 9 from exit(137); neither can we. */
function parseExit(text: string, finishedAt: number): ExitRecord {
  if (text.startsWith('{')) {
    const { lost, killed } = JSON.parse(text) as Loss;
    return { exitCode: 137, signal: killed ? 9 : null, reason: killed ? 'Error' : 'ContainerStatusUnknown', message: lost, oomKilled: false, finishedAt };
  }
  const exitCode = Number.parseInt(text, 10);
  if (Number.isNaN(exitCode)) {
    return { exitCode: 137, signal: null, reason: 'ContainerStatusUnknown', message: 'the exit code could not be read', oomKilled: false, finishedAt };
  }
  const signal = exitCode > 128 && exitCode <= 128 + 64 ? exitCode - 128 : null;
  return { exitCode, signal, reason: exitCode === 0 ? 'Completed' : 'Error', message: null, oomKilled: false, finishedAt };
}
