import { backoffDelay } from '../base/backoff';
import type { Timer } from '../base/clock';
import type { Logger } from '../base/logger';
import type { Pod, PodStatus } from '../api/pod';
import { PodActions } from './pod-actions';
import { probedContainers } from './probed-containers';
import { Probes } from './probes';
import type { SeenPod } from './runtime-cache';
import type { ContainerRecord } from './runtime/runtime';
import { baseStatus } from './status';
import type { SyncInput } from './sync-pod';
import { syncPod } from './sync-pod';
import { teardown } from './teardown';
import type { WorkerContext } from './worker-context';

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
  private readonly actions: PodActions;
  private readonly probes: Probes;
  private readonly log: Logger;
  private readonly closing = new AbortController();
  private timer: Timer | undefined;
  private dirty = false;
  /** The object was changed since the present pass began. */
  private isPodNew = false;
  private active: Promise<void> | null = null;
  private failures = 0;

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
    this.actions = new PodActions(context, {
      podUid: seen.podUid,
      logger: this.log,
      signal: this.closing.signal,
      onEnd: () => this.wake(),
      host: () => this.hostOf(seen.podUid),
    });
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
    this.actions.track(containers);
    this.probes.track(probedContainers({ pod, containers, base: baseStatus(this.base, pod.status), host: this.hostOf(pod.uid), now: clock.now() }));
    const plan = syncPod(this.observe(pod, containers));
    this.context.events.observe({ pod, before: baseStatus(this.base, pod.status), after: plan.status, actions: plan.actions });
    this.base = plan.status;
    const actions = plan.actions.filter((action) => this.actions.isToDo(action));
    if (actions.length === 0) {
      reporter.report(pod, plan.status);
      if (plan.wakeAt !== null) this.wakeIn(plan.wakeAt - clock.now());
      return;
    }
    const slow = clock.after(slowMilliseconds, () => reporter.report(pod, plan.status));
    try {
      await this.actions.carryOut(pod, actions);
    } catch (error) {
      reporter.report(pod, plan.status);
      throw error;
    } finally {
      slow.cancel();
    }
    this.dirty = true;
  }

  private async passGone(): Promise<void> {
    const { cache, clock, reporter } = this.context;
    const { podUid } = this.seen;
    this.probes.close();
    this.actions.abortPulls();
    reporter.forget(podUid);
    const containers = cache.containersOf(podUid);
    this.actions.track(containers);
    const sandbox = cache.sandboxOf(podUid) !== null || !this.actions.isCleared;
    const { stopping, removing } = this.actions.underWay([]);
    const { actions, over } = teardown({ podUid, containers, sandbox, stopping, removing, now: clock.now() });
    for (const action of actions) {
      if (this.closing.signal.aborted) return;
      await this.actions.tearDown(action);
      this.dirty = true;
    }
    if (over) this.onOver();
  }

  private observe(pod: Pod, containers: readonly ContainerRecord[]): SyncInput {
    const { cache, clock, address, runtime, reporter, deadContainers } = this.context;
    const sandbox = cache.sandboxOf(pod.uid);
    const base = baseStatus(this.base, pod.status);
    this.firstLook ??= { activeFor: base.startTime === null ? 0 : Math.max(0, clock.now() - Date.parse(base.startTime)), at: clock.monotonic() };
    return {
      pod,
      containers,
      sandbox,
      sandboxEnds: sandbox?.perishable ?? runtime.capabilities.podNetwork,
      ...this.actions.underWay([...pod.spec.initContainers, ...pod.spec.containers]),
      probes: this.probes.results,
      base,
      accepted: reporter.acceptedStatus(pod.uid),
      deadContainers,
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

  private wakeIn(milliseconds: number): void {
    this.timer?.cancel();
    this.timer = this.context.clock.after(Math.max(0, milliseconds), () => this.wake());
  }
}
