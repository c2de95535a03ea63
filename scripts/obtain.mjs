// What the tests need beyond npm packages, from Debian's packages, and only when it is absent. Says in one clear line
// what could not be had; the tests that need it are then skipped with that reason, counted and printed.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const onDebian = existsSync('/etc/debian_version');
const isRoot = process.getuid?.() === 0;

function which(names) {
  for (const name of names) {
    try {
      return execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      // the next name
    }
  }
  return undefined;
}

/** Path of a Chromium, or undefined. CHROME_BIN wins. */
export function obtainChromium() {
  const given = process.env.CHROME_BIN;
  if (given) {
    if (existsSync(given)) return given;
    console.error(`podql tests: CHROME_BIN is ${given}, and no such file exists; browser tests will be skipped.`);
    return undefined;
  }
  const found = which(['chromium', 'chromium-browser', 'google-chrome', 'chrome']);
  if (found) return found;
  const help = 'Install Chromium and set CHROME_BIN to its path; browser tests will be skipped.';
  if (!onDebian || !isRoot) {
    console.error(`podql tests: no Chromium found. ${help}`);
    return undefined;
  }
  console.error('podql tests: installing the Debian package chromium (once; about a minute) …');
  const options = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: 300_000 };
  try {
    execFileSync('apt-get', ['update', '-qq'], options);
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
  } catch (error) {
    console.error(`podql tests: could not install chromium (${error.message.split('\n')[0]}). ${help}`);
  }
  return which(['chromium']);
}

/** The Debian release whose etcd is the newer one. */
const newerRelease = { codename: 'trixie', number: 13 };

// One folder for all working copies, so that neither `npm ci` nor a fresh clone obtains anything anew.
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'podql');

/** Path of an etcd server, or undefined. ETCD_BIN wins, then the PATH, then what an earlier run obtained. */
export function obtainEtcd() {
  const help = 'Set ETCD_BIN to the path of an etcd server; etcd tests will be skipped.';
  if (isMissing('ETCD_BIN', help)) return undefined;
  const known = knownEtcd();
  if (known) return known;
  if (!onDebian) return say(`no etcd server found. ${help}`);
  say('fetching the Debian package etcd-server (once; nothing is installed or started) …');
  return inScratchFolder((scratch) => {
    try {
      download(scratch, [], 'etcd-server');
    } catch (error) {
      // On a fresh machine apt knows no package until it is told to look, and on an old one only those that are gone.
      if (!isRoot || !/Unable to locate|404/.test(`${error.stderr}`)) throw error;
      apt(scratch, ['update']);
      download(scratch, [], 'etcd-server');
    }
    return keep(scratch, 'etcd', 'etcd');
  }, `could not fetch etcd-server. ${help}`);
}

/** Path of a newer etcd server than most machines have, or undefined. ETCD_NEWER_BIN wins. */
export function obtainNewerEtcd() {
  const help = 'Set ETCD_NEWER_BIN to the path of an etcd server of 3.5 or newer; tests with a newer etcd will be skipped.';
  if (isMissing('ETCD_NEWER_BIN', help)) return undefined;
  return knownNewerEtcd() ?? fetchNewer({ package: 'etcd-server', file: 'etcd', folder: 'etcd-newer', help });
}

/** Path of an etcdctl that belongs to the newer etcd, or undefined. ETCDCTL_BIN wins. */
export function obtainEtcdctl() {
  const help = 'Set ETCDCTL_BIN to the path of an etcdctl of 3.5.16 or newer; the test of a restored etcd will be skipped.';
  if (isMissing('ETCDCTL_BIN', help)) return undefined;
  return knownEtcdctl() ?? fetchNewer({ package: 'etcd-client', file: 'etcdctl', folder: 'etcdctl', help });
}

