import type { Container, ContainerStatus, PodPhase, PodSpec, RestartPolicy } from '../api/pod';
import { restartsAfter } from './restart-policy';
import type { ContainerRole } from './restart-policy';

export interface PhaseQuestion {
  readonly spec: Pick<PodSpec, 'restartPolicy' | 'containers' | 'initContainers'>;
  readonly initContainerStatuses: readonly ContainerStatus[];
  readonly containerStatuses: readonly ContainerStatus[];
  /** The phase reported before. */
  readonly previous: PodPhase;
  /** Some app container has started in the present sandbox. */
  readonly hasRun: boolean;
  /** Names of running containers whose startup probe, if any, has passed. */
  readonly started: ReadonlySet<string>;
  /** The pod is being deleted or is past its deadline, and nothing will be started any more. */
  readonly finalising: boolean;
}

/** The one-word summary of a pod. SUCCEEDED and FAILED are never left; UNKNOWN is not a kubelet's to say. */
export function podPhase(question: PhaseQuestion): PodPhase {
  const { previous } = question;
  if (previous === 'SUCCEEDED' || previous === 'FAILED') return previous;
  const init = countInit(question);
  const app = countApp(question);
  const unknown = init.unknown + app.unknown;
  const running = init.running + app.running;
  const waiting = init.waiting + app.waiting;

  if (init.failedForGood > 0) return 'FAILED';
  if (init.pending > 0 || (init.pendingSidecars > 0 && !question.hasRun) || waiting > 0) return 'PENDING';
  if (running > 0 && unknown === 0) return 'RUNNING';
  if (running === 0 && app.stopped > 0 && unknown === 0) {
    if (!question.finalising && app.restartable > 0) return 'RUNNING';
    return app.stopped === app.succeeded ? 'SUCCEEDED' : 'FAILED';
  }
  return 'PENDING';
}

export function roleOf(spec: Pick<PodSpec, 'initContainers'>, container: Container): ContainerRole {
  if (!spec.initContainers.some((c) => c.name === container.name)) return 'app';
  return container.restartPolicy === 'ALWAYS' ? 'sidecar' : 'init';
}

export function policyOf(spec: Pick<PodSpec, 'restartPolicy'>, container: Container): RestartPolicy {
  return container.restartPolicy ?? spec.restartPolicy;
}

function countInit({ spec, initContainerStatuses, started }: PhaseQuestion) {
  const count = { pending: 0, failedForGood: 0, pendingSidecars: 0, unknown: 0, running: 0, waiting: 0 };
  for (const container of spec.initContainers) {
    const status = initContainerStatuses.find((s) => s.name === container.name);
    if (roleOf(spec, container) === 'sidecar') {
      if (!status) count.unknown += 1;
      else if (status.state.kind === 'ContainerRunning') {
        count.running += 1;
        if (!started.has(container.name)) count.pendingSidecars += 1;
      } else if (status.state.kind === 'ContainerWaiting' && status.lastState === null) {
        count.pendingSidecars += 1;
        count.waiting += 1;
      }
      continue;
    }
    const exitCode = lastExitCode(status);
    if (exitCode === undefined || (exitCode === 0 && status?.state.kind === 'ContainerWaiting')) count.pending += 1;
    else if (exitCode !== 0 && !restartsAfter('init', policyOf(spec, container), exitCode)) count.failedForGood += 1;
  }
  return count;
}

function countApp({ spec, containerStatuses }: PhaseQuestion) {
  const count = { unknown: 0, running: 0, waiting: 0, stopped: 0, succeeded: 0, restartable: 0 };
  for (const container of spec.containers) {
    const status = containerStatuses.find((s) => s.name === container.name);
    if (!status) count.unknown += 1;
    else if (status.state.kind === 'ContainerRunning') count.running += 1;
    else if (status.state.kind === 'ContainerTerminated') {
      const { exitCode } = status.state;
      count.stopped += 1;
      if (exitCode === 0) count.succeeded += 1;
      if (restartsAfter('app', policyOf(spec, container), exitCode)) count.restartable += 1;
    } else if (status.lastState === null) count.waiting += 1;
    else {
      // It waits for its next run: that another run comes is already decided.
      count.stopped += 1;
      count.restartable += 1;
    }
  }
  return count;
}

/** Of an init container that does not run now: how its latest run ended. Undefined while it runs or before it did. */
function lastExitCode(status: ContainerStatus | undefined): number | undefined {
  switch (status?.state.kind) {
    case 'ContainerTerminated':
      return status.state.exitCode;
    case 'ContainerWaiting':
      return status.lastState?.exitCode;
    default:
      return undefined;
  }
}
