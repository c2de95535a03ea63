import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { codeOf } from '../files';

/** Why a container cannot be started: R8's code and the true cause. */
export interface StartError {
  readonly exitCode: 126 | 127 | 128;
  readonly message: string;
}

/**
 * Spawn blames the program for a missing directory, and a shell says 127 for four different faults: so look first.
 * Null: nothing speaks against it.
 */
export async function checkWorkingDirectory(path: string): Promise<StartError | null> {
  try {
    if (!(await stat(path)).isDirectory()) return { exitCode: 128, message: `working directory ${path} is not a directory` };
    await access(path, constants.X_OK);
    return null;
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be entered (${codeOf(error) ?? String(error)})`;
    return { exitCode: 128, message: `working directory ${path} ${why}` };
  }
}

/** Where would this program be found, and can it be run? */
export async function checkProgram(name: string, options: { readonly path: string; readonly cwd: string }): Promise<StartError | null> {
  if (name === '') return { exitCode: 127, message: 'the program name is empty' };
  if (name.includes('/')) {
    const fault = await checkFile(isAbsolute(name) ? name : resolve(options.cwd, name));
    return fault;
  }
  let refused: StartError | null = null;
  for (const directory of options.path.split(delimiter)) {
    const fault = await checkFile(join(resolve(options.cwd, directory), name));
    if (!fault) return null;
    // As execvp: a file that may not be run does not end the search, but is the better explanation.
    if (fault.exitCode === 126) refused ??= fault;
  }
  return refused ?? { exitCode: 127, message: `program ${name} was not found in PATH (${options.path})` };
}

async function checkFile(path: string): Promise<StartError | null> {
  try {
    if ((await stat(path)).isDirectory()) return { exitCode: 126, message: `${path} is a directory, not a program` };
    await access(path, constants.X_OK);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { exitCode: 127, message: `program ${path} does not exist` };
    return { exitCode: 126, message: `${path} is not executable (${code ?? String(error)})` };
  }
  const interpreter = await interpreterOf(path);
  if (interpreter === null) return null;
  try {
    await access(interpreter, constants.X_OK);
    return null;
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'does not exist' : `is not executable (${codeOf(error) ?? String(error)})`;
    return { exitCode: 127, message: `${path} asks for the interpreter ${interpreter}, which ${why}` };
  }
}

/** The program that a script's first line names; null for everything else, and for what we may run but not read. */
async function interpreterOf(path: string): Promise<string | null> {
  let file;
  try {
    file = await open(path, 'r');
  } catch {
    return null;
  }
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    const [line = ''] = buffer.toString('latin1', 0, bytesRead).split('\n');
    const interpreter = /^#!\s*(\S+)/.exec(line)?.[1];
    return interpreter && isAbsolute(interpreter) ? interpreter : null;
  } finally {
    await file.close();
  }
}
