import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeBuild, readBuild, readVersion, versionOf, type BuildFacts } from '../../../src/base/version';

const commit = '5f3c9a1e20b7c0ffee5f3c9a1e20b7c0ffee5f3c';
const facts = (overrides: Partial<BuildFacts>): BuildFacts => ({
  packageVersion: '0.4.0-dev',
  git: { commit, dirty: false },
  environment: {},
  now: Date.UTC(2030, 0, 2),
  ...overrides,
});

describe('the version of a build', () => {
  test('of a clean release commit is the bare one', () => {
    expect(describeBuild(facts({ packageVersion: '0.3.1' }))).toEqual({
      version: '0.3.1',
      gitCommit: commit,
      gitTreeState: 'clean',
      buildDate: '2030-01-02T00:00:00.000Z',
    });
  });

  test.each([
    ['between releases names the commit', {}, '0.4.0-dev+5f3c9a1e20b7', 'clean'],
    ['with changed files says so', { git: { commit, dirty: true } }, '0.4.0-dev+5f3c9a1e20b7.dirty', 'dirty'],
    ['of a release with changed files is no release', { packageVersion: '0.3.1', git: { commit, dirty: true } }, '0.3.1+5f3c9a1e20b7.dirty', 'dirty'],
  ])('%s', (_what, overrides, version, gitTreeState) => {
    expect(describeBuild(facts(overrides))).toMatchObject({ version, gitTreeState });
  });

  test('without git says so, and is never taken for a release', () => {
    expect(describeBuild(facts({ git: null }))).toMatchObject({ version: '0.4.0-dev', gitCommit: '', gitTreeState: 'not a git tree' });
    expect(describeBuild(facts({ git: null, packageVersion: '0.3.1' }))).toMatchObject({ version: '0.3.1-dev', gitCommit: '' });
  });

  test('from a tarball takes commit, state and date from the environment', () => {
    const environment = { PODQL_BUILD_COMMIT: commit, SOURCE_DATE_EPOCH: '86400' };
    expect(describeBuild(facts({ git: null, packageVersion: '0.3.1', environment }))).toEqual({
      version: '0.3.1',
      gitCommit: commit,
      gitTreeState: 'clean',
      buildDate: '1970-01-02T00:00:00.000Z',
    });
    expect(describeBuild(facts({ git: null, environment: { ...environment, PODQL_BUILD_TREE_STATE: 'dirty' } })).gitTreeState).toBe('dirty');
  });

  test('a date that is none is not taken', () => {
    expect(describeBuild(facts({ environment: { SOURCE_DATE_EPOCH: 'yesterday' } })).buildDate).toBe('2030-01-02T00:00:00.000Z');
  });
});

describe('the version of a program', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'podql-version-'));
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ version: '0.7.0-dev' }));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is what the build wrote', () => {
    const build = describeBuild(facts({}));
    writeFileSync(join(folder, 'dist', 'version.json'), JSON.stringify(build));
    expect(readBuild(join(folder, 'dist'))).toEqual(build);
  });

  test('is that of package.json when nothing was built, without a commit', () => {
    const expected = { version: '0.7.0-dev', gitCommit: '', gitTreeState: 'not a git tree', buildDate: '1970-01-01T00:00:00.000Z' };
    expect(readBuild(join(folder, 'dist'))).toEqual(expected);
    writeFileSync(join(folder, 'dist', 'version.json'), '{"version": 7}');
    expect(readBuild(join(folder, 'dist'))).toEqual(expected);
  });

  test('has its numbers apart, and says where it runs', () => {
    expect(versionOf(describeBuild(facts({ packageVersion: '12.34.5' })))).toMatchObject({
      major: 12,
      minor: 34,
      nodeVersion: process.versions.node,
      platform: `${process.platform}/${process.arch}`,
    });
  });

  test('is known when it runs from its sources', () => {
    expect(readVersion().version).toMatch(/^\d+\.\d+\.\d+/);
  });
});
