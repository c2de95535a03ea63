import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn } from '../../src/kubelet/runtime/files';
import { containerFolder, layoutOf, sandboxFolder } from '../../src/kubelet/runtime/process/layout';
import type { ProcessIdentity } from '../../src/kubelet/runtime/process-identity';
import { isAlive, parseStat, signal } from '../../src/kubelet/runtime/process-identity';

/** Kills this very process and waits until it is gone. How many there were: 1 or 0. */
export async function endProcess(identity: ProcessIdentity, bootId: string): Promise<number> {
  return endTarget(identity, identity.pid, bootId);
}

/**
 * Ends the containers of a process runtime that nobody looks after any more: their shims, with the process groups that
 * these lead, and programs whose shim was killed. How many there were.
 */
export async function endContainersIn(runtimeFolder: string, bootId: string): Promise<number> {
  let ended = 0;
  for (const root of await containersIn(runtimeFolder)) {
    const { started, child } = containerFolder(root);
    // The shim writes boot, itself, and directory; the child one line, itself.
    const [startedIn = '', stat = ''] = (await textOf(started)).split('\n');
    const shim = identityIn(stat, startedIn);
    if (shim) ended += await endTarget(shim, -shim.pid, bootId);
    const program = identityIn(await textOf(child), startedIn);
    if (program) ended += await endTarget(program, program.pid, bootId);
  }
  return ended;
}

async function containersIn(runtimeFolder: string): Promise<readonly string[]> {
  const layout = layoutOf(runtimeFolder);
  const found: string[] = [];
  for (const podUid of await namesIn(layout.pods)) {
    const { containers } = sandboxFolder(layout, podUid);
    found.push(...(await namesIn(containers)).map((name) => join(containers, name)));
  }
  return found;
}

/** `target`: its pid, or its group. Killed is only what the identity was found to be at that moment. */
async function endTarget(identity: ProcessIdentity, target: number, bootId: string): Promise<number> {
  if (!(await isAlive(identity, bootId))) return 0;
  signal(target, 'SIGKILL');
  // Not podql's clock, whose timers keep no process alive: before Jest begins there may be nothing else to wait for.
  while (await isAlive(identity, bootId)) await new Promise((resolve) => setTimeout(resolve, 5));
  return 1;
}

function identityIn(stat: string, bootId: string): ProcessIdentity | null {
  const parsed = parseStat(stat);
  return parsed && { pid: parsed.pid, startTime: parsed.startTime, bootId };
}

function textOf(path: string): Promise<string> {
  return readFile(path, 'latin1').catch(() => '');
}
