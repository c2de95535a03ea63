import { backoffDelay } from '../base/backoff';
import type { Clock, Timer } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import type { Container, Pod, PodStatus } from '../api/pod';
import type { Hold, PodObservation } from './assess-pod';
import type { EventReporter } from './event-reporter';
import { ContainerStops } from './container-stops';
import type { HandlerRunner } from './handlers';
import { Holds } from './holds';
import { ImagePulls } from './image-pulls';
import type { PodActor } from './pod-actor';
import type { ProbeChecker } from './probe-check';
import { probedContainers } from './probed-containers';
import { Probes } from './probes';
import { Removals } from './removals';
import type { Kill } from './restart-policy';
import type { RuntimeCache, SeenPod } from './runtime-cache';
import { RuntimeError } from './runtime/runtime';
import type { ContainerRecord, ContainerRuntime } from './runtime/runtime';
import { baseStatus } from './status';
import type { StatusReporter } from './status-reporter';
import type { SyncAction } from './sync-pod';
import { syncPod } from './sync-pod';
import { teardown } from './teardown';

/** What all workers of a kubelet share. */
export interface WorkerContext {
  readonly runtime: ContainerRuntime;
  readonly actor: PodActor;
  readonly cache: RuntimeCache;
  readonly reporter: StatusReporter;
  readonly events: EventReporter;
  readonly checker: ProbeChecker;
  readonly handlers: HandlerRunner;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
  /** The node's address: hostIP of its pods. */
  readonly address: string;
  /** Where the ports of containers without a network of their own are reached from here. */
  readonly probeHost: string;
  /** How many dead containers are kept beside the latest run of each. */
  readonly deadContainers: number;
}

const errorBackoff = { initial: 500, max: 30_000, jitter: 0.3 };
/** A start that takes longer than this is shown as such; a quicker one is shown only with its result. */
const slowMilliseconds = 250;

/**
 * Serial worker of one pod: one pass at a time, each pass looks at everything anew, wake-ups during a pass lead to one
 * more pass. It waits for nothing that may take long: a stop or a removal goes on beside it and wakes it.
 */
export class PodWorker {
  /** Null: the API does not know this pod (any more), and nothing of it is to stay. */
  private pod: Pod | null;
  private base: PodStatus | null = null;
  /** How long the pod had been active when it was first looked at here, and when that was, by the clock that is never set. */
  private firstLook: { readonly activeFor: number; readonly at: number } | null = null;
  private readonly holds = new Holds();
  private readonly kills = new Map<string, Kill>();
  private readonly stops: ContainerStops;
  private readonly removals: Removals;
  private readonly probes: Probes;
  private readonly pulls: ImagePulls;
  private readonly log: Logger;
  private readonly closing = new AbortController();
  private timer: Timer | undefined;
  private dirty = false;
  /** The object was changed since the present pass began. */
  private isPodNew = false;
  private active: Promise<void> | null = null;
  private failures = 0;
  private deletionSent = false;
  /** Of a pod that is gone nothing is left: the runtime has said so once. Until then there may be more than it lists. */
  private isCleared = false;

  constructor(
    private readonly context: WorkerContext,
    private readonly seen: SeenPod,
    pod: Pod | null,
    private readonly onOver: () => void,
  ) {
    this.pod = pod;
    this.log = context.logger.child({ kind: 'Pod', namespace: seen.namespace, name: seen.podName, uid: seen.podUid });
    this.probes = new Probes({
      ...context,
      onChange: () => this.wake(),
      onUnhealthy: (message) => context.events.record(seen.podUid, { type: 'WARNING', reason: 'Unhealthy', message }),
    });
    this.stops = new ContainerStops({ ...context, logger: this.log, signal: this.closing.signal, onEnd: () => this.wake() });
    this.removals = new Removals({ ...context, logger: this.log, signal: this.closing.signal, onEnd: () => this.wake() });
    this.pulls = new ImagePulls({ ...context, logger: this.log, signal: this.closing.signal, onEnd: (name, hold) => this.onPulled(name, hold) });
  }

