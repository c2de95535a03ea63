import type { ContainerPhase, ContainerRecord, ExitRecord } from '../runtime';
import type { ContainerDetails, ContainerSummary } from './engine';
import { isSandboxGone, startFault } from './faults';
import type { Labels } from './labels';
import { identityOf, labelNames, notesOf } from './labels';

/** What an engine's inspect says, in the runtime's words. Null when it is no container of ours. Pure. */
export function recordOf(details: ContainerDetails, { isShortOfMemory = false } = {}): ContainerRecord | null {
  const { Id: id, State: state, Config: config } = details;
  const labelled = labelledOf(config.Labels);
  if (!labelled) return null;
  const { createdAt } = labelled;
  const startedAt = timeOf(state.StartedAt);
  const phase = phaseOf({ ...state, hasStarted: startedAt !== null });
  return {
    ...labelled,
    id,
    phase,
    imageID: startedAt === null ? null : details.Image,
    containerID: startedAt === null ? null : `docker://${id}`,
    // The engine's clock is this machine's, but it may be set while we look.
    startedAt: startedAt === null ? null : Math.max(startedAt, createdAt),
    exit: phase === 'exited' ? exitOf(state, { earliest: Math.max(startedAt ?? createdAt, createdAt), isShortOfMemory }) : null,
  };
}

/**
 * What a list says, for want of more: no times but that of its creation, and of an end no more than the exit code, if that. Null
 * when it is no container of ours. Pure.
 */
export function recordOfSummary({ Id: id, State: state, Status: status, ImageID: imageID, Labels: labels }: ContainerSummary): ContainerRecord | null {
  const labelled = labelledOf(labels);
  if (!labelled) return null;
  const { createdAt } = labelled;
  const phase = phaseOf({ Status: state, Error: '', hasStarted: true });
  const exitCode = /^Exited \((\d+)\)/.exec(status)?.[1];
  const hasRun = phase === 'running' || exitCode !== undefined;
  const exit = { ...endOf(Number(exitCode ?? 137), false), message: 'the engine says no more of its end', finishedAt: createdAt };
  return {
    ...labelled,
    id,
    phase,
    imageID: hasRun ? imageID : null,
    containerID: hasRun ? `docker://${id}` : null,
    startedAt: hasRun ? createdAt : null,
    exit: phase !== 'exited' ? null : exitCode === undefined ? { ...exit, reason: 'ContainerStatusUnknown' } : exit,
  };
}

type Labelled = Pick<ContainerRecord, 'identity' | 'sandboxId' | 'namespace' | 'podName' | 'image' | 'notes' | 'createdAt'>;

function labelledOf(labels: Labels): Labelled | null {
  const identity = identityOf(labels);
  const createdAt = Number(labels[labelNames.created]);
  if (!identity || !Number.isFinite(createdAt)) return null;
  return {
    identity,
    sandboxId: labels[labelNames.sandbox] ?? '',
    namespace: labels[labelNames.namespace] ?? '',
    podName: labels[labelNames.podName] ?? '',
    image: labels[labelNames.image] ?? '',
    notes: notesOf(labels),
    createdAt,
  };
}

type State = ContainerDetails['State'];

/** `hasStarted`: or may have, where nobody knows. */
function phaseOf({ Status: status, Error: error, hasStarted }: Pick<State, 'Status' | 'Error'> & { readonly hasStarted: boolean }): ContainerPhase {
  // What could not be started stays "created" for the engine, with the reason beside it (R8). Where that is not the container's fault it
  // is still to be started, or taken back: the engine went before either.
  const couldNotStart = error !== '' && !isSandboxGone(error);
  switch (status) {
    case 'running':
    case 'paused':
    case 'restarting':
      return 'running';
    case 'created':
      return couldNotStart ? 'exited' : 'created';
    case 'removing':
      // What never ran does not end by being removed.
      return couldNotStart || hasStarted ? 'exited' : 'created';
    default:
      return 'exited';
  }
}

/** 128 + SIGKILL. */
const killed = 137;

/** A container that the engine could neither start nor remove stays with it as "dead". */
const gaveUp = { exitCode: 128, message: 'the engine gave it up before it ran' } as const;

function exitOf(state: State, { earliest, isShortOfMemory }: { readonly earliest: number; readonly isShortOfMemory: boolean }): ExitRecord {
  const finishedAt = Math.max(timeOf(state.FinishedAt) ?? earliest, earliest);
  if (timeOf(state.StartedAt) === null) {
    const { exitCode, message } = state.Error === '' ? gaveUp : startFault(state.Error);
    return { exitCode, signal: null, reason: 'StartError', message, oomKilled: false, finishedAt };
  }
  const oomKilled = state.OOMKilled || (isShortOfMemory && state.ExitCode === killed);
  return { ...endOf(state.ExitCode, oomKilled), message: null, finishedAt };
}

function endOf(exitCode: number, oomKilled: boolean): Pick<ExitRecord, 'exitCode' | 'signal' | 'reason' | 'oomKilled'> {
  const signal = exitCode > 128 && exitCode <= 128 + 64 ? exitCode - 128 : null;
  return { exitCode, signal, reason: oomKilled ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error', oomKilled };
}

/** The engine says the year 1 for never. */
function timeOf(text: string): number | null {
  const time = Date.parse(text);
  return Number.isFinite(time) && time > 0 ? time : null;
}
