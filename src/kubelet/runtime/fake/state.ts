import type { LogLine } from '../../../api/pod';
import type { ContainerConfig, ContainerIdentity, ContainerRecord, ExitRecord, SandboxRecord } from '../runtime';
import type { FakeStep } from './script';

/** One container of the fake runtime. Times of `ends` are the clock's monotonic milliseconds. */
export interface FakeContainer {
  readonly id: string;
  readonly config: ContainerConfig;
  readonly sandboxId: string;
  readonly step: FakeStep;
  readonly createdAt: number;
  readonly logs: LogLine[];
  startedAt: number | null;
  /** When it will end and how, if nothing else happens; null: not by itself. */
  ends: { readonly at: number; readonly exit: Omit<ExitRecord, 'finishedAt'> } | null;
  exit: ExitRecord | null;
}

/** What survives when the podql process dies: hand it to the next createFakeRuntime. */
export interface FakeRuntimeState {
  readonly sandboxes: Map<string, SandboxRecord>;
  sandboxesMade: number;
  readonly containers: Map<string, FakeContainer>;
}

export function createFakeRuntimeState(): FakeRuntimeState {
  return { sandboxes: new Map(), sandboxesMade: 0, containers: new Map() };
}

export function fakeContainerId(identity: ContainerIdentity): string {
  return `${identity.podUid}_${identity.containerName}_${identity.attempt}`;
}

export function recordOf(container: FakeContainer): ContainerRecord {
  const { config, exit, startedAt } = container;
  return {
    id: container.id,
    identity: config.identity,
    sandboxId: container.sandboxId,
    namespace: config.namespace,
    podName: config.podName,
    image: config.container.image,
    notes: config.notes,
    phase: exit ? 'exited' : startedAt === null ? 'created' : 'running',
    imageID: null,
    containerID: startedAt === null ? null : `fake://${container.id}`,
    createdAt: container.createdAt,
    startedAt,
    exit,
  };
}

/** How a run ends by what its step says. */
export function exitOf(step: FakeStep): Omit<ExitRecord, 'finishedAt'> {
  return {
    exitCode: step.exit,
    signal: step.signal,
    reason: step.oom ? 'OOMKilled' : reasonOf(step.exit),
    message: step.message,
    oomKilled: step.oom,
  };
}

/** How a run ends with this code from outside: a stop, or a test's hand. */
export function plainExit(exitCode: number): Omit<ExitRecord, 'finishedAt'> {
  const signal = exitCode > 128 && exitCode <= 128 + 64 ? exitCode - 128 : null;
  return { exitCode, signal, reason: reasonOf(exitCode), message: null, oomKilled: false };
}

function reasonOf(exitCode: number): string {
  return exitCode === 0 ? 'Completed' : 'Error';
}