  /** Is this the object it works for? Not once it was told that the object is gone: what was begun then is brought to its end. */
  serves(pod: Pod): boolean {
    return this.pod?.creationTimestamp === pod.creationTimestamp;
  }

  setPod(pod: Pod | null): void {
    this.pod = pod;
    this.isPodNew = true;
    this.wake();
  }

  wake(): void {
    if (this.closing.signal.aborted) return;
    this.dirty = true;
    this.active ??= this.drain();
  }

  /** No further pass; resolves when the present one is over. Containers run on. */
  async close(): Promise<void> {
    this.closing.abort();
    this.timer?.cancel();
    this.probes.close();
    await this.active;
  }

  private async drain(): Promise<void> {
    // Wake-ups of one moment make one pass.
    await Promise.resolve();
    while (this.dirty && !this.closing.signal.aborted) {
      this.dirty = false;
      this.isPodNew = false;
      this.timer?.cancel();
      try {
        await (this.pod ? this.pass(this.pod) : this.passGone());
        this.failures = 0;
      } catch (error) {
        this.failures += 1;
        const delay = backoffDelay(errorBackoff, this.failures, this.context.identity.random());
        this.log.warn('a pass over a pod failed; trying again', { error, failures: this.failures, inMilliseconds: Math.round(delay) });
        // What woke it meanwhile may come from this very pass: that would be a hot loop. Another object is not.
        this.dirty = this.isPodNew;
        this.wakeIn(delay);
      }
    }
    this.active = null;
  }

  private async pass(pod: Pod): Promise<void> {
    const { reporter, clock } = this.context;
    const containers = this.context.cache.containersOf(pod.uid);
    this.forgetKillsBut(containers);
    this.stops.track(containers);
    this.probes.track(probedContainers({ pod, containers, base: baseStatus(this.base, pod.status), host: this.hostOf(pod.uid), now: clock.now() }));
    const plan = syncPod({
      ...this.observe(pod, containers),
      stopping: this.stops.deadlines,
      removing: this.removals.underWay,
      accepted: reporter.acceptedStatus(pod.uid),
      deadContainers: this.context.deadContainers,
    });
    this.context.events.observe({ pod, before: baseStatus(this.base, pod.status), after: plan.status, actions: plan.actions });
    this.base = plan.status;
    const actions = plan.actions.filter((action) => action.do !== 'deletePod' || !this.deletionSent);
    if (actions.length === 0) {
      reporter.report(pod, plan.status);
      if (plan.wakeAt !== null) this.wakeIn(plan.wakeAt - clock.now());
      return;
    }
    const slow = clock.after(slowMilliseconds, () => reporter.report(pod, plan.status));
    try {
      for (const action of actions) {
        if (this.closing.signal.aborted) return;
        if (!(await this.act(pod, action))) break;
      }
    } catch (error) {
      reporter.report(pod, plan.status);
      throw error;
    } finally {
      slow.cancel();
    }
    this.dirty = true;
  }

  /** False: what was planned to follow cannot be done now. */
  private async act(pod: Pod, action: SyncAction): Promise<boolean> {
    if (action.do === 'ensureSandbox') return this.ensureSandbox(pod, action.containers);
    await this.carryOut(pod, action);
    return true;
  }

  private async carryOut(pod: Pod, action: Exclude<SyncAction, { do: 'ensureSandbox' }>): Promise<void> {
    const { actor, clock, identity } = this.context;
    switch (action.do) {
      case 'run':
      case 'start': {
        const { name } = action.container;
        const failures = this.holds.failuresOf(name) + 1;
        const pulled = this.pulls.isPulled(action.container);
        const outcome = await actor.start(pod, action, { failures, now: clock.now(), random: identity.random(), pulled });
        if (outcome === null) this.pulls.forget(name);
        return this.holds.put(name, outcome === 'pull' ? this.pulls.begin(action.container) : outcome);
      }
      case 'stop':
        this.log.info('stopping a container', { container: action.record.identity.containerName, attempt: action.record.identity.attempt, why: action.why });
        if (action.killed) this.kills.set(action.record.id, { reason: action.killed, why: action.why });
        return this.stops.begin(action.record, action.deadline, action.preStop && { handler: action.preStop, host: this.hostOf(pod.uid) });
      case 'remove':
        void this.remove(action.record);
        return;
      case 'stopSandbox':
        return actor.stopSandbox(pod.uid);
      case 'deletePod':
        await actor.deletePod(pod);
        this.deletionSent = true;
    }
  }

