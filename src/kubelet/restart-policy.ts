import { backoffDelay } from '../base/backoff';
import type { RestartBackoff, RestartPolicy } from '../api/pod';

/** What a container is to its pod: init containers end before the others start, sidecars run beside them. */
export type ContainerRole = 'init' | 'sidecar' | 'app';

/** Why the kubelet itself ended a container that was running. */
export type KillReason = 'SpecChanged' | 'ProbeFailed' | 'SandboxLost';

export interface Kill {
  readonly reason: KillReason;
  /** For people: what the container's termination shows. */
  readonly why: string;
}

/** One run that is over. Milliseconds since 1970. */
export interface EndedRun {
  readonly exitCode: number;
  /** Null when it could not be started. */
  readonly startedAt: number | null;
  readonly finishedAt: number;
}

export interface RestartQuestion {
  readonly role: ContainerRole;
  /** The container's own policy, or the pod's. */
  readonly policy: RestartPolicy;
  /** The latest run of this container; older ones do not count. */
  readonly run: EndedRun;
  /** Null when it ended by itself. */
  readonly killed: KillReason | null;
  readonly backoff: RestartBackoff;
  /** How many restarts in a row led to this run; kept in the container's notes. */
  readonly step: number;
  /** The pod's spec is another than the one this run was started for. */
  readonly specChanged: boolean;
  readonly now: number;
}

/** `at`: not before this moment (milliseconds since 1970). `step`: what the next run is to be noted with. */
export type RestartDecision = { readonly restart: false } | { readonly restart: true; readonly at: number; readonly step: number };

/**
 * D9: the first restart follows at once, the next ones wait initialSeconds doubling to maxSeconds. A run of
 * resetAfterSeconds starts over; so does a changed spec, which also ends the waiting. Where the clock was set back so far
 * that the end lies ahead by more than the wait, nobody knows how much of it is over: then it is.
 */
export function decideRestart(question: RestartQuestion): RestartDecision {
  if (!mayRestart(question)) return { restart: false };
  const { run, backoff, now } = question;
  if (question.specChanged) return { restart: true, at: now, step: 0 };
  const ranFor = run.startedAt === null ? 0 : run.finishedAt - run.startedAt;
  const step = ranFor >= backoff.resetAfterSeconds * 1000 ? 0 : question.step;
  const delay = backoffDelay({ initial: backoff.initialSeconds * 1000, max: backoff.maxSeconds * 1000 }, step);
  const at = run.finishedAt > now + delay ? now : run.finishedAt + delay;
  return { restart: true, at, step: step + 1 };
}

function mayRestart({ role, policy, run, killed }: RestartQuestion): boolean {
  // A new image is the user's wish, whatever the policy says about exits.
  if (killed === 'SpecChanged') return true;
  if (killed === 'ProbeFailed' || killed === 'SandboxLost') return policy !== 'NEVER';
  return restartsAfter(role, policy, run.exitCode);
}

/** The policy table: does an exit with this code lead to another run? */
export function restartsAfter(role: ContainerRole, policy: RestartPolicy, exitCode: number): boolean {
  switch (policy) {
    case 'NEVER':
      return false;
    case 'ON_FAILURE':
      return exitCode !== 0;
    case 'ALWAYS':
      // An init container that succeeded has done its work.
      return role !== 'init' || exitCode !== 0;
  }
}
