import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '../../../src/base/logger';
import { systemClock } from '../../../src/base/clock';
import { systemIdentity } from '../../../src/base/identity';
import { createProcessRuntime } from '../../../src/kubelet/runtime/process/process-runtime';
import type { ContainerRuntime } from '../../../src/kubelet/runtime/runtime';
import { aContainer, aPodSpec } from '../../support/builders';
import { Ledger, settleAbandoned } from '../../support/ledger';
import { temporaryFolder } from '../../support/temporary-folder';

describe('what tests leave behind', () => {
  let folder: { path: string; remove: () => Promise<void> };
  let children: ChildProcess[];
  let ledger: Ledger;
  const pages = (): string => join(folder.path, 'ledger');

  beforeEach(async () => {
    folder = await temporaryFolder('ledger');
    children = [];
    ledger = new Ledger(pages());
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await folder.remove();
  });

  const aProcess = (): ChildProcess => {
    const child = spawn('sleep', ['100000'], { stdio: 'ignore' });
    children.push(child);
    return child;
  };
  const isThere = (pid: number | undefined): boolean => existsSync(`/proc/${pid}/status`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  /** Changes what is written down, as if another process had written it. */
  const rewrite = (from: RegExp, to: string): void => {
    for (const name of readdirSync(pages())) {
      const text = readFileSync(join(pages(), name), 'utf8');
      expect(text).toMatch(from);
      writeFileSync(join(pages(), name), text.replace(from, to));
    }
  };
  /** The owner is gone: there never was a process that started at boot with this pid. */
  const abandon = (): void => rewrite(/"owner":\{"pid":(\d+),"startTime":"\d+"/, '"owner":{"pid":$1,"startTime":"1"');

  /** A pod of two processes, with a shim that leads their group. Its kubelet is not stopped, it is just not asked any more. */
  const aContainerIn = async (directory: string): Promise<{ runtime: ContainerRuntime; pids: readonly number[] }> => {
    const runtime = createProcessRuntime({ directory, clock: systemClock, logger: silentLogger, images: 'host', nodeName: 'node-a' });
    await runtime.open();
    const podUid = systemIdentity.uid();
    await runtime.ensureSandbox({ podUid, namespace: 'default', podName: 'web', spec: aPodSpec(), hostname: null });
    const container = aContainer({ command: ['sleep', '100000'] });
    const identity = { podUid, containerName: 'main', attempt: 0, init: false };
    const { id } = await runtime.create({ identity, namespace: 'default', podName: 'web', container, spec: aPodSpec(), extraEnv: {}, notes: {}, annotations: {} });
    await runtime.start(id);
    const root = join(directory, 'pods', podUid, 'containers', 'main.0');
    const shim = Number.parseInt(readFileSync(join(root, 'started'), 'utf8').split('\n')[1] ?? '', 10);
    return { runtime, pids: [shim, Number.parseInt(readFileSync(join(root, 'child'), 'utf8'), 10)] };
  };

  it('is ended by the tests themselves, and the page is closed', async () => {
    const child = aProcess();
    ledger.recordProcess(child.pid);
    ledger.recordRuntimeFolder(join(folder.path, 'never-made'));
    expect(await ledger.settle()).toBe(1);
    expect(isThere(child.pid)).toBe(false);
    expect(readdirSync(pages())).toEqual([]);
    expect(await ledger.settle()).toBe(0);
  });

  it('is ended by the next run when its own was aborted: processes, and the containers of runtimes with all their group', async () => {
    const child = aProcess();
    ledger.recordProcess(child.pid);
    ledger.recordRuntimeFolder(join(folder.path, 'node'));
    const { runtime, pids } = await aContainerIn(join(folder.path, 'node'));
    expect(pids.map(isThere)).toEqual([true, true]);
    abandon();
    expect(await settleAbandoned(pages())).toBeGreaterThanOrEqual(2);
    expect([child.pid, ...pids].map(isThere)).toEqual([false, false, false]);
    expect(readdirSync(pages())).toEqual([]);
    await runtime.close();
  });

  it('is left alone while its own run lives', async () => {
    const child = aProcess();
    ledger.recordProcess(child.pid);
    expect(await settleAbandoned(pages())).toBe(0);
    expect(isThere(child.pid)).toBe(true);
    expect(readdirSync(pages())).toHaveLength(1);
  });

  it('is left alone when another process has the pid by now', async () => {
    const child = aProcess();
    ledger.recordProcess(child.pid);
    rewrite(/"processes":\[\{"pid":(\d+),"startTime":"\d+"/, '"processes":[{"pid":$1,"startTime":"1"');
    abandon();
    expect(await settleAbandoned(pages())).toBe(0);
    expect(isThere(child.pid)).toBe(true);
  });

  it('may have ended long ago', async () => {
    const child = aProcess();
    ledger.recordProcess(child.pid);
    child.kill('SIGKILL');
    await once(child, 'exit');
    ledger.recordProcess(undefined);
    expect(await ledger.settle()).toBe(0);
  });

  it('is nothing where nobody wrote anything', async () => {
    expect(await settleAbandoned(pages())).toBe(0);
  });
});
