import type { Clock, Timer } from '../../../base/clock';
import { sleep } from '../../../base/clock';
import type { Container, LogLine } from '../../../api/pod';
import type { Admission, ContainerConfig, ContainerRecord, ContainerRuntime, RuntimeCapabilities, SandboxConfig, SandboxRecord } from '../runtime';
import { RuntimeError } from '../runtime';
import { stepFor } from './script';
import type { FakeContainer, FakeRuntimeState } from './state';
import { createFakeRuntimeState, exitOf, fakeContainerId, plainExit, recordOf } from './state';

export interface FakeRuntimeOptions {
  readonly clock: Clock;
  /** Of an earlier fake runtime whose process "died"; a fresh one unless given. */
  readonly state?: FakeRuntimeState;
  /** Replaces the rule that images named missing… are refused. */
  readonly admit?: (container: Container, options: { readonly pulled: boolean }) => Admission;
  /** How long a pull takes; it ends sooner when nobody waits for it any more. Default: no time. */
  readonly pullMs?: number;
  /** Sandboxes that can be lost, as those of an engine. Default: false. */
  readonly podNetwork?: boolean;
}

export type FakeVerb =
  | 'open' | 'admit' | 'pull' | 'ensureSandbox' | 'stopSandbox' | 'removeSandbox' | 'listSandboxes' | 'create' | 'start'
  | 'stop' | 'remove' | 'list' | 'inspect' | 'logs' | 'exec' | 'close';

export interface FakeCall {
  readonly verb: FakeVerb;
  /** Container id, pod uid, or image. */
  readonly subject: string;
}

export function createFakeRuntime(options: FakeRuntimeOptions): FakeRuntime {
  return new FakeRuntime(options);
}

/**
 * Containers without processes, driven by the injected clock and scripted by the pod's annotations (script.ts).
 * Containers run in `state`, not in this object: after kill() a new runtime over the same state finds what runs, and
 * what ended meanwhile has ended at its own time (R4).
 */
export class FakeRuntime implements ContainerRuntime {
  readonly capabilities: RuntimeCapabilities;
  readonly state: FakeRuntimeState;
  /** Everything that was asked of this runtime, oldest first. */
  readonly calls: FakeCall[] = [];
  private readonly clock: Clock;
  private readonly pullMs: number;
  private readonly decide: NonNullable<FakeRuntimeOptions['admit']>;
  private readonly listeners = new Set<(id: string) => void>();
  private readonly timers = new Map<string, Timer>();
  private readonly endWaiters = new Map<string, (() => void)[]>();
  private readonly failures: { verb: FakeVerb; error: RuntimeError }[] = [];
  private closed = false;

  constructor(options: FakeRuntimeOptions) {
    this.clock = options.clock;
    this.capabilities = { name: 'fake', version: '1', podNetwork: options.podNetwork ?? false, resourceLimits: false, survivesRestart: true };
    this.state = options.state ?? createFakeRuntimeState();
    this.pullMs = options.pullMs ?? 0;
    this.decide = options.admit ?? refuseMissing;
  }

  // What tests do to it.

  /** Ends a running container now, as if by itself. */
  exitContainer(id: string, exitCode: number, how: { oomKilled?: boolean; message?: string } = {}): void {
    const container = this.state.containers.get(id);
    if (!container || container.startedAt === null || container.exit) throw new RuntimeError('INVALID', `container ${id} is not running`);
    const exit = plainExit(exitCode);
    const reason = how.oomKilled ? 'OOMKilled' : exit.reason;
    this.end(container, { ...exit, reason, oomKilled: how.oomKilled ?? false, message: how.message ?? null }, this.clock.now());
  }

  writeLog(id: string, text: string, stream: LogLine['stream'] = 'stdout'): void {
    const container = this.state.containers.get(id);
    if (!container) throw new RuntimeError('NOT_FOUND', `no container ${id}`);
    this.write(container, text, stream);
  }

  /** What runs in it runs on without a network, and nothing can be started in it. */
  breakSandbox(podUid: string): void {
    const sandbox = this.state.sandboxes.get(podUid);
    if (!sandbox) throw new RuntimeError('NOT_FOUND', `pod ${podUid} has no sandbox`);
    this.state.sandboxes.set(podUid, { ...sandbox, ready: false });
    this.changed(sandbox.id);
  }

  /** The next call of this verb is refused and does nothing. */
  failNext(verb: FakeVerb, error: RuntimeError = new RuntimeError('UNAVAILABLE', `${verb} was made to fail`)): void {
    this.failures.push({ verb, error });
  }

  /** Cannot be removed until it is taken out of here again: as a mount that is busy. */
  readonly stuck = new Set<string>();

  /** As if the podql process were killed: no more calls back, no more answers. What runs goes on in `state`. */
  kill(): void {
    this.closed = true;
    this.listeners.clear();
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
    this.endWaiters.clear();
  }

