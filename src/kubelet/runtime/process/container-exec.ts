import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Clock } from '../../../base/clock';
import { RuntimeError } from '../runtime';
import type { Launch } from './launch';
import { signal } from '../process-identity';

/**
 * Runs a command beside a container's program and answers its exit code, as a shell reports it. Its output goes nowhere.
 * After the timeout its process group is killed and the call rejects with TIMEOUT. It carries the container's id, so
 * that it ends with the container at the latest.
 */
export function execLaunch(launch: Launch, options: { readonly clock: Clock; readonly timeoutSeconds: number }): Promise<number> {
  const [program = '', ...args] = launch.command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: launch.cwd, env: { ...launch.environment }, detached: true, stdio: 'ignore' });
    const { pid } = child;
    const timer = options.clock.after(options.timeoutSeconds * 1000, () => {
      if (pid !== undefined) signal(-pid, 'SIGKILL');
      reject(new RuntimeError('TIMEOUT', `${launch.command.join(' ')} did not end within ${options.timeoutSeconds} s`));
    });
    child.once('error', () => {
      timer.cancel();
      resolve(126);
    });
    child.once('exit', (code, name) => {
      timer.cancel();
      resolve(code ?? 128 + signalNumber(name));
    });
  });
}

function signalNumber(name: NodeJS.Signals | null): number {
  return name === null ? 0 : (constants.signals[name] ?? 0);
}
