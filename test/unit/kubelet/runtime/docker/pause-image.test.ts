import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pauseProgram } from '../../../../../src/kubelet/runtime/docker/pause-image';

const architecture = { x64: 'amd64', arm64: 'arm64' }[arch() as 'x64' | 'arm64'];

test('the program of this processor runs until it is killed', async () => {
  const program = pauseProgram(architecture ?? '');
  if (!program) throw new Error(`no pause program for ${arch()}`);
  const folder = await mkdtemp(join(tmpdir(), 'podql-pause-'));
  try {
    const path = join(folder, 'pause');
    await writeFile(path, program, { mode: 0o755 });
    const child = spawn(path);
    await once(child, 'spawn');
    child.kill('SIGTERM');
    // By the signal, not by a fault of the program's own.
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('each is an ELF executable for its processor; for others there is none', () => {
  expect(['amd64', 'arm64'].map((name) => pauseProgram(name)?.readUInt16LE(18))).toEqual([62, 183]);
  expect(pauseProgram('amd64')).toHaveLength(129);
  expect(pauseProgram('riscv64')).toBeNull();
});
