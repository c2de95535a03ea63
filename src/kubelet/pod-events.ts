import type { EventFacts } from '../api/event';
import type { ContainerState, ContainerStatus, Pod, PodStatus } from '../api/pod';
import { isPulling } from './status';
import type { SyncAction } from './sync-pod';

/** What is told of a pod: Kubernetes' words for the reasons. */
export type PodEvent = Pick<EventFacts, 'type' | 'reason' | 'message'>;

/** One pass over a pod: its status before and after, and what is about to be done. */
export interface ObservedPass {
  readonly pod: Pod;
  readonly before: PodStatus;
  readonly after: PodStatus;
  readonly actions: readonly SyncAction[];
}

const waitsWithoutFault: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing', 'CrashLoopBackOff']);
const pullFaults: ReadonlySet<string> = new Set(['ErrImagePull', 'ImagePullBackOff']);

/** What happened, as the difference of two statuses and the stops that begin; messages say nothing that changes each time, so that they are counted. Pure. */
export function podEvents({ before, after, actions }: ObservedPass): readonly PodEvent[] {
  const earlier = new Map([...before.initContainerStatuses, ...before.containerStatuses].map((status) => [status.name, status]));
  const ofContainers = [...after.initContainerStatuses, ...after.containerStatuses].flatMap((status) => {
    const known = earlier.get(status.name);
    return [...pullEvents(known?.state, status), ...runEvents(known, status), ...holdEvents(known?.state, status)];
  });
  const overdue = after.reason === 'DeadlineExceeded' && before.reason !== 'DeadlineExceeded' ? [warning('DeadlineExceeded', `the pod ${after.message ?? 'ran too long'}`)] : [];
  return [...sandboxEvents(earlier.values(), actions), ...ofContainers, ...stopEvents(actions), ...overdue];
}

function pullEvents(known: ContainerState | undefined, { state, image }: ContainerStatus): PodEvent[] {
  if (!known || isPulling(known) === isPulling(state)) return isPulling(state) && !known ? [normal('Pulling', `pulling image ${image}`)] : [];
  if (isPulling(state)) return [normal('Pulling', `pulling image ${image}`)];
  return state.kind === 'ContainerWaiting' && pullFaults.has(state.reason) ? [] : [normal('Pulled', `pulled image ${image}`)];
}

function runEvents(known: ContainerStatus | undefined, status: ContainerStatus): PodEvent[] {
  const run = runOf(status);
  if (run === null || (known && runOf(known) === run)) return [];
  return [normal('Created', `created container ${status.name}`), normal('Started', `started container ${status.name}`)];
}

/** Its latest run; null if none has begun, or the next is being made. */
function runOf({ state, lastState, restartCount }: ContainerStatus): string | null {
  const startedAt = state.kind !== 'ContainerWaiting' ? state.startedAt : state.reason === 'CrashLoopBackOff' ? lastState?.startedAt : null;
  return startedAt == null ? null : `${restartCount} ${startedAt}`;
}

function holdEvents(known: ContainerState | undefined, { name, image, state, lastState }: ContainerStatus): PodEvent[] {
  if (state.kind !== 'ContainerWaiting') return [];
  const { reason, message, nextAttemptAt } = state;
  const isNew = known?.kind !== 'ContainerWaiting' || known.reason !== reason || known.message !== message || known.nextAttemptAt !== nextAttemptAt;
  if (!isNew) return [];
  // The first restart follows at once: nothing waits yet.
  if (reason === 'CrashLoopBackOff') return nextAttemptAt !== null && nextAttemptAt > (lastState?.finishedAt ?? '') ? [warning('BackOff', `waits before container ${name} is started again`)] : [];
  if (waitsWithoutFault.has(reason)) return [];
  if (reason === 'ImagePullBackOff') return [warning('BackOff', `waits before image ${image} is pulled again`), warning('Failed', `cannot pull image ${image}: ${message ?? reason}`)];
  return [warning('Failed', pullFaults.has(reason) ? `cannot pull image ${image}: ${message ?? reason}` : `cannot start container ${name}: ${message ?? reason}`)];
}

function stopEvents(actions: readonly SyncAction[]): PodEvent[] {
  const stops = actions.filter((action) => action.do === 'stop');
  return stops.map(({ record, why }) => normal('Killing', `stopping container ${record.identity.containerName}: ${why}`));
}

/** Another sandbox is made for what has run before. */
function sandboxEvents(statuses: Iterable<ContainerStatus>, actions: readonly SyncAction[]): PodEvent[] {
  const isMade = actions.some((action) => action.do === 'ensureSandbox');
  const isAnother = isMade && [...statuses].some(({ containerID, lastState }) => containerID !== null || lastState !== null);
  return isAnother ? [normal('SandboxChanged', 'the network of the pod is gone; its containers start in another')] : [];
}

function normal(reason: string, message: string): PodEvent {
  return { type: 'NORMAL', reason, message };
}

function warning(reason: string, message: string): PodEvent {
  return { type: 'WARNING', reason, message };
}
