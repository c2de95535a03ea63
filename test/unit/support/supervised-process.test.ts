import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../support/eventually';
import { isRunning, SupervisedProcess } from '../../support/supervised-process';
import { temporaryFolder } from '../../support/temporary-folder';

describe('SupervisedProcess', () => {
  let folder: string;
  let remove: () => Promise<void>;
  beforeEach(async () => ({ path: folder, remove } = await temporaryFolder('supervised')));
  afterEach(() => remove());

  const start = (script: string): Promise<SupervisedProcess> =>
    SupervisedProcess.start({ command: '/bin/sh', args: ['-c', script], env: process.env, log: join(folder, 'log'), folder });

  it('ends with the exit code of its command, whose words are in the log', async () => {
    const child = await start('echo said; echo wrong >&2; exit 7');
    expect(await child.ended).toBe(7);
    expect(child.isAlive).toBe(false);
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('said\nwrong\n');
  });

  it('says by its code which signal ended it, and keeps the folder', async () => {
    const child = await start('exec sleep 600');
    await child.kill('SIGTERM');
    expect(await child.ended).toBe(128 + 15);
    expect(existsSync(folder)).toBe(true);
  });

  it('can be killed while it is paused', async () => {
    const child = await start('exec sleep 600');
    await child.pause();
    await child.kill();
    expect(isRunning(child.pid)).toBe(false);
  });

  it.each([['running', false], ['paused', true]])('does not outlive its parent when the parent is killed: %s', async (_, paused) => {
    const parent = spawn(process.execPath, ['--import', 'tsx', join(__dirname, '../../support/supervised-parent.ts'), folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line);
    expect(isRunning(pid)).toBe(true);
    if (paused) process.kill(pid, 'SIGSTOP');
    parent.kill('SIGKILL');
    await eventually(() => !isRunning(pid) && !existsSync(folder), 'the end of the orphan');
  });
});
