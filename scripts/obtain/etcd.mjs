import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apt, cache, cached, download, downloadOfThisRelease, existing, inScratchFolder, isMissing, onDebian, say, which } from './debian.mjs';

/** The Debian release whose etcd is the newer one. */
const newerRelease = { codename: 'trixie', number: 13 };

/** Path of an etcd server, or undefined. ETCD_BIN wins, then the PATH, then what an earlier run obtained. */
export function obtainEtcd() {
  const help = 'Set ETCD_BIN to the path of an etcd server; etcd tests will be skipped.';
  if (isMissing('ETCD_BIN', help)) return undefined;
  const known = knownEtcd();
  if (known) return known;
  if (!onDebian) return say(`no etcd server found. ${help}`);
  say('fetching the Debian package etcd-server (once; nothing is installed or started) …');
  return inScratchFolder((scratch) => {
    downloadOfThisRelease(scratch, ['etcd-server']);
    return keep(scratch, 'etcd', 'etcd');
  }, `could not fetch etcd-server. ${help}`);
}

/** Path of a newer etcd server than most machines have, or undefined. ETCD_NEWER_BIN wins. */
export function obtainNewerEtcd() {
  const help = 'Set ETCD_NEWER_BIN to the path of an etcd server of 3.5 or newer; tests with a newer etcd will be skipped.';
  if (isMissing('ETCD_NEWER_BIN', help)) return undefined;
  return knownNewerEtcd() ?? fetchNewer({ name: 'etcd-server', program: 'etcd', folder: 'etcd-newer', help });
}

/** Path of an etcdctl that belongs to the newer etcd, or undefined. ETCDCTL_BIN wins. */
export function obtainEtcdctl() {
  const help = 'Set ETCDCTL_BIN to the path of an etcdctl of 3.5.16 or newer; the test of a restored etcd will be skipped.';
  if (isMissing('ETCDCTL_BIN', help)) return undefined;
  return knownEtcdctl() ?? fetchNewer({ name: 'etcd-client', program: 'etcdctl', folder: 'etcdctl', help });
}

/** `name`: of the package; `program`: what is kept of it, in `folder`. */
function fetchNewer({ name, program, folder, help }) {
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
    download(scratch, [name], options);
    return keep(scratch, program, folder);
  }, `could not fetch a newer ${name}. ${help}`);
}

/** What obtainEtcd returns without asking the network or printing anything. */
export const knownEtcd = () => existing(process.env.ETCD_BIN) ?? which(['etcd']) ?? cached('etcd', 'etcd');

/** What obtainNewerEtcd returns without asking the network or printing anything. */
export const knownNewerEtcd = () => existing(process.env.ETCD_NEWER_BIN) ?? cached('etcd-newer', 'etcd');

/** What obtainEtcdctl returns without asking the network or printing anything. Not from the PATH: that may be too old to restore. */
export const knownEtcdctl = () => existing(process.env.ETCDCTL_BIN) ?? cached('etcdctl', 'etcdctl');

/** Unpacks the package in the scratch folder and keeps its program: complete or not at all, whoever else does the same. */
function keep(scratch, program, name) {
  const file = readdirSync(scratch).find((entry) => entry.endsWith('.deb'));
  execFileSync('dpkg', ['-x', file, 'unpacked'], { cwd: scratch, stdio: ['ignore', 'ignore', 'pipe'] });
  const folder = join(cache, name, decodeURIComponent(file.split('_')[1]));
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