  // The contract.

  readonly folders: readonly string[] = [];

  async open(): Promise<void> {
    await this.enter('open', '');
    for (const container of this.state.containers.values()) this.arm(container);
  }

  async admit(container: Container, options: { readonly pulled: boolean }): Promise<Admission> {
    await this.enter('admit', container.image);
    return this.decide(container, options);
  }

  async pull(image: string, signal?: AbortSignal): Promise<string | null> {
    await this.enter('pull', image);
    if (this.pullMs > 0) await sleep(this.clock, this.pullMs, signal);
    if (signal?.aborted) throw new RuntimeError('PULL_FAILED', `the pull of ${image} was given up`);
    return null;
  }

  async ensureSandbox(sandbox: SandboxConfig): Promise<SandboxRecord> {
    await this.enter('ensureSandbox', sandbox.podUid);
    const known = this.state.sandboxes.get(sandbox.podUid);
    if (known?.ready) return known;
    const { podUid, namespace, podName } = sandbox;
    for (const container of this.state.containers.values()) {
      if (container.config.identity.podUid === podUid && isRunning(container)) this.end(container, plainExit(137), this.clock.now());
    }
    this.state.sandboxesMade += 1;
    const record = { id: `sandbox-${this.state.sandboxesMade}`, podUid, namespace, podName, ready: true, ip: null, perishable: this.capabilities.podNetwork };
    this.state.sandboxes.set(podUid, record);
    return record;
  }

  async stopSandbox(podUid: string): Promise<void> {
    await this.enter('stopSandbox', podUid);
    if (this.capabilities.podNetwork && this.state.sandboxes.get(podUid)?.ready) this.breakSandbox(podUid);
  }

  async removeSandbox(podUid: string): Promise<void> {
    await this.enter('removeSandbox', podUid);
    const mine = [...this.state.containers.values()].filter((c) => c.config.identity.podUid === podUid);
    const running = mine.find(isRunning);
    if (running) throw new RuntimeError('INVALID', `container ${running.id} still runs: stop it before the sandbox is removed`);
    const [stuck] = mine.filter(({ id }) => this.stuck.has(id));
    for (const { id } of mine) if (!this.stuck.has(id)) this.state.containers.delete(id);
    this.state.sandboxes.delete(podUid);
    if (stuck) throw busy(stuck.id);
  }

  async listSandboxes(): Promise<readonly SandboxRecord[]> {
    await this.enter('listSandboxes', '');
    return [...this.state.sandboxes.values()];
  }

  async create(config: ContainerConfig): Promise<ContainerRecord> {
    const id = fakeContainerId(config.identity);
    await this.enter('create', id);
    const { podUid, containerName, attempt } = config.identity;
    const sandbox = this.state.sandboxes.get(podUid);
    if (!sandbox?.ready) throw new RuntimeError('NOT_FOUND', `pod ${podUid} has no sandbox: ensure it first`);
    if (this.state.containers.has(id)) throw new RuntimeError('ALREADY_EXISTS', `container ${id} exists`);
    const container: FakeContainer = {
      id,
      config,
      sandboxId: sandbox.id,
      step: stepFor(config.annotations, containerName, attempt),
      createdAt: this.clock.now(),
      logs: [],
      startedAt: null,
      ends: null,
      exit: null,
    };
    this.state.containers.set(id, container);
    this.changed(id);
    return recordOf(container);
  }

  async start(id: string): Promise<void> {
    await this.enter('start', id);
    const container = this.state.containers.get(id);
    if (!container) throw new RuntimeError('NOT_FOUND', `no container ${id}`);
    if (container.startedAt !== null || container.exit) return;
    if (this.capabilities.podNetwork) this.checkSandbox(container);
    const { step } = container;
    if (step.startError) {
      const { code, message } = step.startError;
      container.exit = { ...plainExit(code), signal: null, reason: 'StartError', message, finishedAt: this.clock.now() };
      this.changed(id);
      return;
    }
    container.startedAt = this.clock.now();
    if (step.runMs !== null) container.ends = { at: this.clock.monotonic() + step.runMs, exit: exitOf(step) };
    for (const line of step.logs) this.write(container, line, 'stdout');
    this.arm(container);
    this.changed(id);
  }

  /** What cannot join its sandbox never was. */
  private checkSandbox({ id, config: { identity }, sandboxId }: FakeContainer): void {
    const sandbox = this.state.sandboxes.get(identity.podUid);
    if (sandbox?.id === sandboxId && sandbox.ready) return;
    this.state.containers.delete(id);
    throw new RuntimeError('NOT_FOUND', `the sandbox of container ${id} is gone`);
  }

