import type { ContainerStatus, ContainerTerminated } from '../api/pod';
import type { Kill } from './restart-policy';
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

export interface HistoryQuestion {
  /** All runs of this container that the runtime knows. */
  readonly records: readonly ContainerRecord[];
  /** Its status as last reported. */
  readonly reported: ContainerStatus | undefined;
  /** By container id: what the kubelet can say about an end that it brought about itself. */
  readonly kills: ReadonlyMap<string, Kill>;
  readonly now: number;
}

/** Pure. */
export function historyOf({ records, reported, kills, now }: HistoryQuestion): ContainerHistory {
  const reportedAttempt = reported && hasHistory(reported) ? reported.restartCount : -1;
  // Of what the runtime lost, whatever was reported says more.
  const known = records.filter((record) => !isLost(record) || record.identity.attempt > reportedAttempt);
  const sorted = known.sort(newestFirst);
  const [latest, ...older] = sorted;
  if (!latest || latest.identity.attempt < reportedAttempt) return lostHistory(sorted, reported, reportedAttempt, now);

  const attempt = latest.identity.attempt;
  const explain = (record: ContainerRecord): ContainerTerminated => explained(terminatedOf(record), kills.get(record.id), reported);
  const ended = older.find((record) => record.phase === 'exited');
  const previous = ended ? explain(ended) : reportedBefore(attempt, reported);
  if (latest.phase === 'exited') return { run: { state: 'ended', record: latest, terminated: explain(latest) }, attempt, previous };
  return { run: { state: latest.phase, record: latest }, attempt, previous };
}

/** Of two of one attempt (a call that was given up made one of them) the one that was started counts. */
export function newestFirst(a: ContainerRecord, b: ContainerRecord): number {
  return b.identity.attempt - a.identity.attempt || Number(a.phase === 'created') - Number(b.phase === 'created');
}

function lostHistory(
  records: readonly ContainerRecord[],
  reported: ContainerStatus | undefined,
  attempt: number,
  now: number,
): ContainerHistory {
  if (!reported || attempt < 0) return { run: { state: 'none' }, attempt: -1, previous: null };
  const ended = records.find((record) => record.phase === 'exited');
  const previous = reported.state.kind === 'ContainerWaiting' ? ended && terminatedOf(ended) : reported.lastState;
  return { run: { state: 'ended', record: null, terminated: reportedEnd(reported, now) }, attempt, previous: previous ?? null };
}

function reportedEnd(reported: ContainerStatus, now: number): ContainerTerminated {
  if (reported.state.kind === 'ContainerTerminated') return reported.state;
  if (reported.state.kind === 'ContainerWaiting' && reported.lastState) return reported.lastState;
  return {
    kind: 'ContainerTerminated',
    ...unknownEnd,
    startedAt: reported.state.kind === 'ContainerRunning' ? reported.state.startedAt : null,
    finishedAt: new Date(now).toISOString(),
  };
}

const unknownEnd = {
  exitCode: 137,
  signal: null,
  reason: 'ContainerStatusUnknown',
  message: 'the runtime does not know this container any more; how it ended is not known',
} as const;

/** It was started, and somebody else has removed it. */
function isLost({ phase, exit }: ContainerRecord): boolean {
  return phase === 'exited' && exit === null;
}

/** A status that could only be reported after a run had begun. */
function hasHistory(status: ContainerStatus): boolean {
  return status.state.kind !== 'ContainerWaiting' || status.lastState !== null || status.restartCount > 0;
}

/** Why it was killed is known to the kubelet that did it, and later from what that one reported. */
function explained(terminated: ContainerTerminated, kill: Kill | undefined, reported: ContainerStatus | undefined): ContainerTerminated {
  if (terminated.message !== null) return terminated;
  const told = [reported?.state, reported?.lastState].find(
    (state): state is ContainerTerminated => state?.kind === 'ContainerTerminated' && state.finishedAt === terminated.finishedAt,
  );
  return { ...terminated, message: kill?.why ?? told?.message ?? null };
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
  const { exitCode, signal, reason, message } = exit ?? unknownEnd;
  return {
    kind: 'ContainerTerminated',
    exitCode,
    signal,
    reason,
    message,
    startedAt: startedAt === null ? null : new Date(startedAt).toISOString(),
    finishedAt,
  };
}
