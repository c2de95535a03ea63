import type { ContainerStatus, ContainerTerminated } from '../api/pod';
import type { ContainerRecord } from './runtime/runtime';

/**
 * The latest run of one container, as far as anybody knows: the runtime's records first, else what was reported before.
 * The second matters when a runtime loses its containers: a run that was reported has happened.
 */
export type LatestRun =
  | { readonly state: 'none' }
  | { readonly state: 'created'; readonly record: ContainerRecord }
  | { readonly state: 'running'; readonly record: ContainerRecord }
  | { readonly state: 'ended'; readonly record: ContainerRecord | null; readonly terminated: ContainerTerminated };

export interface ContainerHistory {
  readonly run: LatestRun;
  /** Attempt of the latest run; -1 when there was none. */
  readonly attempt: number;
  /** How the run before the latest ended. */
  readonly previous: ContainerTerminated | null;
}

/** `records`: all runs of this container that the runtime knows. `reported`: its status as last reported. Pure. */
export function historyOf(records: readonly ContainerRecord[], reported: ContainerStatus | undefined, now: number): ContainerHistory {
  const sorted = [...records].sort((a, b) => b.identity.attempt - a.identity.attempt);
  const [latest, ...older] = sorted;
  const reportedAttempt = reported && hasHistory(reported) ? reported.restartCount : -1;
  if (!latest || latest.identity.attempt < reportedAttempt) return lostHistory(sorted, reported, reportedAttempt, now);

  const attempt = latest.identity.attempt;
  const previous = endedBefore(older) ?? reportedBefore(attempt, reported);
  if (latest.phase === 'exited') return { run: { state: 'ended', record: latest, terminated: terminatedOf(latest) }, attempt, previous };
  return { run: { state: latest.phase, record: latest }, attempt, previous };
}

function lostHistory(
  records: readonly ContainerRecord[],
  reported: ContainerStatus | undefined,
  attempt: number,
  now: number,
): ContainerHistory {
  if (!reported || attempt < 0) return { run: { state: 'none' }, attempt: -1, previous: null };
  const previous = reported.state.kind === 'ContainerWaiting' ? endedBefore(records) : reported.lastState;
  return { run: { state: 'ended', record: null, terminated: reportedEnd(reported, now) }, attempt, previous };
}

function reportedEnd(reported: ContainerStatus, now: number): ContainerTerminated {
  if (reported.state.kind === 'ContainerTerminated') return reported.state;
  if (reported.state.kind === 'ContainerWaiting' && reported.lastState) return reported.lastState;
  return {
    kind: 'ContainerTerminated',
    exitCode: 137,
    signal: null,
    reason: 'ContainerStatusUnknown',
    message: 'the runtime does not know this container any more; how it ended is not known',
    startedAt: reported.state.kind === 'ContainerRunning' ? reported.state.startedAt : null,
    finishedAt: new Date(now).toISOString(),
  };
}

/** A status that could only be reported after a run had begun. */
function hasHistory(status: ContainerStatus): boolean {
  return status.state.kind !== 'ContainerWaiting' || status.lastState !== null || status.restartCount > 0;
}

function endedBefore(older: readonly ContainerRecord[]): ContainerTerminated | null {
  const ended = older.find((record) => record.phase === 'exited');
  return ended ? terminatedOf(ended) : null;
}

function reportedBefore(attempt: number, reported: ContainerStatus | undefined): ContainerTerminated | null {
  if (!reported) return null;
  if (reported.restartCount < attempt && reported.state.kind === 'ContainerTerminated') return reported.state;
  return reported.lastState;
}

/** The exit record in the API's words. */
export function terminatedOf(record: ContainerRecord): ContainerTerminated {
  const { exit, startedAt } = record;
  const finishedAt = new Date(exit?.finishedAt ?? record.createdAt).toISOString();
  return {
    kind: 'ContainerTerminated',
    exitCode: exit?.exitCode ?? 137,
    signal: exit?.signal ?? null,
    reason: exit?.reason ?? 'ContainerStatusUnknown',
    message: exit?.message ?? null,
    startedAt: startedAt === null ? null : new Date(startedAt).toISOString(),
    finishedAt,
  };
}