  async stop(id: string, graceSeconds: number): Promise<void> {
    await this.enter('stop', id);
    const container = this.state.containers.get(id);
    if (!container || !isRunning(container)) return;
    const graceMs = graceSeconds * 1000;
    const { stopMs, stopExit } = container.step;
    const polite = stopMs !== null && stopMs <= graceMs && graceMs > 0;
    const ends = {
      at: this.clock.monotonic() + (polite ? stopMs : graceMs),
      exit: plainExit(polite ? stopExit : 137),
    };
    if (!container.ends || ends.at < container.ends.at) container.ends = ends;
    const ended = new Promise<void>((resolve) => {
      this.endWaiters.set(id, [...(this.endWaiters.get(id) ?? []), resolve]);
    });
    this.settle(container);
    this.arm(container);
    await ended;
  }

  async remove(id: string): Promise<void> {
    await this.enter('remove', id);
    const container = this.state.containers.get(id);
    if (!container) return;
    if (isRunning(container)) throw new RuntimeError('INVALID', `container ${id} still runs: stop it first`);
    if (this.stuck.has(id)) throw busy(id);
    this.state.containers.delete(id);
    this.changed(id);
  }

  async list(): Promise<readonly ContainerRecord[]> {
    await this.enter('list', '');
    return [...this.state.containers.values()].map(recordOf);
  }

  async inspect(id: string): Promise<ContainerRecord | null> {
    await this.enter('inspect', id);
    const container = this.state.containers.get(id);
    return container ? recordOf(container) : null;
  }

  async logs(id: string, options: { tailLines: number }): Promise<readonly LogLine[]> {
    await this.enter('logs', id);
    const lines = this.state.containers.get(id)?.logs ?? [];
    return options.tailLines > 0 ? lines.slice(-options.tailLines) : [];
  }

  async exec(id: string, command: readonly string[], timeoutSeconds: number): Promise<number> {
    await this.enter('exec', id);
    const container = this.state.containers.get(id);
    if (!container) throw new RuntimeError('NOT_FOUND', `no container ${id}`);
    if (!isRunning(container)) throw new RuntimeError('INVALID', `container ${id} is not running`);
    if (container.step.exec !== 'timeout') return container.step.exec;
    await sleep(this.clock, timeoutSeconds * 1000);
    throw new RuntimeError('TIMEOUT', `${command.join(' ')} did not end within ${timeoutSeconds} s`);
  }

  onChange(listener: (id: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.calls.push({ verb: 'close', subject: '' });
    this.kill();
  }

  private async enter(verb: FakeVerb, subject: string): Promise<void> {
    if (this.closed) throw new RuntimeError('UNAVAILABLE', 'this runtime was closed');
    this.calls.push({ verb, subject });
    const index = this.failures.findIndex((failure) => failure.verb === verb);
    const [failure] = index < 0 ? [] : this.failures.splice(index, 1);
    if (failure) throw failure.error;
    for (const container of this.state.containers.values()) this.settle(container);
  }

  /** Ends the container if its time has come; true to its own time, however late we look. */
  private settle(container: FakeContainer): void {
    if (!isRunning(container) || !container.ends) return;
    const late = this.clock.monotonic() - container.ends.at;
    if (late >= 0) this.end(container, container.ends.exit, this.clock.now() - late);
  }

  private arm(container: FakeContainer): void {
    this.timers.get(container.id)?.cancel();
    this.timers.delete(container.id);
    if (!isRunning(container) || !container.ends) return;
    const wait = Math.max(0, container.ends.at - this.clock.monotonic());
    this.timers.set(container.id, this.clock.after(wait, () => this.settle(container)));
  }

  private end(container: FakeContainer, exit: ReturnType<typeof plainExit>, finishedAt: number): void {
    container.exit = { ...exit, finishedAt };
    this.timers.get(container.id)?.cancel();
    this.timers.delete(container.id);
    const waiters = this.endWaiters.get(container.id) ?? [];
    this.endWaiters.delete(container.id);
    for (const resolve of waiters) resolve();
    this.changed(container.id);
  }

  private write(container: FakeContainer, text: string, stream: LogLine['stream']): void {
    const { attempt } = container.config.identity;
    container.logs.push({ time: new Date(this.clock.now()).toISOString(), stream, text, attempt });
  }

  private changed(id: string): void {
    for (const listener of this.listeners) listener(id);
  }
}

function isRunning(container: FakeContainer): boolean {
  return container.startedAt !== null && container.exit === null;
}

function busy(id: string): RuntimeError {
  return new RuntimeError('INTERNAL', `container ${id} cannot be removed: device or resource busy`);
}

function refuseMissing(container: Container): Admission {
  if (!container.image.startsWith('missing')) return { verdict: 'admitted' };
  return { verdict: 'refused', reason: 'ErrImageNeverPull', message: `image ${container.image} is not here` };
}
