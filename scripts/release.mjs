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
/** Three numbers, without leading zeros: of one version there is one spelling. */
const exact = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;
const core = (version) => version.replace(/^v|-dev$/g, '');
/** Above zero when a comes after b. By numbers: 0.10.0 comes after 0.9.0. */
const compare = (a, b) => {
  const [left, right] = [a, b].map((version) => core(version).split('.').map(Number));
  return left.map((part, index) => part - right[index]).find((difference) => difference !== 0) ?? 0;
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { next: { type: 'string' } } });
const current = readJson('package.json').version;
const release = positionals[0] ?? core(current);
const parts = exact.exec(release);
if (!parts) refuse(`"${release}" is not a version of the form 1.2.3.`);
const next = values.next ?? `${parts[1]}.${Number(parts[2]) + 1}.0-dev`;

if (!next.endsWith('-dev') || !exact.test(core(next))) refuse(`the next version "${next}" is not of the form 1.3.0-dev.`);
if (!current.endsWith('-dev')) refuse(`package.json says ${current}, which is not a development version: is this a release commit?`);
const dirty = git('status', '--porcelain');
if (dirty) refuse(`the tree is dirty (modified or untracked files):\n${dirty}\nCommit or remove them first.`);
if (git('tag', '--list', `v${release}`)) refuse(`the tag v${release} exists already.`);
// Only what this commit contains: an older line may go on beside a newer release.
const [last] = git('tag', '--merged', 'HEAD').split('\n').filter((tag) => tag.startsWith('v') && exact.test(tag.slice(1))).sort((a, b) => compare(b, a));
if (last && compare(release, last) <= 0) refuse(`${release} is not higher than ${last}, the last release before this commit. Choose a higher version.`);
if (compare(release, current) < 0) refuse(`package.json says ${current}, and ${release} is lower: what was built since would seem newer than the release. Choose ${core(current)} or higher.`);
if (compare(next, release) <= 0) refuse(`the next version "${next}" is not higher than the release ${release}.`);
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
