import { BoundedBuffer } from '../../src/base/bounded-buffer';
import type { Clock } from '../../src/base/clock';
import type { Condition } from '../../src/api/meta';
import type { ContainerState, ContainerStatus, LogLine, Pod, PodStatus } from '../../src/api/pod';
import type { ControlPlaneClient, Operation } from '../../src/client/client';
import type { AnswerPodLogRequestVariables, PodLogRequest } from '../../src/client/operations/logs';
import type { NodeEventInput } from '../../src/client/operations/events';
import type { RegisterClusterNodeInput } from '../../src/client/operations/nodes';
import type { ContainerStatusInput, PodStatusInput, PodStatusUpdateInput } from '../../src/client/operations/pod-statuses';
import type { DeletePodVariables, PodChangesVariables, WireChange } from '../../src/client/operations/pods';
import { ApiError } from '../../src/errors/api-error';
import type { ErrorCode } from '../../src/errors/codes';
import type { PodOverrides } from './builders';
import { aPod } from './builders';

type Stream = BoundedBuffer<unknown>;

/**
 * What a kubelet sees of a control plane, in memory: pods of one node, statuses, registration, log requests. It keeps
 * every change, so that `since` works, and can be made unreachable.
 */
export class FakeControlPlane implements ControlPlaneClient {
  readonly registrations: RegisterClusterNodeInput[] = [];
  renewals = 0;
  /** What it keeps of the node. */
  nodeConditions: readonly Condition[] = [];
  /** Each call of updatePodStatuses that arrived. */
  readonly statusCalls: (readonly PodStatusUpdateInput[])[] = [];
  /** Each call of recordEvents that arrived. */
  readonly eventCalls: (readonly NodeEventInput[])[] = [];
  readonly logAnswers: AnswerPodLogRequestVariables['input'][] = [];
  /** `since` of each podChanges subscription that was opened. */
  readonly subscriptions: (string | null)[] = [];
  readonly pods = new Map<string, Pod>();
  /** Name of a pod → the code with which its status is refused. */
  readonly refusedStatuses = new Map<string, ErrorCode>();
  /** A call whose variables are larger is REQUEST_TOO_LARGE. */
  largestCall = Infinity;
  private readonly history: WireChange<Pod>[] = [];
  private readonly podStreams = new Set<Stream>();
  private readonly logStreams = new Set<Stream>();
  private readonly failures = new Map<string, unknown[]>();
  private version = 0;
  private reachable = true;
  private nodeKnown = false;

  constructor(private readonly clock: Clock) {}

  // What a test does.

  /** A pod bound to the node. */
  addPod(overrides: PodOverrides): Pod {
    return this.put('ADDED', aPod({ ...overrides, spec: { nodeName: 'node-a', ...overrides.spec } }));
  }

  changePod(name: string, change: (pod: Pod) => Pod): Pod {
    return this.put('MODIFIED', change(this.pod(name)));
  }

  requestDeletion(name: string, gracePeriodSeconds = 30): void {
    const deletionTimestamp = new Date(this.clock.now()).toISOString();
    this.changePod(name, (pod) => ({ ...pod, deletionTimestamp, deletionGracePeriodSeconds: gracePeriodSeconds }));
  }

  /** At once, whatever runs. */
  removePod(name: string): void {
    const pod = this.pod(name);
    this.pods.delete(name);
    this.publish('DELETED', { ...pod, resourceVersion: String(this.version + 1) });
  }

  pod(name: string): Pod {
    const pod = this.pods.get(name);
    if (!pod) throw new Error(`no pod ${name}`);
    return pod;
  }

  askForLogs(request: PodLogRequest): void {
    for (const stream of this.logStreams) stream.push({ podLogRequests: request });
  }

  /** No call is answered, every stream breaks. */
  goDown(): void {
    this.reachable = false;
    for (const stream of [...this.podStreams, ...this.logStreams]) stream.fail(unreachable());
  }

  comeUp(): void {
    this.reachable = true;
  }

  /** As after the loss of its lease record. */
  forgetNode(): void {
    this.nodeKnown = false;
  }

  /** The next call of this operation fails so. */
  failNext(operationName: string, error: unknown): void {
    this.failures.set(operationName, [...(this.failures.get(operationName) ?? []), error]);
  }

  // ControlPlaneClient. The operation's name says what the variables are.

  query<Data, Variables extends object>(operation: Operation<Data, Variables>, variables: Variables): Promise<Data> {
    return this.mutate(operation, variables);
  }

  async mutate<Data, Variables extends object>(operation: Operation<Data, Variables>, variables: Variables): Promise<Data> {
    await Promise.resolve();
    if (!this.reachable) throw unreachable();
    const failure = this.failures.get(operation.name)?.shift();
    if (failure !== undefined) throw failure;
    if (JSON.stringify(variables).length > this.largestCall) throw new ApiError('REQUEST_TOO_LARGE', 'too large', { outcome: 'notApplied' });
    return this.answer(operation.name, variables) as Data;
  }

