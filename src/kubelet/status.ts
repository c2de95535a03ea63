import { withCondition } from '../api/meta';
import type { Condition } from '../api/meta';
import { conditionTypes } from '../api/pod';
import type { ContainerState, ContainerStatus, ContainerTerminated, PodPhase, PodStatus } from '../api/pod';
import type { ContainerView, PodAssessment, PodObservation } from './assess-pod';
import { podPhase } from './phase';

/** What the API is to be told about a pod. Pure: the same observation gives the same status. */
export function podStatus(observation: PodObservation, assessment: PodAssessment): PodStatus {
  const { pod, base } = observation;
  const { ending, stopped } = assessment;
  const initContainerStatuses = assessment.init.map((view, index) => containerStatus(observation, assessment, view, index <= assessment.initDone));
  const initialised = assessment.initDone === assessment.init.length;
  const containerStatuses = assessment.app.map((view) => containerStatus(observation, assessment, view, initialised));
  const finalising = stopped && (ending === 'deleted' || ending === 'deadline');
  const started = new Set(assessment.init.filter((view) => view.started).map((view) => view.container.name));
  const computed = podPhase({
    spec: pod.spec,
    initContainerStatuses,
    containerStatuses,
    previous: base.phase,
    hasRun: assessment.hasRunHere,
    started,
    finalising,
  });
  const phase = settledPhase(computed, { ending, finalising, previous: base.phase });
  const wasTerminal = isTerminalPhase(base.phase);
  const overdue = phase === 'FAILED' && ending === 'deadline';
  return {
    phase,
    reason: wasTerminal ? base.reason : overdue ? 'DeadlineExceeded' : null,
    message: wasTerminal ? base.message : overdue ? `ran longer than spec.activeDeadlineSeconds, ${pod.spec.activeDeadlineSeconds} s` : null,
    conditions: conditionsOf(observation, assessment, phase),
    hostIP: observation.hostIP,
    podIP: observation.sandbox?.ready ? (observation.podIP ?? observation.hostIP) : base.podIP,
    startTime: new Date(assessment.startTime).toISOString(),
    observedGeneration: pod.generation,
    initContainerStatuses,
    containerStatuses,
  };
}

/**
 * What the next status goes on from: the one computed here last, else what the API has. A terminal phase that the API
 * shows (a lost node's pods may be ended by others) is not left.
 */
export function baseStatus(own: PodStatus | null, reported: PodStatus): PodStatus {
  if (!own) return reported;
  if (isTerminalPhase(own.phase) || !isTerminalPhase(reported.phase)) return own;
  return { ...own, phase: reported.phase, reason: reported.reason, message: reported.message };
}

