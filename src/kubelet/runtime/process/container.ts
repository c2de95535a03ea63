import type { Clock } from '../../../base/clock';
import { sleep } from '../../../base/clock';
import { withDeadline } from '../../../base/deadline';
import type { ContainerRecord } from '../runtime';
import { RuntimeError } from '../runtime';
import { Activity } from './activity';
import { ContainerLogs } from './container-logs';
import type { ContainerState, StoredContainer } from './container-state';
import { readState, refuseStart } from './container-state';
import { codeOf } from '../files';
import type { Launch } from './launch';
import type { ContainerFolder } from './layout';
import { containerId } from './layout';
import type { LogLimits } from './log-stream';
import { isAlive, readStat, signal } from '../process-identity';
import type { StartError } from './program';
import { isHopeless, startShim } from './shim';

export interface ContainerOptions {
  readonly folder: ContainerFolder;
  readonly stored: StoredContainer;
  readonly clock: Clock;
  readonly bootId: string;
  readonly logLimits: LogLimits;
  /** Called after each change of state. */
  readonly onChange: (container: ProcessContainer) => void;
}

/** A shim has started its program, or failed to, in much less than this. */
const startDeadlineMs = 30_000;
/** While somebody waits for an end that no child event announces. */
const endPollMs = 20;
/** After its program was killed a shim needs a moment to write the exit code down. */
const shimGraceMs = 2_000;
const killDeadlineMs = 10_000;

/** One container: what its directory says, and what can be done to it. */
export class ProcessContainer {
  readonly id: string;
  readonly logs: ContainerLogs;
  state: ContainerState = { phase: 'created' };
  private starting: Promise<void> | undefined;
  private activity: Activity | undefined;
  private readonly wakeOnEnd = new Set<AbortController>();
  private politelyAsked = false;
  private killedByUs = false;
  private closed = false;

  constructor(private readonly options: ContainerOptions) {
    this.id = containerId(options.stored.identity);
    this.logs = new ContainerLogs(options.folder.root, options.logLimits);
  }

  get stored(): StoredContainer {
    return this.options.stored;
  }

  get folder(): ContainerFolder {
    return this.options.folder;
  }

  /** Reads the state off the disk; what has ended stays as it is. */
  async refresh(): Promise<ContainerState> {
    if (this.state.phase === 'exited') return this.state;
    const next = await this.readState();
    const before: ContainerState = this.state;
    // Another refresh may have come further while this one read.
    if (rank(next) < rank(before)) return before;
    this.state = next;
    if (next.phase !== before.phase) {
      if (next.phase === 'running') this.watch();
      if (next.phase === 'exited') await this.ended();
      this.options.onChange(this);
    }
    return this.state;
  }

  /** Idempotent. `plan` is asked only when there is something to start. */
  start(plan: () => Promise<{ readonly launch: Launch } | { readonly fault: StartError }>): Promise<void> {
    this.starting ??= this.startOnce(plan).finally(() => (this.starting = undefined));
    return this.starting;
  }

  /** Resolves when nothing of the container's process group runs any more. */
  async stop(graceSeconds: number): Promise<void> {
    await this.starting?.catch(() => undefined);
    const state = await this.refresh();
    if (state.phase !== 'running') return;
    if (graceSeconds > 0) {
      // Asked once: many programs take a second request for impatience.
      if (!this.politelyAsked) await this.signalGroup('SIGTERM');
      this.politelyAsked = true;
      if (await this.endsWithin(graceSeconds * 1000)) return;
    }
    await this.kill();
  }

  /** After this no shim can ever start it. False when it runs. */
  async retire(): Promise<boolean> {
    await this.starting?.catch(() => undefined);
    const state = await this.refresh();
    if (state.phase === 'created') {
      try {
        await refuseStart(this.folder, { exitCode: 128, message: 'it was removed before it was started' });
      } catch (error) {
        // Without a directory no shim gets as far as a start.
        if (codeOf(error) !== 'ENOENT') throw error;
      }
      return (await this.refresh()).phase !== 'running';
    }
    return state.phase !== 'running';
  }

  close(): void {
    this.closed = true;
    this.activity?.close();
    this.activity = undefined;
  }

  record(): ContainerRecord {
    const { state, stored } = this;
    const startedAt = state.phase === 'created' ? null : state.startedAt;
    const pid = state.phase === 'running' ? (state.child ?? state.shim).pid : state.phase === 'exited' ? state.childPid : null;
    return {
      id: this.id,
      identity: stored.identity,
      sandboxId: stored.identity.podUid,
      namespace: stored.namespace,
      podName: stored.podName,
      image: stored.container.image,
      notes: stored.notes,
      phase: state.phase,
      imageID: null,
      containerID: pid === null ? null : `process://${pid}`,
      createdAt: stored.createdAt,
      // The file system's clock is coarser than ours and may be a little behind.
      startedAt: startedAt === null ? null : Math.max(startedAt, stored.createdAt),
      exit: state.phase === 'exited' ? { ...state.exit, finishedAt: Math.max(state.exit.finishedAt, stored.createdAt) } : null,
    };
  }

