import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the build writes to dist/version.json (scripts/build-version.mjs). */
export interface BuildRecord {
  /** "0.3.1" for a clean build of a release; "0.4.0-dev+5f3c9a1e20b7" otherwise. */
  readonly version: string;
  /** The whole commit hash; "" when the sources were not in a git tree. */
  readonly gitCommit: string;
  readonly gitTreeState: 'clean' | 'dirty' | 'not a git tree';
  /** RFC 3339, UTC. */
  readonly buildDate: string;
}

export interface VersionRecord extends BuildRecord {
  readonly major: number;
  readonly minor: number;
  /** Of the runtime that executes podql: "20.19.0". */
  readonly nodeVersion: string;
  /** "linux/x64". */
  readonly platform: string;
}

/** What is known about the sources at build time. `git` is null outside a git tree of our own. */
export interface BuildFacts {
  readonly packageVersion: string;
  readonly git: { readonly commit: string; readonly dirty: boolean } | null;
  /** A build from a tarball says PODQL_BUILD_COMMIT, PODQL_BUILD_TREE_STATE and SOURCE_DATE_EPOCH. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Pure. Only a clean build of a commit whose package.json has a release version bears the bare version. */
export function describeBuild(facts: BuildFacts): BuildRecord {
  const { environment } = facts;
  const gitCommit = environment.PODQL_BUILD_COMMIT ?? facts.git?.commit ?? '';
  const gitTreeState = treeState(facts, gitCommit);
  return {
    version: buildVersion(facts.packageVersion, gitCommit, gitTreeState),
    gitCommit,
    gitTreeState,
    buildDate: new Date(sourceDate(environment.SOURCE_DATE_EPOCH) ?? facts.now).toISOString(),
  };
}

function treeState({ environment, git }: BuildFacts, commit: string): BuildRecord['gitTreeState'] {
  if (environment.PODQL_BUILD_TREE_STATE === 'dirty') return 'dirty';
  if (environment.PODQL_BUILD_COMMIT !== undefined && commit !== '') return 'clean';
  if (!git) return 'not a git tree';
  return git.dirty ? 'dirty' : 'clean';
}

function buildVersion(packageVersion: string, commit: string, state: BuildRecord['gitTreeState']): string {
  if (commit === '') return packageVersion.includes('-') ? packageVersion : `${packageVersion}-dev`;
  const isRelease = !packageVersion.includes('-');
  if (isRelease && state === 'clean') return packageVersion;
  return `${packageVersion}+${commit.slice(0, 12)}${state === 'dirty' ? '.dirty' : ''}`;
}

function sourceDate(epoch: string | undefined): number | null {
  return epoch !== undefined && /^\d{1,11}$/.test(epoch) ? Number(epoch) * 1000 : null;
}

const distFolder = join(__dirname, '..');

let known: VersionRecord | undefined;

/**
 * The version of the program that runs. From TypeScript sources (tests) there is no version.json: then it is that of
 * package.json with an empty commit and the build date 1970, and git is not asked.
 */
export function readVersion(): VersionRecord {
  known ??= versionOf(readBuild(distFolder));
  return known;
}

/** `folder` holds version.json and lies beside package.json. */
export function readBuild(folder: string): BuildRecord {
  const built = readJson(join(folder, 'version.json'));
  if (isBuildRecord(built)) return built;
  const manifest = readJson(join(folder, '..', 'package.json'));
  const packageVersion = typeof manifest?.version === 'string' ? manifest.version : '0.0.0';
  return describeBuild({ packageVersion, git: null, environment: {}, now: 0 });
}

export function versionOf(build: BuildRecord): VersionRecord {
  const [major = 0, minor = 0] = build.version.split('.').map((part) => Number.parseInt(part, 10));
  return {
    ...build,
    major,
    minor,
    nodeVersion: process.versions.node,
    platform: `${process.platform}/${process.arch}`,
  };
}

function readJson(path: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

function isBuildRecord(value: unknown): value is BuildRecord {
  if (typeof value !== 'object' || value === null) return false;
  return ['version', 'gitCommit', 'gitTreeState', 'buildDate'].every(
    (field) => typeof (value as Record<string, unknown>)[field] === 'string',
  );
}
