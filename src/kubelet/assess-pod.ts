import type { Container, ContainerTerminated, Pod, PodStatus, RestartPolicy } from '../api/pod';
import type { LatestRun } from './container-history';
import { historyOf } from './container-history';
import { isOutdated, readNotes, specHash } from './container-notes';
import { policyOf, roleOf } from './phase';
import type { ContainerRole, Kill, RestartDecision } from './restart-policy';
import { decideRestart } from './restart-policy';
import type { ContainerRecord, SandboxRecord } from './runtime/runtime';

/** What the probes of one running container say. */
export interface ProbeResult {
  /** The startup probe has passed, or there is none. */
  readonly started: boolean;
  readonly ready: boolean;
  /** Set once the startup or liveness probe has failed for good: the container is to be killed. */
  readonly failure: string | null;
}

/** A container that cannot be created or started now, and when to try again. */
export interface Hold {
  /** The hold is off when the container's spec is another. */
  readonly specHash: string;
  readonly reason: string;
  readonly message: string;
  /** When it began. A clock that says less was set back: the hold is off, since nobody knows how long it has lasted. */
  readonly since: number;
  readonly until: number;
  readonly failures: number;
  /** The runtime does not admit the image; the wait is not shown, since each look would change the status. */
  readonly refused: boolean;
}

/** Everything one pass over one pod is decided by. */
export interface PodObservation {
  readonly pod: Pod;
  /** All runs of all its containers that the runtime knows. */
  readonly containers: readonly ContainerRecord[];
  readonly sandbox: SandboxRecord | null;
  /** Sandboxes hold something (a network) that is given back when the pod has finished. */
  readonly sandboxEnds: boolean;
  /** Names of containers whose image is being fetched. */
  readonly pulling: ReadonlySet<string>;
  /** By container id. */
  readonly probes: ReadonlyMap<string, ProbeResult>;
  /** By container name. */
  readonly holds: ReadonlyMap<string, Hold>;
  /** By container id: containers this kubelet ended on purpose. */
  readonly kills: ReadonlyMap<string, Kill>;
  /** The status as last computed here, else as the API has it. */
  readonly base: PodStatus;
  readonly hostIP: string;
  /** Null when the runtime gives pods no network of their own. */
  readonly podIP: string | null;
  readonly now: number;
  /** Milliseconds since the pod's start, whatever the wall clock was set to meanwhile. */
  readonly activeFor: number;
}

/** One container of the spec, with all that is known and decided about it. */
export interface ContainerView {
  readonly container: Container;
  readonly role: ContainerRole;
  readonly policy: RestartPolicy;
  readonly specHash: string;
  readonly run: LatestRun;
  readonly attempt: number;
  readonly previous: ContainerTerminated | null;
  /** Of a run that ended; null otherwise. */
  readonly decision: RestartDecision | null;
  readonly started: boolean;
  readonly ready: boolean;
  readonly probeFailure: string | null;
  /** Its image is being fetched. */
  readonly pulling: boolean;
  /** Null also when it concerned an older spec. */
  readonly hold: Hold | null;
}

/** Why nothing of this pod is started any more. Null: it runs. */
export type Ending = 'deleted' | 'deadline' | 'finished' | null;

export interface PodAssessment {
  readonly init: readonly ContainerView[];
  readonly app: readonly ContainerView[];
  readonly ending: Ending;
  /** No container of the pod runs. */
  readonly stopped: boolean;
  /** Some app container has started, now or in the past. */
  readonly hasRun: boolean;
  /** So it has in the pod's present sandbox. */
  readonly hasRunHere: boolean;
  /** Number of leading init containers that need no more attention before the next may start. */
  readonly initDone: number;
  readonly startTime: number;
  readonly deadlineAt: number | null;
}

/** Pure: the one place where desired state, the runtime's records and what was reported are brought together. */
export function assessPod(observation: PodObservation): PodAssessment {
  const { pod, containers, base, now, activeFor } = observation;
  const { spec } = pod;
  const init = spec.initContainers.map((container) => viewOf(observation, container, base.initContainerStatuses));
  const app = spec.containers.map((container) => viewOf(observation, container, base.containerStatuses));
  const startTime = base.startTime === null ? now : Date.parse(base.startTime);
  const deadlineAt = spec.activeDeadlineSeconds === null ? null : now - activeFor + spec.activeDeadlineSeconds * 1000;
  return {
    init,
    app,
    ending: endingOf(observation, { init, app, deadlineAt }),
    stopped: !containers.some((record) => record.phase === 'running'),
    hasRun: app.some(hasStarted),
    hasRunHere: app.some((view) => hasStarted(view) && ranHere(observation, view)),
    initDone: countDone(observation, init, app),
    startTime,
    deadlineAt,
  };
}

