import { readFile } from 'node:fs/promises';

/**
 * Kills a process of a container and all that it began, by its pid on this machine. The engine may be on another machine,
 * and a pid may be another's by now: only what the kernel counts to this very container is touched. False: it was not.
 */
export async function endInContainer(pid: number, containerId: string): Promise<boolean> {
  if (pid <= 1 || containerId === '' || !(await isIn(pid, containerId))) return false;
  const children = await childrenOf(pid);
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile; what it began may run on.
  }
  await Promise.all(children.map((child) => endInContainer(child, containerId)));
  return true;
}

async function isIn(pid: number, containerId: string): Promise<boolean> {
  return (await textOf(`/proc/${pid}/cgroup`)).includes(containerId);
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await textOf(`/proc/${pid}/task/${pid}/children`);
  return text.split(' ').map(Number).filter((child) => child > 1);
}

function textOf(path: string): Promise<string> {
  return readFile(path, 'latin1').catch(() => '');
}
