import type { ContainerPhase, ContainerRecord, ExitRecord } from '../runtime';
import type { ContainerDetails } from './engine';
import { startFault } from './faults';
import { identityOf, labelNames, notesOf } from './labels';

/** What an engine's inspect says, in the runtime's words. Null when it is no container of ours. Pure. */
export function recordOf(details: ContainerDetails): ContainerRecord | null {
  const { Id: id, State: state, Config: config } = details;
  const labels = config.Labels;
  const identity = identityOf(labels);
  const createdAt = Number(labels[labelNames.created]);
  if (!identity || !Number.isFinite(createdAt)) return null;
  const startedAt = timeOf(state.StartedAt);
  const phase = phaseOf(state);
  return {
    id,
    identity,
    sandboxId: labels[labelNames.sandbox] ?? '',
    namespace: labels[labelNames.namespace] ?? '',
    podName: labels[labelNames.podName] ?? '',
    image: labels[labelNames.image] ?? config.Image,
    notes: notesOf(labels),
    phase,
    imageID: startedAt === null ? null : details.Image,
    containerID: startedAt === null ? null : `docker://${id}`,
    createdAt,
    // The engine's clock is this machine's, but it may be set while we look.
    startedAt: startedAt === null ? null : Math.max(startedAt, createdAt),
    exit: phase === 'exited' ? exitOf(state, Math.max(startedAt ?? createdAt, createdAt)) : null,
  };
}

type State = ContainerDetails['State'];

function phaseOf(state: State): ContainerPhase {
  switch (state.Status) {
    case 'running':
    case 'paused':
    case 'restarting':
      return 'running';
    case 'created':
      // What could not be started stays "created" for the engine, with the reason beside it (R8).
      return state.Error === '' ? 'created' : 'exited';
    default:
      return 'exited';
  }
}

/** A container that the engine could neither start nor remove stays with it as "dead". */
const gaveUp = { exitCode: 128, message: 'the engine gave it up before it ran' } as const;

function exitOf(state: State, earliest: number): ExitRecord {
  const finishedAt = Math.max(timeOf(state.FinishedAt) ?? earliest, earliest);
  if (timeOf(state.StartedAt) === null) {
    const { exitCode, message } = state.Error === '' ? gaveUp : startFault(state.Error);
    return { exitCode, signal: null, reason: 'StartError', message, oomKilled: false, finishedAt };
  }
  const { ExitCode: exitCode, OOMKilled: oomKilled } = state;
  const signal = exitCode > 128 && exitCode <= 128 + 64 ? exitCode - 128 : null;
  const reason = oomKilled ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error';
  return { exitCode, signal, reason, message: null, oomKilled, finishedAt };
}

/** The engine says the year 1 for never. */
function timeOf(text: string): number | null {
  const time = Date.parse(text);
  return Number.isFinite(time) && time > 0 ? time : null;
}
