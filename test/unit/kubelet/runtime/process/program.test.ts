import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkProgram, checkWorkingDirectory } from '../../../../../src/kubelet/runtime/process/program';
import { temporaryDirectory } from './support';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => (folder = await temporaryDirectory()));
afterEach(() => folder.remove());

async function aFile(name: string, content: string, mode = 0o755): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, content);
  await chmod(path, mode);
  return path;
}

const check = (name: string, path = '/usr/bin:/bin') => checkProgram(name, { path, cwd: folder.path });

test('a program is found by PATH, by absolute and by relative name', async () => {
  await aFile('tool', '#!/bin/sh\n');
  expect(await check('sh')).toBeNull();
  expect(await check('/bin/sh')).toBeNull();
  expect(await check('./tool')).toBeNull();
  expect(await check('tool', `/bin:${folder.path}`)).toBeNull();
});

test('what is not there is 127', async () => {
  expect(await check('no-such-tool', '/bin')).toEqual({ exitCode: 127, message: 'program no-such-tool was not found in PATH (/bin)' });
  expect(await check('/no/such')).toEqual({ exitCode: 127, message: 'program /no/such does not exist' });
  expect(await check('')).toMatchObject({ exitCode: 127 });
});

test('what may not be run is 126', async () => {
  const plain = await aFile('plain', 'text', 0o644);
  expect(await check(plain)).toMatchObject({ exitCode: 126, message: `${plain} is not executable (EACCES)` });
  expect(await check('plain', folder.path)).toMatchObject({ exitCode: 126 });
  expect(await check(folder.path)).toMatchObject({ exitCode: 126, message: `${folder.path} is a directory, not a program` });
});

test('a script whose interpreter is missing names the interpreter', async () => {
  const script = await aFile('script', '#!/no/such/python -u\nprint()\n');
  expect(await check(script)).toEqual({ exitCode: 127, message: `${script} asks for the interpreter /no/such/python, which does not exist` });
});

test('a working directory that cannot be used says why', async () => {
  const file = await aFile('file', '');
  await mkdir(join(folder.path, 'sub'));
  expect(await checkWorkingDirectory(join(folder.path, 'sub'))).toBeNull();
  expect(await checkWorkingDirectory('/no/such/place')).toEqual({ exitCode: 128, message: 'working directory /no/such/place does not exist' });
  expect(await checkWorkingDirectory(file)).toEqual({ exitCode: 128, message: `working directory ${file} is not a directory` });
});