function viewOf(observation: PodObservation, container: Container, reported: PodStatus['containerStatuses']): ContainerView {
  const { pod, kills, now } = observation;
  const records = observation.containers.filter((record) => record.identity.containerName === container.name);
  const history = historyOf({ records, reported: reported.find((status) => status.name === container.name), kills, now });
  const hash = specHash(container);
  const { run } = history;
  const probe = run.state === 'running' ? observation.probes.get(run.record.id) : undefined;
  const started = run.state === 'running' && (probe?.started ?? container.startupProbe === null);
  const hold = observation.holds.get(container.name);
  const role = roleOf(pod.spec, container);
  const policy = policyOf(pod.spec, container);
  return {
    container,
    role,
    policy,
    specHash: hash,
    ...history,
    decision: run.state === 'ended' ? decisionFor(observation, { role, policy, run }) : null,
    started,
    ready: started && (probe?.ready ?? container.readinessProbe === null),
    probeFailure: probe?.failure ?? null,
    pulling: observation.pulling.has(container.name),
    hold: hold?.specHash === hash ? hold : null,
  };
}

function decisionFor(
  { pod, kills, now }: PodObservation,
  { role, policy, run }: { role: ContainerRole; policy: RestartPolicy; run: LatestRun & { state: 'ended' } },
): RestartDecision {
  const { record, terminated } = run;
  return decideRestart({
    role,
    policy,
    run: {
      exitCode: terminated.exitCode,
      startedAt: terminated.startedAt === null ? null : Date.parse(terminated.startedAt),
      finishedAt: Date.parse(terminated.finishedAt),
    },
    killed: (record && kills.get(record.id)?.reason) ?? null,
    backoff: pod.spec.restartBackoff,
    step: readNotes(record).step,
    specChanged: isOutdated(record, pod),
    now,
  });
}

function endingOf(
  { pod, base, now }: PodObservation,
  { init, app, deadlineAt }: Pick<PodAssessment, 'init' | 'app' | 'deadlineAt'>,
): Ending {
  if (base.phase === 'SUCCEEDED' || base.phase === 'FAILED') return 'finished';
  if (pod.deletionTimestamp !== null) return 'deleted';
  const finished = app.every(isOver) || init.some((view) => view.role === 'init' && isOver(view) && !succeeded(view));
  const ends = [...init, ...app].flatMap((view) => (view.role !== 'sidecar' && view.run.state === 'ended' ? [Date.parse(view.run.terminated.finishedAt)] : []));
  if (deadlineAt !== null && now >= deadlineAt && !(finished && Math.max(...ends) <= deadlineAt)) return 'deadline';
  return finished ? 'finished' : null;
}

/**
 * Once an app container is there, the init containers have done their work in this sandbox and are not run again. In a new
 * sandbox they are: what they set up (a network, say) may be gone with the old one.
 */
function countDone(observation: PodObservation, init: readonly ContainerView[], app: readonly ContainerView[]): number {
  if (app.some((view) => ranHere(observation, view))) return init.length;
  const open = init.findIndex((view) => !(view.role === 'sidecar' ? view.started : isInitDone(observation, view)));
  return open === -1 ? init.length : open;
}

/** With NEVER what was reported counts also when the runtime lost it: that container may not run twice. */
function isInitDone(observation: PodObservation, view: ContainerView): boolean {
  return succeeded(view) && isOver(view) && (view.policy === 'NEVER' || ranHere(observation, view));
}

function ranHere(observation: PodObservation, { run }: ContainerView): boolean {
  return run.state !== 'none' && run.record !== null && isInSandbox(observation, run.record);
}

/** It was made in the pod's present sandbox, where a sandbox is something that can be lost. */
export function isInSandbox({ sandbox, sandboxEnds }: Pick<PodObservation, 'sandbox' | 'sandboxEnds'>, record: ContainerRecord): boolean {
  return !sandboxEnds || record.sandboxId === sandbox?.id;
}

/** It ended, and no further run will come. */
export function isOver(view: ContainerView): boolean {
  return view.decision !== null && !view.decision.restart;
}

export function hasStarted(view: ContainerView): boolean {
  return view.run.state === 'running' || view.run.state === 'ended' || view.attempt > 0;
}

function succeeded(view: ContainerView): boolean {
  return view.run.state === 'ended' && view.run.terminated.exitCode === 0;
}
