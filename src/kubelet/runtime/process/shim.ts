import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { splitForShell } from './environment';
import type { Launch } from './launch';
import { codeOf } from '../files';

/**
 * The process between the kubelet and a container's program: what makes the exit code survive us.
 *
 * - It leads a session and process group of its own, so nothing that ends the kubelet ends it.
 * - Its first act is to link `started` into place with its own identity in it. Of two shims for one container the
 *   second fails there and does nothing: a start repeated after a crash can never run the program twice.
 * - The program is a foreground child, so signals are at their defaults for it and the shim's wait cannot be
 *   interrupted; the child writes its own identity to `child` before it becomes the program, then one byte to us.
 * - A stop signals the whole group. The shim catches the signals and does nothing: forwarding would deliver them twice.
 * - At the end it writes `exit` (also when the disk is full for a while) and kills what is left of its group, itself
 *   included: as long as the shim lives, the container runs.
 *
 * $1 is the container's directory, the rest is the command. File descriptors: 3 tells us that the program was started,
 * 4 and 5 keep the logs while the shim itself stays silent. Only `ln` and `mv` are programs, everything else is built in.
 */
const script = `
podql_path=$PATH podql_dir=$1
PATH=/usr/bin:/bin
shift
exec 4>&1 5>&2 >/dev/null 2>&1
trap : HUP INT QUIT TERM USR1 USR2 ALRM PIPE
umask 077
read -r podql_boot </proc/sys/kernel/random/boot_id
read -r podql_stat </proc/$$/stat
printf '%s\\n' "$podql_boot" "$podql_stat" "$podql_dir" >"$podql_dir/shim.$$" || exit 74
ln "$podql_dir/shim.$$" "$podql_dir/started" || exit 75
(
  read -r podql_stat </proc/self/stat
  printf '%s\\n' "$podql_stat" >"$podql_dir/child"
  trap '' PIPE
  echo >&3
  trap - PIPE
  umask 022
  PATH=$podql_path
  exec >&4 2>&5 3>&- 4>&- 5>&-
  exec "$@"
)
podql_code=$?
until printf '%s\\n' "$podql_code" >"$podql_dir/exit.$$" && mv "$podql_dir/exit.$$" "$podql_dir/exit"; do
  [ -d "$podql_dir" ] || break
  sleep 1
done
kill -KILL -$$
`;

export interface ShimOptions {
  readonly directory: string;
  readonly launch: Launch;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Shim {
  /** Resolves when the program was started, or when the shim ended (then look at the directory). Rejects when there is no shim. */
  readonly settled: Promise<void>;
  /** Resolves when the shim has ended, with its exit code if it has one. */
  readonly ended: Promise<number | null>;
}

/** Starts a shim that outlives this process. Throws what spawn throws when there can be no process. */
export async function startShim(options: ShimOptions): Promise<Shim> {
  // Each write goes to the end, wherever that is after the log was truncated for rotation.
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;
  const logs: FileHandle[] = [];
  try {
    for (const path of [options.stdout, options.stderr]) logs.push(await open(path, flags, 0o600));
    const [stdout, stderr] = logs;
    if (!stdout || !stderr) throw new Error('two logs were opened');
    const { plain, viaEnv } = splitForShell(options.launch.environment);
    const command = viaEnv.length === 0 ? options.launch.command : ['/usr/bin/env', ...viaEnv, ...options.launch.command];
    const child = spawn('/bin/sh', ['-c', script, 'podql-shim', options.directory, ...command], {
      argv0: 'podql-shim',
      cwd: options.launch.cwd,
      env: plain,
      detached: true,
      stdio: ['ignore', stdout.fd, stderr.fd, 'pipe'],
    });
    return observe(child);
  } finally {
    for (const log of logs) await log.close();
  }
}

function observe(child: ChildProcess): Shim {
  const signalled = child.stdio[3] as Readable | null;
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const settled = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    signalled?.once('data', () => resolve());
    signalled?.on('error', () => resolve());
    void ended.then(() => resolve());
  }).finally(() => signalled?.destroy());
  child.unref();
  return { settled, ended };
}

/** Spawn's refusals that no repetition will change. */
export function isHopeless(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'E2BIG' || code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR';
}
