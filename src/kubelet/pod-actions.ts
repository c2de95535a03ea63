import { messageOf } from '../base/error-message';
import type { Logger } from '../base/logger';
import type { Container, Pod } from '../api/pod';
import { ContainerStops } from './container-stops';
import { Holds } from './holds';
import { ImagePulls } from './image-pulls';
import { Removals } from './removals';
import type { Kill } from './restart-policy';
import { RuntimeError } from './runtime/runtime';
import type { ContainerRecord } from './runtime/runtime';
import type { SyncAction, SyncInput } from './sync-pod';
import type { TeardownAction } from './teardown';
import type { WorkerContext } from './worker-context';

export interface PodActionsOptions {
  readonly podUid: string;
  readonly logger: Logger;
  /** Nothing more is begun. */
  readonly signal: AbortSignal;
  /** Something that goes on beside the passes has ended: look again. */
  readonly onEnd: () => void;
  /** Where the ports of the pod's containers are reached. */
  readonly host: () => string;
}

/** Does what the passes over one pod decide, and remembers of it what the next pass has to know: what is under way, and why what waits. */
export class PodActions {
  private readonly holds = new Holds();
  private readonly kills = new Map<string, Kill>();
  private readonly stops: ContainerStops;
  private readonly removals: Removals;
  private readonly pulls: ImagePulls;
  private isDeletionSent = false;
  private hasCleared = false;

  constructor(
    private readonly context: WorkerContext,
    private readonly options: PodActionsOptions,
  ) {
    const { onEnd } = options;
    this.stops = new ContainerStops({ ...context, ...options });
    this.removals = new Removals({ ...context, ...options });
    this.pulls = new ImagePulls({
      ...context,
      ...options,
      onEnd: (name, hold) => {
        this.holds.put(name, hold);
        onEnd();
      },
    });
  }

  /** These are there now; what was remembered of others is over. */
  track(containers: readonly ContainerRecord[]): void {
    const ids = new Set(containers.map(({ id }) => id));
    for (const id of [...this.kills.keys()]) if (!ids.has(id)) this.kills.delete(id);
    // A start that was given up has happened after all.
    for (const { phase, identity } of containers) if (phase === 'running') this.holds.put(identity.containerName, null);
    this.stops.track(containers);
  }

  /** What the next pass has to know of them. */
  underWay(containers: readonly Container[]): Pick<SyncInput, 'holds' | 'kills' | 'pulling' | 'stopping' | 'removing'> {
    return { holds: this.holds.all, kills: this.kills, pulling: this.pulls.among(containers), stopping: this.stops.deadlines, removing: this.removals.underWay };
  }

  /** Of a pod that is gone nothing is left: the runtime has said so once. Until then there may be more than it lists. */
  get isCleared(): boolean {
    return this.hasCleared;
  }

  isToDo(action: SyncAction): boolean {
    return action.do !== 'deletePod' || !this.isDeletionSent;
  }

  /** In this order; ends early where what follows cannot be done now. */
  async carryOut(pod: Pod, actions: readonly SyncAction[]): Promise<void> {
    for (const action of actions) {
      if (this.options.signal.aborted) return;
      if (action.do !== 'ensureSandbox') await this.act(pod, action);
      else if (!(await this.ensureSandbox(pod, action.containers))) return;
    }
  }

  /** Of a pod that is gone. */
  async tearDown(action: TeardownAction): Promise<void> {
    const { podUid } = this.options;
    if (action.do === 'stop') this.stops.begin(action.record, action.deadline, null);
    else if (action.do === 'remove') await this.remove(action.record);
    else await this.removals.begin(podUid, {}, () => this.clear(podUid));
  }

  /** Nobody waits for images any more. */
  abortPulls(): void {
    this.pulls.abort();
  }

  private async act(pod: Pod, action: Exclude<SyncAction, { do: 'ensureSandbox' }>): Promise<void> {
    const { actor } = this.context;
    const { logger, host } = this.options;
    switch (action.do) {
      case 'run':
      case 'start':
        return this.start(pod, action);
      case 'stop':
        logger.info('stopping a container', { container: action.record.identity.containerName, attempt: action.record.identity.attempt, why: action.why });
        if (action.killed) this.kills.set(action.record.id, { reason: action.killed, why: action.why });
        return this.stops.begin(action.record, action.deadline, action.preStop && { handler: action.preStop, host: host() });
      case 'remove':
        void this.remove(action.record);
        return;
      case 'stopSandbox':
        return actor.stopSandbox(pod.uid);
      case 'deletePod':
        await actor.deletePod(pod);
        this.isDeletionSent = true;
    }
  }

  private async start(pod: Pod, action: Extract<SyncAction, { do: 'run' | 'start' }>): Promise<void> {
    const { actor, clock, identity } = this.context;
    const { name } = action.container;
    const failures = this.holds.failuresOf(name) + 1;
    const pulled = this.pulls.isPulled(action.container);
    const outcome = await actor.start(pod, action, { failures, now: clock.now(), random: identity.random(), pulled });
    if (outcome === null) this.pulls.forget(name);
    this.holds.put(name, outcome === 'pull' ? this.pulls.begin(action.container) : outcome);
  }

  /** Where it cannot be made, all that were to be started in it wait together: it is tried once for all of them. */
  private async ensureSandbox(pod: Pod, containers: readonly Container[]): Promise<boolean> {
    const { actor, clock, identity, events } = this.context;
    try {
      await actor.ensureSandbox(pod);
      return true;
    } catch (error) {
      if (error instanceof RuntimeError && error.code === 'UNAVAILABLE') throw error;
      events.record(pod.uid, { type: 'WARNING', reason: 'FailedCreatePodSandBox', message: `cannot make the pod's sandbox: ${messageOf(error)}` });
      const { failures, until } = this.holds.putSandboxFailure(containers, error, { now: clock.now(), random: identity.random() });
      this.options.logger.warn('the surroundings of a pod cannot be made; trying again', { error, failures, inMilliseconds: Math.round(until - clock.now()) });
      return false;
    }
  }

  private async clear(podUid: string): Promise<void> {
    await this.context.actor.removeSandbox(podUid);
    this.hasCleared = true;
  }

  private remove(record: ContainerRecord): Promise<void> {
    const { containerName: container, attempt } = record.identity;
    return this.removals.begin(record.id, { container, attempt }, () => this.context.actor.remove(record));
  }
}
