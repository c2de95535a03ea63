import type { Clock, Timer } from '../base/clock';
import type { Container, Probe } from '../api/pod';
import type { ProbeResult } from './assess-pod';
import type { ProbeChecker } from './probe-check';
import { expand } from './runtime/expansion';

/** One probe's thresholds applied to a row of results. Pure. */
export interface Streak {
  readonly succeeded: number;
  readonly failed: number;
}

export const noStreak: Streak = { succeeded: 0, failed: 0 };

/** The streak after one more result, and what it amounts to: null while neither threshold is reached. */
export function countResult(streak: Streak, isWell: boolean, probe: Pick<Probe, 'successThreshold' | 'failureThreshold'>) {
  const next: Streak = isWell ? { succeeded: streak.succeeded + 1, failed: 0 } : { succeeded: 0, failed: streak.failed + 1 };
  const verdict: boolean | null =
    next.succeeded >= probe.successThreshold ? true : next.failed >= probe.failureThreshold ? false : null;
  return { streak: next, verdict };
}

export interface ProbedContainer {
  readonly id: string;
  readonly container: Container;
  readonly host: string;
  /** Milliseconds it has run already: initial delays count from the start. */
  readonly ranFor: number;
  /** Its startup probe had passed when an earlier kubelet last looked: it is over for good. */
  readonly wasStarted: boolean;
  /** It was ready when an earlier kubelet last looked: it stays so until a probe says otherwise. */
  readonly wasReady: boolean;
}

/** With the moment of its start, by the clock that is never set. */
type RunningContainer = ProbedContainer & { readonly startedAt: number };

export interface ProbesOptions {
  readonly checker: ProbeChecker;
  readonly clock: Clock;
  /** Called when a container's result changed. */
  readonly onChange: () => void;
  /** Called once for each row of failures that reaches its threshold, with what the probe saw last. */
  readonly onUnhealthy: (message: string) => void;
}

type ProbeKind = 'startup' | 'liveness' | 'readiness';

/** A command sees the container's variables as they are written there (Kubernetes' ExpandContainerCommandOnlyStatic). Pure. */
function filledIn(probe: Probe, { env }: Container): Probe {
  if (!probe.exec) return probe;
  const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  return { ...probe, exec: { ...probe.exec, command: probe.exec.command.map((word) => expand(word, variables)) } };
}

/** Probes the running containers of one pod. The results are for sync-pod to act upon. */
export class Probes {
  readonly results = new Map<string, ProbeResult>();
  private readonly runs = new Map<string, AbortController>();

  constructor(private readonly options: ProbesOptions) {}

  /** Makes these the containers that are probed; those that left are forgotten. */
  track(containers: readonly ProbedContainer[]): void {
    const ids = new Set(containers.map(({ id }) => id));
    for (const id of [...this.runs.keys()]) if (!ids.has(id)) this.untrack(id);
    for (const container of containers) if (!this.runs.has(container.id)) this.begin(container);
  }

  close(): void {
    this.track([]);
  }

  private untrack(id: string): void {
    this.runs.get(id)?.abort();
    this.runs.delete(id);
    this.results.delete(id);
  }

  private begin(container: ProbedContainer): void {
    const { startupProbe, livenessProbe, readinessProbe } = container.container;
    const probed = { ...container, startedAt: this.options.clock.monotonic() - container.ranFor };
    const run = new AbortController();
    this.runs.set(probed.id, run);
    const started = startupProbe === null || probed.wasStarted;
    this.results.set(probed.id, { started, ready: started && (readinessProbe === null || probed.wasReady), failure: null });
    const afterStartup = (): void => {
      if (livenessProbe) this.repeat(probed, 'liveness', livenessProbe, run.signal, (well, why) => this.fail(probed.id, 'liveness', livenessProbe, well, why));
      if (readinessProbe) this.repeat(probed, 'readiness', readinessProbe, run.signal, (well) => this.set(probed.id, { ready: well }));
    };
    if (started || !startupProbe) return afterStartup();
    this.repeat(probed, 'startup', startupProbe, run.signal, (well, why, stop) => {
      if (!well) return this.fail(probed.id, 'startup', startupProbe, well, why);
      stop();
      this.set(probed.id, { started: true, ready: readinessProbe === null });
      afterStartup();
    });
  }

  /** Checks again and again; `onVerdict` hears each result that reaches a threshold. */
  private repeat(
    probed: RunningContainer,
    kind: ProbeKind,
    probe: Probe,
    signal: AbortSignal,
    onVerdict: (isWell: boolean, why: string, stop: () => void) => void,
  ): void {
    const { clock, checker, onUnhealthy } = this.options;
    const asked = filledIn(probe, probed.container);
    let streak = noStreak;
    let stopped = false;
    let timer: Timer;
    const stop = (): void => {
      stopped = true;
      timer.cancel();
    };
    const look = async (): Promise<void> => {
      const wrong = await checker.check(asked, { containerId: probed.id, host: probed.host }, signal);
      if (signal.aborted || stopped) return;
      if (wrong !== undefined) {
        const counted = countResult(streak, wrong === null, probe);
        streak = counted.streak;
        if (wrong !== null && streak.failed === probe.failureThreshold) onUnhealthy(`the ${kind} probe of container ${probed.container.name} failed: ${wrong}`);
        if (counted.verdict !== null) onVerdict(counted.verdict, wrong ?? '', stop);
      }
      if (!stopped) timer = clock.after(probe.periodSeconds * 1000, () => void look());
    };
    timer = clock.after(Math.max(0, probed.startedAt + probe.initialDelaySeconds * 1000 - clock.monotonic()), () => void look());
    signal.addEventListener('abort', stop, { once: true });
  }

  private fail(id: string, kind: 'liveness' | 'startup', probe: Probe, isWell: boolean, why: string): void {
    if (!isWell) this.set(id, { failure: `its ${kind} probe failed ${probe.failureThreshold} times: ${why}` });
  }

  private set(id: string, change: Partial<ProbeResult>): void {
    const known = this.results.get(id);
    if (!known) return;
    const next = { ...known, ...change };
    if (next.started === known.started && next.ready === known.ready && next.failure === known.failure) return;
    this.results.set(id, next);
    this.options.onChange();
  }
}
