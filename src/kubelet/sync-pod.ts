import type { Container, LifecycleHandler, Pod, PodStatus } from '../api/pod';
import type { ContainerView, PodAssessment, PodObservation } from './assess-pod';
import { assessPod, isInSandbox } from './assess-pod';
import { newestFirst } from './container-history';
import { writeNotes } from './container-notes';
import type { KillReason } from './restart-policy';
import type { ContainerIdentity, ContainerRecord } from './runtime/runtime';
import { podStatus, sameStatus } from './status';

export interface SyncInput extends PodObservation {
  /** By container id: when a stop that is under way will kill at the latest. */
  readonly stopping: ReadonlyMap<string, number>;
  /** Ids of containers that are being removed, or could not be and wait until that is tried again. */
  readonly removing: ReadonlySet<string>;
  /** The last status the API is known to have taken. */
  readonly accepted: PodStatus | null;
  /** How many dead runs of a container are kept beside its latest one. */
  readonly deadContainers: number;
}

export type SyncAction =
  /** For these to be started in it. */
  | { readonly do: 'ensureSandbox'; readonly containers: readonly Container[] }
  /** Nothing will run in it any more. */
  | { readonly do: 'stopSandbox' }
  /** Create and start. */
  | { readonly do: 'run'; readonly container: Container; readonly identity: ContainerIdentity; readonly notes: Readonly<Record<string, string>> }
  /** Start what was created and not started. */
  | { readonly do: 'start'; readonly record: ContainerRecord; readonly container: Container }
  | StopAction
  | { readonly do: 'remove'; readonly record: ContainerRecord }
  /** The containers have ended and the API knows it: let the object go. */
  | { readonly do: 'deletePod' };

export interface StopAction {
  readonly do: 'stop';
  readonly record: ContainerRecord;
  /** When it is killed at the latest. */
  readonly deadline: number;
  /** What it does before it is asked to end. */
  readonly preStop: LifecycleHandler | null;
  /** Set when it may be started again because of it. */
  readonly killed: KillReason | null;
  readonly why: string;
}

export interface SyncPlan {
  /** In this order. Empty: nothing to do now. */
  readonly actions: readonly SyncAction[];
  readonly status: PodStatus;
  /** When to look again although nothing happened; null: no need. */
  readonly wakeAt: number | null;
}

/** One pass over one pod: what is wanted and what is seen in, what to do out. Pure. */
export function syncPod(input: SyncInput): SyncPlan {
  const assessment = assessPod(input);
  const status = podStatus(input, assessment);
  const pass = new Pass(input);
  pass.dropUnwanted([...assessment.init, ...assessment.app]);
  if (assessment.ending === null) pass.keepRunning(assessment);
  else pass.end(assessment, status);
  return pass.plan(status);
}

class Pass {
  private readonly actions: SyncAction[] = [];
  private readonly wakes: number[] = [];

  constructor(private readonly input: SyncInput) {}

  plan(status: PodStatus): SyncPlan {
    return { actions: this.withSandbox(), status, wakeAt: this.wakes.length === 0 ? null : Math.min(...this.wakes) };
  }

  /** Stops runs that no container of the spec answers for, and removes old ones: the latest stays, and as many dead ones before it as are kept. */
  dropUnwanted(views: readonly ContainerView[]): void {
    for (const record of this.input.containers) {
      const view = views.find((v) => v.container.name === record.identity.containerName);
      const rank = this.runsOf(record.identity.containerName).indexOf(record);
      if (view && rank === 0) continue;
      if (record.phase === 'running') this.stop(record, this.fullGrace(), null, 'a newer run of this container exists');
      else if (!view || rank > this.input.deadContainers || record.phase === 'created') this.remove(record);
    }
  }

  keepRunning({ init, app, initDone, deadlineAt }: PodAssessment): void {
    if (deadlineAt !== null) this.wakes.push(deadlineAt);
    const lost = this.input.containers.filter((record) => record.phase === 'running' && this.isLost(record));
    if (lost.length > 0) return lost.forEach((record) => this.stop(record, this.fullGrace(), 'SandboxLost', 'the network of its pod is gone'));
    init.forEach((view, index) => {
      if (view.role === 'sidecar' ? index <= initDone : index === initDone) this.keep(view);
    });
    if (initDone === init.length) app.forEach((view) => this.keep(view));
  }

  /** Containers first, then sidecars from the last to the first; nothing is started. */
  end({ init, app, stopped, ending }: PodAssessment, status: PodStatus): void {
    const deadline = ending === 'deleted' || this.pod.deletionTimestamp !== null ? this.deletionDeadline() : this.fullGrace();
    const why = { deleted: 'the pod is being deleted', deadline: 'the pod is past its deadline', finished: 'the pod has finished' };
    const reason = why[ending ?? 'finished'];
    const others = [...init, ...app].filter((view) => view.role !== 'sidecar');
    for (const view of [...init, ...app]) if (view.run.state === 'created') this.remove(view.run.record);
    const running = others.flatMap((view) => (view.run.state === 'running' ? [view.run.record] : []));
    const lastSidecar = init.findLast((view) => view.role === 'sidecar' && view.run.state === 'running');
    if (running.length > 0) running.forEach((record) => this.stop(record, deadline, null, reason));
    else if (lastSidecar?.run.state === 'running') this.stop(lastSidecar.run.record, deadline, null, reason);
    const settled = stopped && this.actions.length === 0;
    if (settled && this.pod.deletionTimestamp !== null && this.input.accepted !== null && sameStatus(this.input.accepted, status)) {
      this.actions.push({ do: 'deletePod' });
    }
    const { sandbox, sandboxEnds } = this.input;
    if (settled && this.pod.deletionTimestamp === null && sandboxEnds && sandbox?.ready) this.actions.push({ do: 'stopSandbox' });
  }

