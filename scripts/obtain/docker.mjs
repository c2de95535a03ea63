import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { apt, cache, cached, download, downloadOfThisRelease, existing, inScratchFolder, isMissing, isRoot, onDebian, say, which } from './debian.mjs';

const help =
  'Set DOCKERD_BIN to the path of a dockerd, whose helpers are beside it or on the PATH, and BUSYBOX_BIN to that of a static busybox; Docker tests will be skipped.';
const packages = ['docker.io', 'containerd', 'runc', 'tini', 'busybox-static'];
/** By the name under which a dockerd looks for it: what Debian calls it. No iptables: the engines of tests change no tables. */
const programs = {
  dockerd: 'dockerd',
  containerd: 'containerd',
  'containerd-shim-runc-v2': 'containerd-shim-runc-v2',
  runc: 'runc',
  'docker-proxy': 'docker-proxy',
  'docker-init': 'tini-static',
  busybox: 'busybox',
};

/**
 * Paths of a dockerd and of a static busybox, or undefined. DOCKERD_BIN and BUSYBOX_BIN win, then the PATH, then what an
 * earlier run obtained. Where a dockerd cannot run nothing is fetched.
 */
export function obtainDocker() {
  if (isMissing('DOCKERD_BIN', help) || isMissing('BUSYBOX_BIN', help)) return undefined;
  const lack = lackOfRights();
  if (lack) return say(`a Docker Engine of the tests' own needs ${lack}; Docker tests will be skipped.`);
  const known = knownDocker();
  if (known) return known;
  if (!onDebian) return say(`no Docker Engine found. ${help}`);
  say('fetching the Debian packages of a Docker Engine (once, 65 MB; nothing is installed or started) …');
  return inScratchFolder((scratch) => {
    downloadOfThisRelease(scratch, packages);
    unpack(scratch);
    addLibraries(scratch);
    keep(scratch);
    return knownDocker();
  }, `could not fetch a Docker Engine. ${help}`);
}

/** What obtainDocker returns without asking the network or printing anything. */
export function knownDocker() {
  if (lackOfRights()) return undefined;
  const dockerd = existing(process.env.DOCKERD_BIN) ?? which(['dockerd']) ?? cached('docker', 'bin/dockerd');
  const busybox = existing(process.env.BUSYBOX_BIN) ?? staticOnly(which(['busybox'])) ?? cached('docker', 'bin/busybox');
  return dockerd && busybox ? { dockerd, busybox } : undefined;
}

function lackOfRights() {
  if (process.platform !== 'linux') return 'Linux';
  if (!isRoot) return 'root';
  const effective = BigInt(`0x${/^CapEff:\s+(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  const lacking = Object.entries({ CAP_NET_ADMIN: 12n, CAP_SYS_ADMIN: 21n }).filter(([, bit]) => !(effective & (1n << bit)));
  return lacking.length > 0 ? `root with ${lacking.map(([name]) => name).join(' and ')}` : undefined;
}

/** In an image there is nothing that another one could be linked to. */
function staticOnly(path) {
  return path && needed(path, []).length === 0 ? path : undefined;
}

function unpack(scratch) {
  for (const file of readdirSync(scratch).filter((name) => name.endsWith('.deb'))) {
    execFileSync('dpkg', ['-x', file, 'unpacked'], { cwd: scratch, stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

/** What a slim machine lacks: apt knows the packages, if it is asked what it would install. */
function addLibraries(scratch) {
  if (missingLibraries(scratch).length === 0) return;
  const plan = apt(scratch, ['--simulate', '--no-install-recommends', 'install', ...packages]);
  const names = [...plan.matchAll(/^Inst (lib\S+)/gm)].map(([, name]) => name).filter((name) => !/^libc6|^libc-/.test(name));
  if (names.length > 0) download(scratch, names);
  unpack(scratch);
  const missing = missingLibraries(scratch);
  if (missing.length > 0) throw new Error(`no package has ${missing.join(', ')}`);
}

const missingLibraries = (scratch) => Object.values(programs).flatMap((program) => needed(find(scratch, program), librariesOf(scratch)).filter(({ path }) => !path).map(({ name }) => name));

/** The libraries that a program is linked to; `path` is where one is found, if it is. */
function needed(program, folders) {
  const env = { ...process.env, LD_LIBRARY_PATH: folders.join(':') };
  let output;
  try {
    output = execFileSync('ldd', [program], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return []; // linked to none
  }
  return [...output.matchAll(/^\s+(\S+) => (?:(\/\S+)|not found)/gm)].map(([, name, path]) => ({ name, path }));
}

function librariesOf(scratch) {
  const unpacked = join(scratch, 'unpacked');
  return ['lib', 'usr/lib']
    .map((folder) => join(unpacked, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('-linux-gnu')).map((name) => join(folder, name)));
}

function find(scratch, program) {
  const places = ['usr/sbin', 'usr/bin', 'sbin', 'bin'].map((folder) => join(scratch, 'unpacked', folder, program));
  const found = places.find((path) => existsSync(path));
  if (!found) throw new Error(`Debian's packages have no ${program}`);
  return realpathSync(found);
}

/** Complete or not at all, whoever else does the same. */
function keep(scratch) {
  const libraries = librariesOf(scratch);
  mkdirSync(join(cache, 'docker'), { recursive: true });
  const draft = mkdtempSync(join(cache, 'docker-draft-'));
  try {
    for (const folder of ['bin', 'lib']) mkdirSync(join(draft, folder));
    for (const [name, program] of Object.entries(programs)) {
      const path = find(scratch, program);
      copyFileSync(path, join(draft, 'bin', name));
      chmodSync(join(draft, 'bin', name), 0o755);
      const fetched = needed(path, libraries).filter((library) => libraries.includes(dirname(library.path)));
      for (const library of fetched) copyFileSync(library.path, join(draft, 'lib', library.name));
    }
    const version = decodeURIComponent(readdirSync(scratch).find((name) => name.startsWith('docker.io_')).split('_')[1]);
    renameSync(draft, join(cache, 'docker', version));
  } catch (error) {
    // Somebody else has kept the same.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
