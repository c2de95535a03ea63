// Writes dist/version.json. Needs dist/base/version.js: run the compiler first (scripts/build.mjs does).
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Null when git is missing, when this is no git tree, or when the tree belongs to somebody else (unpacked inside it). */
export function readGit() {
  const git = (...args) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    if (realpathSync(git('rev-parse', '--show-toplevel')) !== realpathSync(root)) return null;
    return { commit: git('rev-parse', 'HEAD'), dirty: git('status', '--porcelain') !== '' };
  } catch {
    return null;
  }
}

export function writeVersion() {
  const { describeBuild } = createRequire(import.meta.url)('../dist/base/version.js');
  const { version: packageVersion } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const record = describeBuild({ packageVersion, git: readGit(), environment: process.env, now: Date.now() });
  writeFileSync(join(root, 'dist', 'version.json'), `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const record = writeVersion();
  console.log(`podql ${record.version} (${record.gitCommit || 'no commit known'}, ${record.gitTreeState})`);
}