  private async readState(): Promise<ContainerState> {
    const { bootId, clock } = this.options;
    const before = this.state;
    const next = await readState(this.folder, { bootId, killedByUs: this.killedByUs });
    if (before.phase !== 'running' || next.phase !== 'created') return next;
    // It ran, and now there is no trace of a start: somebody removed the directory.
    if (await isAlive(before.shim, bootId)) return before;
    const message = `the exit code is not known: ${this.folder.root} was removed`;
    const exit = { exitCode: 137, signal: null, reason: 'ContainerStatusUnknown', message, oomKilled: false, finishedAt: clock.now() };
    return { phase: 'exited', childPid: before.child?.pid ?? null, startedAt: before.startedAt, exit, moved: false };
  }

  private async startOnce(plan: () => Promise<{ readonly launch: Launch } | { readonly fault: StartError }>): Promise<void> {
    if ((await this.refresh()).phase !== 'created') return;
    const planned = await plan();
    if ('fault' in planned) return this.refuse(planned.fault);
    try {
      const { stdout, stderr } = this.logs;
      const shim = await startShim({ directory: this.folder.root, launch: planned.launch, stdout: stdout.path, stderr: stderr.path });
      void shim.ended.then(() => (this.closed ? undefined : this.refresh())).catch(() => undefined);
      await withDeadline(this.options.clock, shim.settled, { what: `the start of container ${this.id}`, milliseconds: startDeadlineMs });
      if ((await this.refresh()).phase !== 'created') return;
      const code = await shim.ended;
      throw new RuntimeError('INTERNAL', `the shim of container ${this.id} ended with ${code ?? 'a signal'} before it started the program: is ${this.folder.root} writable and not full?`);
    } catch (error) {
      if (isHopeless(error)) return this.refuse({ exitCode: 126, message: `the program could not be started: ${String(error)}` });
      if (error instanceof RuntimeError) throw error;
      throw new RuntimeError('UNAVAILABLE', `container ${this.id} could not be started now: ${String(error)}`, error);
    }
  }

  private async refuse(fault: StartError): Promise<void> {
    await refuseStart(this.folder, fault);
    await this.refresh();
  }

  private async kill(): Promise<void> {
    const { state } = this;
    if (state.phase !== 'running') return;
    // The program first: the shim then writes down how it ended and takes the rest of the group with it.
    if (state.child && (await isAlive(state.child, this.options.bootId))) signal(state.child.pid, 'SIGKILL');
    await this.signalGroup('SIGCONT');
    if (state.child && (await this.endsWithin(shimGraceMs))) return;
    this.killedByUs = true;
    await this.signalGroup('SIGKILL');
    if (await this.endsWithin(killDeadlineMs)) return;
    throw new RuntimeError('TIMEOUT', `container ${this.id} did not end within ${killDeadlineMs / 1000} s after it was killed`);
  }

  /** Only while the shim lives: as long as it does, nobody else can have its group's number. */
  private async signalGroup(name: NodeJS.Signals): Promise<void> {
    if (this.state.phase !== 'running') return;
    const { shim } = this.state;
    if ((await readStat(shim.pid))?.startTime === shim.startTime) signal(-shim.pid, name);
  }

  private async endsWithin(milliseconds: number): Promise<boolean> {
    const { clock } = this.options;
    const deadline = clock.monotonic() + milliseconds;
    while ((await this.refresh()).phase === 'running') {
      if (clock.monotonic() >= deadline) return false;
      const pause = new AbortController();
      this.wakeOnEnd.add(pause);
      await sleep(clock, Math.min(endPollMs, deadline - clock.monotonic()), pause.signal);
      this.wakeOnEnd.delete(pause);
    }
    return true;
  }

  private watch(): void {
    if (this.closed) return;
    this.activity ??= new Activity(this.options.clock, this.folder.root, () => void this.look().catch(() => undefined));
  }

  /** Where is it now, and what has it written? Also called by the regular poll. */
  async look(): Promise<void> {
    if (this.closed || this.state.phase !== 'running') return;
    await this.logs.look();
    await this.refresh();
  }

  private async ended(): Promise<void> {
    this.activity?.close();
    this.activity = undefined;
    for (const pause of this.wakeOnEnd) pause.abort();
    await this.logs.look();
  }
}

function rank(state: ContainerState): number {
  return state.phase === 'created' ? 0 : state.phase === 'running' ? 1 : 2;
}
