import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PodqlProcess, projectRoot } from '../support/podql-process';

/** A release made on a copy of the repository (docs/releasing.md). */
describe('npm run release', () => {
  let copy: string;
  let start: string;
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: copy, encoding: 'utf8' }).trim();
  const release = (...args: string[]): { status: number | null; text: string } => {
    const done = spawnSync(process.execPath, ['scripts/release.mjs', ...args], { cwd: copy, encoding: 'utf8' });
    return { status: done.status, text: done.stdout + done.stderr };
  };
  const versionOf = (commit: string, file = 'package.json'): string => (JSON.parse(git('show', `${commit}:${file}`)) as { version: string }).version;

  /** What package.json says, committed. */
  const setVersion = (version: string): void => {
    const path = join(copy, 'package.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"version": "[^"]+"/, `"version": "${version}"`));
    git('commit', '--quiet', '--all', '--allow-empty', '--message', `Say ${version}`);
  };
  const expectRefusal = (args: readonly string[], words: string): void => {
    const before = [git('rev-parse', 'HEAD'), git('tag', '--list'), git('status', '--porcelain')];
    const refused = release(...args);
    expect(refused.text).toContain(`release refused: ${words}`);
    expect(refused.text).toContain('Nothing was changed.');
    expect(refused.status).toBe(1);
    expect([git('rev-parse', 'HEAD'), git('tag', '--list'), git('status', '--porcelain')]).toEqual(before);
  };

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'podql-release-'));
    execFileSync('git', ['clone', '--quiet', '--no-hardlinks', projectRoot, copy]);
    git('config', 'user.name', 'Release Test');
    git('config', 'user.email', 'release@example.invalid');
    git('checkout', '--quiet', '-B', 'main');
    start = git('rev-parse', 'HEAD');
    symlinkSync(join(projectRoot, 'node_modules'), join(copy, 'node_modules'));
  });
  afterEach(() => {
    git('checkout', '--quiet', '-B', 'main', start);
    for (const tag of git('tag', '--list').split('\n').filter(Boolean)) git('tag', '--delete', tag);
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  test('refuses a dirty tree, modified or untracked, and changes nothing', () => {
    const head = git('rev-parse', 'HEAD');
    writeFileSync(join(copy, 'stray.txt'), 'not committed');
    const refused = release();
    expect(refused.status).toBe(1);
    expect(refused.text).toContain('the tree is dirty');
    expect(refused.text).toContain('stray.txt');
    expect(refused.text).toContain('Nothing was changed.');
    rmSync(join(copy, 'stray.txt'));
    expect(git('rev-parse', 'HEAD')).toBe(head);
    expect(git('tag', '--list')).toBe('');
  });

  test.each([
    [['0.0.9'], 'package.json says 0.1.0-dev, and 0.0.9 is lower'],
    [['01.2.0'], '"01.2.0" is not a version of the form 1.2.3'],
    [['1.0.0', '--next', '0.9.0-dev'], 'the next version "0.9.0-dev" is not higher than the release 1.0.0'],
    [['1.0.0', '--next', '1.0.0-dev'], 'the next version "1.0.0-dev" is not higher than the release 1.0.0'],
  ])('refuses what goes backwards or cannot be compared: %j', (args, words) => {
    setVersion('0.1.0-dev');
    expectRefusal(args, words);
  });

  test.each(['1.9.9', '1.10.0'])('refuses %s where 1.10.0 was released, whatever package.json says', (version) => {
    setVersion('1.9.0-dev');
    git('tag', '--annotate', 'v1.10.0', '--message', 'podql 1.10.0');
    git('tag', '--annotate', 'v1.2.0', '--message', 'podql 1.2.0');
    expectRefusal([version], version === '1.10.0' ? 'the tag v1.10.0 exists already' : '1.9.9 is not higher than v1.10.0, the last release before this commit');
  });

  test('lets an older line go on beside a newer release that it does not contain', () => {
    git('commit', '--quiet', '--allow-empty', '--message', 'Only on the newer line');
    git('tag', '--annotate', 'v3.0.0', '--message', 'podql 3.0.0');
    git('reset', '--quiet', '--hard', start);
    setVersion('2.0.1-dev');
    expect(release()).toMatchObject({ status: 0 });
    expect(git('log', '-1', '--format=%s', 'v2.0.1')).toBe('Release 2.0.1');
  });

  test('makes two commits and an annotated tag; the build of the tag says so by program and query', async () => {
    setVersion('0.1.0-dev');
    expect(release('0.9.1')).toMatchObject({ status: 0 });
    expect(git('log', '-2', '--format=%s')).toBe('Open 0.10.0-dev\nRelease 0.9.1');
    expect(git('cat-file', '-t', 'v0.9.1')).toBe('tag');
    expect(git('rev-parse', 'v0.9.1^{commit}')).toBe(git('rev-parse', 'HEAD~1'));
    expect([versionOf('HEAD~1'), versionOf('HEAD~1', 'package-lock.json'), versionOf('HEAD')]).toEqual(['0.9.1', '0.9.1', '0.10.0-dev']);
    expect(readFileSync(join(copy, 'CHANGELOG.md'), 'utf8')).toMatch(/## Unreleased\n[\s\S]*## 0\.9\.1 \(\d{4}-\d\d-\d\d\)/);

    expectRefusal(['0.9.1'], 'the tag v0.9.1 exists already');
    expectRefusal(['0.9.0'], '0.9.0 is not higher than v0.9.1, the last release before this commit');
    expectRefusal(['0.9.2'], 'package.json says 0.10.0-dev, and 0.9.2 is lower');

    git('checkout', '--quiet', 'v0.9.1');
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: copy, stdio: 'ignore' });
    const shown = execFileSync(process.execPath, ['dist/cli/main.js', 'version'], { cwd: copy, encoding: 'utf8' });
    expect(shown).toContain('0.9.1');
    expect(shown).toContain(git('rev-parse', 'HEAD').slice(0, 12));

    const podql = await PodqlProcess.start({ args: ['--runtime', 'none'], program: join(copy, 'dist/cli/main.js') });
    try {
      const { version } = await podql.client().ask<{ version: Record<string, unknown> }>('{ version { version major minor gitCommit gitTreeState schemaHash buildDate } }');
      expect(version).toMatchObject({ version: '0.9.1', major: 0, minor: 9, gitCommit: git('rev-parse', 'HEAD'), gitTreeState: 'clean' });
    } finally {
      await podql.remove();
    }
  }, 180_000);
});