/** Canonical text: equal for equal statuses, whatever the order of their fields. */
export function statusKey(status: PodStatus): string {
  return JSON.stringify(status, (_field, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

export function sameStatus(a: PodStatus, b: PodStatus): boolean {
  return statusKey(a) === statusKey(b);
}

/** A pod that ends for a reason of its own is over only when nothing runs, and then it is over for good. */
function settledPhase(computed: PodPhase, context: { ending: PodAssessment['ending']; finalising: boolean; previous: PodPhase }): PodPhase {
  const { ending, finalising, previous } = context;
  if (!finalising) {
    const early = ending === 'deleted' || ending === 'deadline';
    return early && isTerminalPhase(computed) ? previous : computed;
  }
  if (ending === 'deadline') return 'FAILED';
  return computed === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED';
}

function containerStatus(
  observation: PodObservation,
  assessment: PodAssessment,
  view: ContainerView,
  isTurn: boolean,
): ContainerStatus {
  const { run } = view;
  const record = run.state === 'none' ? null : run.record;
  const state = stateOf(view, { ending: assessment.ending !== null, isTurn });
  const restarting = run.state === 'ended' && state.kind === 'ContainerWaiting';
  const reported = [...observation.base.initContainerStatuses, ...observation.base.containerStatuses].find((s) => s.name === view.container.name);
  return {
    name: view.container.name,
    image: record?.image ?? (run.state === 'ended' ? (reported?.image ?? view.container.image) : view.container.image),
    imageID: record ? record.imageID : (reported?.imageID ?? null),
    containerID: record ? record.containerID : (reported?.containerID ?? null),
    ready: view.role === 'init' ? run.state === 'ended' && run.terminated.exitCode === 0 : view.ready,
    started: run.state === 'running' ? view.started : null,
    restartCount: Math.max(view.attempt, 0),
    state,
    lastState: restarting ? run.terminated : view.previous,
  };
}

function stateOf(view: ContainerView, { ending, isTurn }: { ending: boolean; isTurn: boolean }): ContainerState {
  const { run, decision, hold } = view;
  switch (run.state) {
    case 'running':
      return { kind: 'ContainerRunning', startedAt: new Date(run.record.startedAt ?? run.record.createdAt).toISOString() };
    case 'created':
    case 'none':
      // What it waited for before says nothing while others have to come first.
      if (!isTurn) return waiting('PodInitializing');
      return hold ? held(view) : creating(view);
    case 'ended':
      if (ending || !decision?.restart) return run.terminated;
      if (!isTurn) return waiting('PodInitializing');
      if (hold) return held(view);
      if (view.pulling) return creating(view);
      return waiting('CrashLoopBackOff', { message: restartMessage(run.terminated, view.attempt + 1), nextAttemptAt: decision.at });
  }
}

function creating({ pulling, container }: ContainerView): ContainerState {
  return waiting('ContainerCreating', pulling ? { message: `${pullingPrefix}${container.image}` } : {});
}

const pullingPrefix = 'pulling image ';

/** Says this status that the image is being fetched? */
export function isPulling(state: ContainerState): boolean {
  return state.kind === 'ContainerWaiting' && state.reason === 'ContainerCreating' && state.message?.startsWith(pullingPrefix) === true;
}

function waiting(reason: string, more: { message?: string; nextAttemptAt?: number } = {}): ContainerState {
  const { message = null, nextAttemptAt } = more;
  return { kind: 'ContainerWaiting', reason, message, nextAttemptAt: nextAttemptAt === undefined ? null : new Date(nextAttemptAt).toISOString() };
}

function held({ hold, pulling }: ContainerView): ContainerState {
  if (!hold) return waiting('ContainerCreating');
  const { reason, message, refused, until } = hold;
  // The next attempt has begun already when the image is being fetched.
  return waiting(reason, refused || pulling ? { message } : { message, nextAttemptAt: until });
}

function restartMessage(terminated: ContainerTerminated, attempt: number): string {
  const { signal, exitCode } = terminated;
  return `ended ${signal === null ? `with exit code ${exitCode}` : `by signal ${signal}`}; attempt ${attempt} follows`;
}

function conditionsOf({ base, now }: PodObservation, assessment: PodAssessment, phase: PodPhase): readonly Condition[] {
  const { init, app, initDone, hasRun } = assessment;
  const { podScheduled, initialized, containersReady, ready } = conditionTypes;
  const open = hasRun ? [] : init.slice(initDone).map((view) => view.container.name);
  const unready = [...init.filter((view) => view.role === 'sidecar'), ...app].filter((view) => !view.ready).map((view) => view.container.name);
  const readiness =
    phase === 'SUCCEEDED'
      ? falseBecause('PodCompleted', null)
      : phase === 'FAILED'
        ? falseBecause('PodFailed', null)
        : unready.length > 0
          ? falseBecause('ContainersNotReady', `not ready: ${unready.join(', ')}`)
          : isTrue;
  const next = [
    { type: podScheduled, ...isTrue },
    { type: initialized, ...(open.length > 0 ? falseBecause('ContainersNotInitialized', `not completed: ${open.join(', ')}`) : isTrue) },
    { type: containersReady, ...readiness },
    { type: ready, ...readiness },
  ];
  return next.reduce((conditions, condition) => withCondition(conditions, condition, new Date(now).toISOString()), base.conditions);
}

export function isTerminalPhase(phase: PodPhase): boolean {
  return phase === 'SUCCEEDED' || phase === 'FAILED';
}

const isTrue = { status: 'TRUE', reason: null, message: null } as const;

function falseBecause(reason: string, message: string | null) {
  return { status: 'FALSE', reason, message } as const;
}