  private async passGone(): Promise<void> {
    const { cache, clock, reporter } = this.context;
    const { podUid } = this.seen;
    this.probes.close();
    this.pulls.abort();
    reporter.forget(podUid);
    const containers = cache.containersOf(podUid);
    this.stops.track(containers);
    const sandbox = cache.sandboxOf(podUid) !== null || !this.isCleared;
    const input = { podUid, containers, sandbox, stopping: this.stops.deadlines, removing: this.removals.underWay, now: clock.now() };
    const { actions, over } = teardown(input);
    for (const action of actions) {
      if (this.closing.signal.aborted) return;
      if (action.do === 'stop') this.stops.begin(action.record, action.deadline, null);
      else if (action.do === 'remove') await this.remove(action.record);
      else await this.removals.begin(podUid, {}, () => this.clear(podUid));
      this.dirty = true;
    }
    if (over) this.onOver();
  }

  private async clear(podUid: string): Promise<void> {
    await this.context.actor.removeSandbox(podUid);
    this.isCleared = true;
  }

  private remove(record: ContainerRecord): Promise<void> {
    const { containerName: container, attempt } = record.identity;
    return this.removals.begin(record.id, { container, attempt }, () => this.context.actor.remove(record));
  }

  private onPulled(name: string, hold: Hold | null): void {
    this.holds.put(name, hold);
    this.wake();
  }

  /** Where it cannot be made, all that were to be started in it wait together: it is tried once for all of them. */
  private async ensureSandbox(pod: Pod, containers: readonly Container[]): Promise<boolean> {
    const { actor, clock, identity } = this.context;
    try {
      await actor.ensureSandbox(pod);
      return true;
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code === 'UNAVAILABLE') throw error;
      this.context.events.record(pod.uid, { type: 'WARNING', reason: 'FailedCreatePodSandBox', message: `cannot make the pod's sandbox: ${error.message}` });
      const { failures, until } = this.holds.putSandboxFailure(containers, error, { now: clock.now(), random: identity.random() });
      this.log.warn('the surroundings of a pod cannot be made; trying again', { error, failures, inMilliseconds: Math.round(until - clock.now()) });
      return false;
    }
  }

  private observe(pod: Pod, containers: readonly ContainerRecord[]): PodObservation {
    const { cache, clock, address, runtime } = this.context;
    const sandbox = cache.sandboxOf(pod.uid);
    const base = baseStatus(this.base, pod.status);
    this.firstLook ??= { activeFor: base.startTime === null ? 0 : Math.max(0, clock.now() - Date.parse(base.startTime)), at: clock.monotonic() };
    return {
      pod,
      containers,
      sandbox,
      sandboxEnds: sandbox?.perishable ?? runtime.capabilities.podNetwork,
      pulling: this.pulls.among([...pod.spec.initContainers, ...pod.spec.containers]),
      probes: this.probes.results,
      holds: this.holds.all,
      kills: this.kills,
      base,
      hostIP: address,
      podIP: sandbox?.ip ?? null,
      now: clock.now(),
      activeFor: this.firstLook.activeFor + clock.monotonic() - this.firstLook.at,
    };
  }

  /** Where the ports of its containers are reached. */
  private hostOf(podUid: string): string {
    return this.context.cache.sandboxOf(podUid)?.ip ?? this.context.probeHost;
  }

  private forgetKillsBut(containers: readonly ContainerRecord[]): void {
    const ids = new Set(containers.map(({ id }) => id));
    for (const id of [...this.kills.keys()]) if (!ids.has(id)) this.kills.delete(id);
  }

  private wakeIn(milliseconds: number): void {
    this.timer?.cancel();
    this.timer = this.context.clock.after(Math.max(0, milliseconds), () => this.wake());
  }
}