  async *subscribe<Data, Variables extends object>(operation: Operation<Data, Variables>, variables: Variables, signal: AbortSignal): AsyncGenerator<Data> {
    await Promise.resolve();
    if (!this.reachable) throw unreachable();
    const streams = operation.name === 'PodChanges' ? this.podStreams : this.logStreams;
    const stream: Stream = new BoundedBuffer(1000, () => streams.delete(stream));
    streams.add(stream);
    signal.addEventListener('abort', () => stream.close(), { once: true });
    if (operation.name === 'PodChanges') this.replay(stream, (variables as PodChangesVariables).since ?? null);
    try {
      for await (const item of stream) yield item as Data;
    } finally {
      await stream.return();
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private answer(name: string, variables: object): unknown {
    switch (name) {
      case 'RecordEvents': {
        const { events } = (variables as { input: { events: readonly NodeEventInput[] } }).input;
        this.eventCalls.push(events);
        return { recordEvents: { accepted: events.length } };
      }
      case 'RegisterClusterNode': {
        const { input } = variables as { input: RegisterClusterNodeInput };
        this.registrations.push(input);
        this.nodeKnown = true;
        this.nodeConditions = input.conditions;
        return { registerClusterNode: { leaseDurationSeconds: input.leaseDurationSeconds } };
      }
      case 'RenewClusterNodeLease':
        if (!this.nodeKnown) throw new ApiError('NOT_FOUND', 'no such node');
        this.renewals += 1;
        return { renewClusterNodeLease: { leaseDurationSeconds: this.registrations.at(-1)?.leaseDurationSeconds ?? 40, clusterNode: { conditions: this.nodeConditions } } };
      case 'UpdatePodStatuses': {
        const { input } = variables as { input: { statuses: readonly PodStatusUpdateInput[] } };
        this.statusCalls.push(input.statuses);
        return { updatePodStatuses: { results: input.statuses.map((update) => this.updateStatus(update)) } };
      }
      case 'DeletePod': {
        const { input } = variables as DeletePodVariables;
        const pod = this.pods.get(input.name);
        if (!pod) throw new ApiError('NOT_FOUND', `no pod ${input.name}`);
        if (pod.uid !== input.uid) throw new ApiError('CONFLICT', 'another uid');
        this.removePod(input.name);
        return { deletePod: { pod: { uid: pod.uid } } };
      }
      case 'AnswerPodLogRequest':
        this.logAnswers.push((variables as AnswerPodLogRequestVariables).input);
        return { answerPodLogRequest: { accepted: true } };
      default:
        throw new Error(`the fake control plane does not know ${name}`);
    }
  }

  private updateStatus({ namespace, name, uid, status }: PodStatusUpdateInput) {
    const pod = this.pods.get(name);
    if (!pod || pod.uid !== uid) return { namespace, name, uid, code: 'NOT_FOUND', message: 'gone' };
    const code = this.refusedStatuses.get(name);
    if (code) return { namespace, name, uid, code, message: 'refused' };
    const next = fromInput(status);
    if (JSON.stringify(next) !== JSON.stringify(pod.status)) this.put('MODIFIED', { ...pod, status: next });
    return { namespace, name, uid, code: null, message: null };
  }

  private put(type: 'ADDED' | 'MODIFIED', pod: Pod): Pod {
    const stored = { ...pod, resourceVersion: String(this.version + 1) };
    this.pods.set(pod.name, stored);
    this.publish(type, stored);
    return stored;
  }

  private publish(type: 'ADDED' | 'MODIFIED' | 'DELETED', pod: Pod): void {
    this.version += 1;
    const change = { type, object: pod, resourceVersion: String(this.version) };
    this.history.push(change);
    for (const stream of this.podStreams) stream.push({ changes: change });
  }

  private replay(stream: Stream, since: string | null): void {
    this.subscriptions.push(since);
    const resourceVersion = String(this.version);
    const changes: WireChange<Pod>[] =
      since === null
        ? [
            ...[...this.pods.values()].map((pod) => ({ type: 'ADDED' as const, object: pod, resourceVersion: pod.resourceVersion })),
            { type: 'BOOKMARK', object: null, resourceVersion },
          ]
        : this.history.filter((change) => Number(change.resourceVersion) > Number(since));
    for (const change of changes) stream.push({ changes: change });
  }
}

function unreachable(): ApiError {
  return new ApiError('SERVICE_UNAVAILABLE', 'the control plane is away', { outcome: 'notApplied' });
}

function fromInput(status: PodStatusInput): PodStatus {
  return { ...status, initContainerStatuses: status.initContainerStatuses.map(fromContainer), containerStatuses: status.containerStatuses.map(fromContainer) };
}

function fromContainer({ state, lastState, ...rest }: ContainerStatusInput): ContainerStatus {
  return { ...rest, state: fromState(state), lastState: lastState && { kind: 'ContainerTerminated', ...lastState } };
}

function fromState({ waiting, running, terminated }: ContainerStatusInput['state']): ContainerState {
  if (waiting) return { kind: 'ContainerWaiting', ...waiting };
  if (running) return { kind: 'ContainerRunning', ...running };
  if (terminated) return { kind: 'ContainerTerminated', ...terminated };
  throw new Error('a state has exactly one member');
}

/** Lines for comparing with what was answered. */
export function textsOf(lines: readonly LogLine[]): readonly string[] {
  return lines.map((line) => line.text);
}
