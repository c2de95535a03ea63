// What every way to obtain something has in common: Debian's packages, and the folder in which they are kept.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

export const onDebian = existsSync('/etc/debian_version');
export const isRoot = process.getuid?.() === 0;

// One folder for all working copies, so that neither `npm ci` nor a fresh clone obtains anything anew.
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'podql');

export function which(names) {
  for (const name of names) {
    try {
      return execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      // the next name
    }
  }
  return undefined;
}

export function isMissing(variable, help) {
  const given = process.env[variable];
  if (!given || existsSync(given)) return false;
  say(`${variable} is ${given}, and no such file exists. ${help}`);
  return true;
}

export function say(line) {
  console.error(`podql tests: ${line}`);
  return undefined;
}

export const existing = (path) => (path && existsSync(path) ? path : undefined);

/** A file of the newest version that is kept under this name. */
export function cached(name, file) {
  const folder = join(cache, name);
  const versions = existsSync(folder) ? readdirSync(folder).sort() : [];
  return versions.map((version) => join(folder, version, file)).findLast((path) => existsSync(path));
}

export function inScratchFolder(work, failure) {
  const scratch = mkdtempSync(join(tmpdir(), 'podql-obtain-'));
  try {
    return work(scratch);
  } catch (error) {
    const reason = `${error.stderr ?? ''}`.split('\n').find((line) => line.startsWith('E:')) ?? error.message.split('\n')[0];
    return say(`${failure} (${reason})`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

export function apt(folder, args) {
  return execFileSync('apt-get', ['-qq', '-o', 'Acquire::Retries=1', ...args], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 300_000 });
}

/** Never `install`: that would start services on their usual ports. */
export function download(scratch, packages, options = []) {
  apt(scratch, [...options, 'download', ...packages]);
}

export function downloadOfThisRelease(scratch, packages) {
  try {
    download(scratch, packages);
  } catch (error) {
    // On a fresh machine apt knows no package until it is told to look, and on an old one only those that are gone.
    if (!isRoot || !/Unable to locate|404/.test(`${error.stderr}`)) throw error;
    apt(scratch, ['update']);
    download(scratch, packages);
  }
}