  private keep(view: ContainerView): void {
    const { run, decision } = view;
    switch (run.state) {
      case 'running':
        return this.watchOver(view, run.record);
      case 'created':
        // It can join no other sandbox than the one it was made for: it goes, and the same attempt is made anew.
        if (this.isLost(run.record)) return this.remove(run.record);
        if (this.mayStart(view)) this.actions.push({ do: 'start', record: run.record, container: view.container });
        return;
      case 'none':
        return this.startNext(view, 0);
      case 'ended':
        // Its work was done in a sandbox that is lost: an init container that is not passed over has to run.
        if (!decision?.restart) return view.role === 'init' && run.terminated.exitCode === 0 ? this.startNext(view, 0) : undefined;
        if (decision.at > this.input.now) this.wakes.push(decision.at);
        else this.startNext(view, decision.step);
    }
  }

  private watchOver(view: ContainerView, record: ContainerRecord): void {
    const noted = record.notes['specHash'];
    if (noted !== undefined && noted !== view.specHash) this.stop(record, this.fullGrace(), 'SpecChanged', 'its spec was changed');
    else if (view.probeFailure !== null) this.stop(record, this.fullGrace(), 'ProbeFailed', view.probeFailure);
  }

  private startNext(view: ContainerView, step: number): void {
    // An older run that is still being stopped: wait, there is never more than one.
    if (this.runsOf(view.container.name).some((record) => record.phase === 'running')) return;
    if (!this.mayStart(view)) return;
    const identity: ContainerIdentity = {
      podUid: this.pod.uid,
      containerName: view.container.name,
      attempt: view.attempt + 1,
      init: view.role !== 'app',
    };
    const notes = writeNotes({ step, specHash: view.specHash, pod: this.pod });
    this.actions.push({ do: 'run', container: view.container, identity, notes });
  }

  /** A sandbox that replaces a lost one is looked at first: what ran in the old one may have to run again. */
  private withSandbox(): readonly SyncAction[] {
    const containers = this.actions.flatMap((action) => (isStart(action) ? [action.container] : []));
    const { sandbox } = this.input;
    if (sandbox?.ready || containers.length === 0) return this.actions;
    const actions = sandbox === null ? this.actions : this.actions.filter((action) => !isStart(action));
    return [{ do: 'ensureSandbox', containers }, ...actions];
  }

  private isLost(record: ContainerRecord): boolean {
    return this.input.sandbox?.ready === false || !isInSandbox(this.input, record);
  }

  private mayStart({ hold, pulling }: ContainerView): boolean {
    if (pulling) return false;
    if (!hold || hold.until <= this.input.now || this.input.now < hold.since) return true;
    this.wakes.push(hold.until);
    return false;
  }

  /** A stop that is under way is repeated only to make it end sooner. */
  private stop(record: ContainerRecord, deadline: number, killed: KillReason | null, why: string): void {
    const current = this.input.stopping.get(record.id);
    if (current !== undefined && deadline >= current) return;
    const { containerName } = record.identity;
    const container = [...this.pod.spec.initContainers, ...this.pod.spec.containers].find(({ name }) => name === containerName);
    this.actions.push({ do: 'stop', record, deadline, preStop: container?.lifecycle?.preStop ?? null, killed, why });
  }

  /** Nothing waits for what cannot be removed now. */
  private remove(record: ContainerRecord): void {
    if (!this.input.removing.has(record.id)) this.actions.push({ do: 'remove', record });
  }

  private get pod(): Pod {
    return this.input.pod;
  }

  private fullGrace(): number {
    return this.input.now + this.pod.spec.terminationGracePeriodSeconds * 1000;
  }

  /** The clock has run since the deletion was asked for; still nothing is killed without being asked to end. */
  private deletionDeadline(): number {
    const { deletionTimestamp, deletionGracePeriodSeconds, spec } = this.pod;
    const grace = deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds;
    const { now } = this.input;
    // The API's clock may be another, and either may be set: never more than the whole grace.
    const asked = deletionTimestamp === null ? now : Math.min(Date.parse(deletionTimestamp), now);
    return Math.max(asked + grace * 1000, now + 1000);
  }

  private runsOf(name: string): readonly ContainerRecord[] {
    return this.input.containers
      .filter((record) => record.identity.containerName === name)
      .sort(newestFirst);
  }
}

function isStart(action: SyncAction): action is Extract<SyncAction, { do: 'run' | 'start' }> {
  return action.do === 'run' || action.do === 'start';
}
