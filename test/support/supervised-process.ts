import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * Starts the command and waits for it. Beside it a guard waits for the end of standard input, which comes when the
 * parent is gone, however it went; then the guard ends the command and removes its folder, and is not to be called off
 * any more. SIGKILL, because it also ends a process that is stopped.
 */
const supervisor = `
log=$1; folder=$2; shift 2
exec 3<&0
"$@" </dev/null >>"$log" 2>&1 3<&- &
command=$!
echo $command
( read -r _ <&3; trap '' TERM; kill -KILL $command; rm -rf "$folder" ) >/dev/null 2>&1 &
guard=$!
exec 3<&-
wait $command
code=$?
kill $guard 2>/dev/null
exit $code
`;

export interface SupervisedOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What it prints is appended here. */
  readonly log: string;
  /** Removed if this process ends without having ended the command. */
  readonly folder: string;
}

/** A process that cannot outlive the one that started it: not when a test throws, not when jest is killed. */
export class SupervisedProcess {
  /** The exit code, or 128 + the number of the signal. */
  readonly ended: Promise<number>;
  private code: number | undefined;
  private started = 0;

  private constructor(private readonly child: ChildProcess) {
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve((this.code = code ?? 128 + constants.signals[signal ?? 'SIGKILL'])));
    });
  }

  static async start(options: SupervisedOptions): Promise<SupervisedProcess> {
    const child = spawn('/bin/sh', ['-c', supervisor, 'supervisor', options.log, options.folder, options.command, ...options.args], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: options.env,
      // A session of its own: Ctrl-C reaches it through its parent only.
      detached: true,
    });
    const supervised = new SupervisedProcess(child);
    supervised.started = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => reject(new Error(`the supervisor of ${options.command} ended with ${code}`)));
      child.stdout.once('data', (line: Buffer) => resolve(Number(line)));
    });
    supervised.letGo();
    return supervised;
  }

  get pid(): number {
    return this.started;
  }

  get isAlive(): boolean {
    return this.code === undefined;
  }

  /** Resolves when it is dead. One that is paused dies of SIGKILL only. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.isAlive) return;
    // Whoever waits for it must not end over it.
    this.child.ref();
    process.kill(this.pid, signal);
    await this.ended;
  }

  /** SIGSTOP; resolves when it stands still. */
  async pause(): Promise<void> {
    process.kill(this.pid, 'SIGSTOP');
    // The signal is only on its way when kill returns.
    while (this.isAlive && !this.standsStill()) await wait(1);
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Nobody is kept from ending because this runs: else an orphan among jest's workers would wait for it for ever. */
  private letGo(): void {
    this.child.unref();
    for (const pipe of [this.child.stdin, this.child.stdout]) (pipe as Socket).unref();
  }

  private standsStill(): boolean {
    const file = `/proc/${this.pid}/stat`;
    // Where there is no /proc the signal must be trusted.
    return !existsSync(file) || /\) [Tt] /.test(readFileSync(file, 'utf8'));
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