function fetchNewer({ package: name, file, folder, help }) {
  const release = onDebian ? osRelease() : {};
  if (!(Number(release.VERSION_ID) < newerRelease.number)) return say(`no newer ${name} found. ${help}`);
  say(`fetching a newer ${name} from Debian ${newerRelease.number} (once; this machine's package sources stay as they are) …`);
  return inScratchFolder((scratch) => {
    // Lists of its own: the machine's stay untouched, and nobody needs to be root.
    const own = { lists: join(scratch, 'lists'), sources: join(scratch, 'sources.list'), parts: join(scratch, 'parts') };
    for (const each of [join(own.lists, 'partial'), own.parts]) mkdirSync(each, { recursive: true });
    writeFileSync(own.sources, `deb ${mirrorOf(release.VERSION_CODENAME)} ${newerRelease.codename} main\n`);
    const settings = {
      'Dir::State::lists': own.lists,
      'Dir::Etc::sourcelist': own.sources,
      'Dir::Etc::sourceparts': own.parts,
      'Dir::Cache::pkgcache': '',
      'Dir::Cache::srcpkgcache': '',
      'Acquire::Languages': 'none',
      // Else an update that reached nobody ends well, and the download knows of no package.
      'APT::Update::Error-Mode': 'any',
    };
    const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
    apt(scratch, [...options, 'update']);
    download(scratch, options, name);
    return keep(scratch, file, folder);
  }, `could not fetch a newer ${name}. ${help}`);
}

/** What obtainEtcd returns without asking the network or printing anything. */
export const knownEtcd = () => existing(process.env.ETCD_BIN) ?? which(['etcd']) ?? cached('etcd');

/** What obtainNewerEtcd returns without asking the network or printing anything. */
export const knownNewerEtcd = () => existing(process.env.ETCD_NEWER_BIN) ?? cached('etcd-newer');

/** What obtainEtcdctl returns without asking the network or printing anything. Not from the PATH: that may be too old to restore. */
export const knownEtcdctl = () => existing(process.env.ETCDCTL_BIN) ?? cached('etcdctl', 'etcdctl');

function isMissing(variable, help) {
  const given = process.env[variable];
  if (!given || existsSync(given)) return false;
  say(`${variable} is ${given}, and no such file exists. ${help}`);
  return true;
}

function say(line) {
  console.error(`podql tests: ${line}`);
  return undefined;
}

const existing = (path) => (path && existsSync(path) ? path : undefined);

function cached(name, program = 'etcd') {
  const folder = join(cache, name);
  const versions = existsSync(folder) ? readdirSync(folder).sort() : [];
  return versions.map((version) => join(folder, version, program)).findLast((path) => existsSync(path));
}

function inScratchFolder(work, failure) {
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

function apt(folder, args) {
  execFileSync('apt-get', ['-qq', '-o', 'Acquire::Retries=1', ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], timeout: 300_000 });
}

/** Never `install`: that would start a service on etcd's usual port. */
function download(scratch, options, name) {
  apt(scratch, [...options, 'download', name]);
}

/** Unpacks the package in the scratch folder and keeps its program: complete or not at all, whoever else does the same. */
function keep(scratch, program, name) {
  const archive = readdirSync(scratch).find((entry) => entry.endsWith('.deb'));
  execFileSync('dpkg', ['-x', archive, 'unpacked'], { cwd: scratch, stdio: ['ignore', 'ignore', 'pipe'] });
  const folder = join(cache, name, decodeURIComponent(archive.split('_')[1]));
  mkdirSync(folder, { recursive: true });
  const draft = join(folder, `${program}.${process.pid}`);
  copyFileSync(join(scratch, 'unpacked/usr/bin', program), draft);
  chmodSync(draft, 0o755);
  renameSync(draft, join(folder, program));
  return join(folder, program);
}

function osRelease() {
  const lines = readFileSync('/etc/os-release', 'utf8').matchAll(/^(\w+)="?([^"\n]*)"?$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value]));
}

/** Where this machine gets its own release from. */
function mirrorOf(codename) {
  const format = '$(CREATED_BY) $(RELEASE) $(COMPONENT) $(REPO_URI)';
  const targets = execFileSync('apt-get', ['indextargets', '--format', format], { encoding: 'utf8' }).split('\n');
  const wanted = `Packages ${codename} main `;
  const found = targets.find((line) => line.startsWith(wanted));
  if (!found) throw new Error(`apt has no source for Debian ${codename} main`);
  return found.slice(wanted.length).trim();
}
