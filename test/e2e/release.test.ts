import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PodqlProcess, projectRoot } from '../support/podql-process';

/** A release made on a copy of the repository (docs/releasing.md). */
describe('npm run release', () => {
  let copy: string;
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: copy, encoding: 'utf8' }).trim();
  const release = (...args: string[]): { status: number | null; text: string } => {
    const done = spawnSync(process.execPath, ['scripts/release.mjs', ...args], { cwd: copy, encoding: 'utf8' });
    return { status: done.status, text: done.stdout + done.stderr };
  };
  const versionOf = (commit: string, file = 'package.json'): string => (JSON.parse(git('show', `${commit}:${file}`)) as { version: string }).version;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'podql-release-'));
    execFileSync('git', ['clone', '--quiet', '--no-hardlinks', projectRoot, copy]);
    git('config', 'user.name', 'Release Test');
    git('config', 'user.email', 'release@example.invalid');
    git('checkout', '--quiet', '-B', 'main');
    symlinkSync(join(projectRoot, 'node_modules'), join(copy, 'node_modules'));
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

  test('makes two commits and an annotated tag; the build of the tag says so by program and query', async () => {
    expect(release('0.9.1')).toMatchObject({ status: 0 });
    expect(git('log', '-2', '--format=%s')).toBe('Open 0.10.0-dev\nRelease 0.9.1');
    expect(git('cat-file', '-t', 'v0.9.1')).toBe('tag');
    expect(git('rev-parse', 'v0.9.1^{commit}')).toBe(git('rev-parse', 'HEAD~1'));
    expect([versionOf('HEAD~1'), versionOf('HEAD~1', 'package-lock.json'), versionOf('HEAD')]).toEqual(['0.9.1', '0.9.1', '0.10.0-dev']);
    expect(readFileSync(join(copy, 'CHANGELOG.md'), 'utf8')).toMatch(/## Unreleased\n[\s\S]*## 0\.9\.1 \(\d{4}-\d\d-\d\d\)/);

    const second = release('0.9.1');
    expect(second.status).toBe(1);
    expect(second.text).toContain('the tag v0.9.1 exists already');

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
