import type { Pod, PodStatus } from '../../src/api/pod';
import type { ProbeResult } from '../../src/kubelet/assess-pod';
import type { Kill } from '../../src/kubelet/restart-policy';
import type { ContainerRecord } from '../../src/kubelet/runtime/runtime';
import { sameStatus } from '../../src/kubelet/status';
import type { SyncAction, SyncInput, SyncPlan } from '../../src/kubelet/sync-pod';
import { syncPod } from '../../src/kubelet/sync-pod';

/** One pod, its containers and a kubelet's memory, without anything that acts by itself: for tests of the pure pass. */
export class PodSimulation {
  now = Date.UTC(2030, 0, 1);
  records: ContainerRecord[] = [];
  sandbox = false;
  base: PodStatus;
  accepted: PodStatus | null = null;
  deletePodAsked = false;
  deadContainers = 1;
  /** Every run that was ever started, by container name. */
  readonly runs = new Map<string, number[]>();
  readonly statuses: PodStatus[] = [];
  readonly probes = new Map<string, ProbeResult>();
  private stopping = new Map<string, number>();
  private kills = new Map<string, Kill>();

  constructor(public pod: Pod) {
    this.base = pod.status;
  }

  /** What one pass would do. */
  plan(overrides: Partial<SyncInput> = {}): SyncPlan {
    return syncPod({
      pod: this.pod,
      containers: this.records,
      sandbox: this.sandbox ? { id: 'sandbox', podUid: this.pod.uid, namespace: this.pod.namespace, podName: this.pod.name, ready: true, ip: null, perishable: false } : null,
      sandboxEnds: false,
      pulling: new Set(),
      probes: this.probes,
      holds: new Map(),
      kills: this.kills,
      base: this.base,
      hostIP: '127.0.0.1',
      podIP: null,
      now: this.now,
      activeFor: this.base.startTime === null ? 0 : this.now - Date.parse(this.base.startTime),
      stopping: this.stopping,
      removing: new Set(),
      accepted: this.accepted,
      deadContainers: this.deadContainers,
      ...overrides,
    });
  }

  /** Passes until there is nothing to do now. Throws if that does not come. */
  settle(): SyncPlan {
    for (let passes = 0; passes < 50; passes += 1) {
      const plan = this.plan();
      this.base = plan.status;
      this.statuses.push(plan.status);
      const actions = plan.actions.filter((action) => action.do !== 'deletePod' || !this.deletePodAsked);
      if (actions.length === 0) return plan;
      actions.forEach((action) => this.act(action));
    }
    throw new Error('50 passes and still something to do');
  }

  status(name: string) {
    return [...this.base.initContainerStatuses, ...this.base.containerStatuses].find((status) => status.name === name);
  }

  running(name?: string): readonly ContainerRecord[] {
    return this.records.filter((record) => record.phase === 'running' && (name === undefined || record.identity.containerName === name));
  }

  exit(id: string, exitCode: number): void {
    this.records = this.records.map((record) =>
      record.id === id && record.phase === 'running'
        ? {
            ...record,
            phase: 'exited',
            exit: { exitCode, signal: null, reason: exitCode === 0 ? 'Completed' : 'Error', message: null, oomKilled: false, finishedAt: this.now },
          }
        : record,
    );
    this.stopping.delete(id);
  }

  exitLatest(name: string, exitCode: number): void {
    const [record] = this.running(name);
    if (!record) throw new Error(`${name} does not run`);
    this.exit(record.id, exitCode);
  }

  /** Everything that was asked to stop has stopped. */
  finishStops(exitCode: number): void {
    for (const id of [...this.stopping.keys()]) this.exit(id, exitCode);
  }

  stoppingNames(): readonly string[] {
    return this.records.filter((record) => this.stopping.has(record.id)).map((record) => record.identity.containerName);
  }

  accept(): void {
    this.accepted = this.base;
    this.pod = { ...this.pod, status: this.base };
  }

  get isAccepted(): boolean {
    return this.accepted !== null && sameStatus(this.accepted, this.base);
  }

  /** The kubelet starts again: it knows what the API and the runtime know. */
  restartKubelet(): void {
    this.base = this.pod.status;
    this.stopping = new Map();
    this.kills = new Map();
  }

  /** As after a wiped machine: the API is all that is left. */
  loseRuntime(): void {
    this.records = [];
    this.sandbox = false;
    this.stopping = new Map();
  }

  private act(action: SyncAction): void {
    switch (action.do) {
      case 'ensureSandbox':
        this.sandbox = true;
        return;
      case 'run': {
        const { identity, container, notes } = action;
        if (!this.sandbox) throw new Error('a container needs a sandbox');
        const id = `${identity.containerName}_${identity.attempt}`;
        if (this.records.some((record) => record.id === id)) throw new Error(`${id} exists`);
        this.records = [...this.records, {
          id,
          identity,
          sandboxId: 'sandbox',
          namespace: this.pod.namespace,
          podName: this.pod.name,
          image: container.image,
          notes,
          phase: 'running',
          imageID: null,
          containerID: `process://${id}`,
          createdAt: this.now,
          startedAt: this.now,
          exit: null,
        }];
        this.runs.set(identity.containerName, [...(this.runs.get(identity.containerName) ?? []), identity.attempt]);
        return;
      }
      case 'start':
        this.records = this.records.map((record) => (record.id === action.record.id ? { ...record, phase: 'running', startedAt: this.now } : record));
        return;
      case 'stop':
        this.stopping.set(action.record.id, action.deadline);
        if (action.killed) this.kills.set(action.record.id, { reason: action.killed, why: action.why });
        return;
      case 'remove':
        if (action.record.phase === 'running') throw new Error(`${action.record.id} runs and is to be removed`);
        this.records = this.records.filter((record) => record.id !== action.record.id);
        return;
      case 'deletePod':
        this.deletePodAsked = true;
    }
  }
}
