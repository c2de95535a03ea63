// npm run release [-- VERSION] [--next VERSION-dev]: two commits and a tag between them; docs/releasing.md says why.
//   1. "Release 0.1.0": package.json and package-lock.json say 0.1.0, CHANGELOG.md closes its Unreleased section
//   2. annotated tag v0.1.0 on that commit
//   3. "Open 0.2.0-dev": the next development version
// Exactly one commit ever claims the exact version, whatever is merged around it. Nothing is pushed.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim();
const refuse = (message) => {
  console.error(`release refused: ${message}\nNothing was changed.`);
  process.exit(1);
};
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

const { values, positionals } = parseArgs({ allowPositionals: true, options: { next: { type: 'string' } } });
const current = readJson('package.json').version;
const release = positionals[0] ?? current.replace(/-dev$/, '');
const parts = /^(\d+)\.(\d+)\.(\d+)$/.exec(release);
if (!parts) refuse(`"${release}" is not a version of the form 1.2.3.`);
const next = values.next ?? `${parts[1]}.${Number(parts[2]) + 1}.0-dev`;

if (!/^\d+\.\d+\.\d+-dev$/.test(next)) refuse(`the next version "${next}" is not of the form 1.3.0-dev.`);
if (!current.endsWith('-dev')) refuse(`package.json says ${current}, which is not a development version: is this a release commit?`);
const dirty = git('status', '--porcelain');
if (dirty) refuse(`the tree is dirty (modified or untracked files):\n${dirty}\nCommit or remove them first.`);
if (git('tag', '--list', `v${release}`)) refuse(`the tag v${release} exists already.`);
const branch = git('branch', '--show-current');
if (!branch) refuse('HEAD is on no branch.');
const changelog = readFileSync('CHANGELOG.md', 'utf8');
if (!changelog.includes('## Unreleased\n')) refuse('CHANGELOG.md has no "## Unreleased" section.');

function setVersion(version) {
  const packageJson = readFileSync('package.json', 'utf8');
  writeFileSync('package.json', packageJson.replace(/("version": ")[^"]+(")/, `$1${version}$2`));
  const lock = readJson('package-lock.json');
  lock.version = version;
  lock.packages[''].version = version;
  writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
}

const today = new Date(process.env.SOURCE_DATE_EPOCH ? Number(process.env.SOURCE_DATE_EPOCH) * 1000 : Date.now()).toISOString().slice(0, 10);
setVersion(release);
writeFileSync('CHANGELOG.md', changelog.replace('## Unreleased\n', `## ${release} (${today})\n`));
git('commit', '--quiet', '--all', '--message', `Release ${release}`);
git('tag', '--annotate', `v${release}`, '--message', `podql ${release}`);

setVersion(next);
writeFileSync('CHANGELOG.md', readFileSync('CHANGELOG.md', 'utf8').replace(`## ${release} (`, `## Unreleased\n\nNothing yet.\n\n## ${release} (`));
git('commit', '--quiet', '--all', '--message', `Open ${next}`);

console.log(`released ${release}
  ${git('rev-parse', '--short', `v${release}^{commit}`)}  Release ${release}  (tag v${release})
  ${git('rev-parse', '--short', 'HEAD')}  Open ${next}
Build what you ship from the tag: git checkout v${release} && npm ci && npm run build
Publish with: git push origin ${branch} v${release}`);
