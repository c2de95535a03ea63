// Brings dist/ up to date: the compiler, the playground, version.json. Steps whose inputs did not change are skipped
// (path, size and modification time of each input are remembered in dist/.build.json). `--force` builds everything.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readGit, writeVersion } from './build-version.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const memory = join(dist, '.build.json');
const started = Date.now();

const sources = filesUnder(join(root, 'src'));
const isPlayground = (file) => relative(join(root, 'src'), file).startsWith('playground');
const lock = join(root, 'package-lock.json');

const steps = [
  {
    name: 'server',
    inputs: [...sources.filter((file) => !isPlayground(file)), join(root, 'tsconfig.json'), join(root, 'tsconfig.build.json'), lock],
    output: join(dist, 'server.js'),
    async run() {
      // Without its output the compiler's own memory would make it skip files that are not there.
      if (!existsSync(this.output)) rmSync(join(root, '.cache', 'build.tsbuildinfo'), { force: true });
      removeOrphans();
      await node('typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck');
    },
  },
  {
    name: 'playground',
    inputs: [...sources.filter(isPlayground), join(root, 'vite.config.mjs'), lock],
    output: join(dist, 'playground', 'index.html'),
    run: () => node('vite/bin/vite.js', 'build', '--logLevel', 'warn'),
  },
];

const done = process.argv.includes('--force') ? {} : readMemory();
const stale = steps
  .map((step) => ({ ...step, fingerprint: fingerprint(step.inputs) }))
  .filter((step) => done[step.name] !== step.fingerprint || !existsSync(step.output));

if (stale.length > 0) {
  console.log(`podql: building ${stale.map((step) => step.name).join(' and ')} …`);
  const results = await Promise.allSettled(stale.map((step) => build(step)));
  const failed = results.filter((result) => result.status === 'rejected');
  for (const { reason } of failed) console.error(`podql: ${reason.message}`);
  if (failed.length > 0) process.exit(1);
}

const git = readGit();
const identity = JSON.stringify([git, process.env.PODQL_BUILD_COMMIT, process.env.SOURCE_DATE_EPOCH]);
if (stale.length > 0 || done.identity !== identity || !existsSync(join(dist, 'version.json'))) {
  const { version, gitTreeState } = writeVersion();
  remember('identity', identity);
  if (stale.length > 0) console.log(`podql: built ${version} (${gitTreeState}) in ${seconds(started)}`);
}

async function build(step) {
  const begun = Date.now();
  await step.run();
  remember(step.name, step.fingerprint);
  console.log(`podql:   ${step.name} ${seconds(begun)}`);
}

/** What a tool prints is shown only when it fails: drawing progress into somebody's terminal is not its business. */
function node(script, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(output));
      reject(new Error(`${script} failed with exit code ${code}; see above. Nothing was started.`));
    });
  });
}

function fingerprint(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const stat = statSync(file, { throwIfNoEntry: false });
    hash.update(`${relative(root, file)} ${stat?.size} ${stat?.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** Compiled files whose source is gone. */
function removeOrphans() {
  if (!existsSync(dist)) return;
  const expected = new Set(sources.map((file) => relative(join(root, 'src'), file).replace(/\.tsx?$/, '.js')));
  for (const file of filesUnder(dist)) {
    const name = relative(dist, file);
    if (name.startsWith('playground') || !/\.js(\.map)?$/.test(name)) continue;
    if (!expected.has(name.replace(/\.map$/, ''))) rmSync(file);
  }
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function readMemory() {
  try {
    return JSON.parse(readFileSync(memory, 'utf8'));
  } catch {
    return {};
  }
}

function remember(name, value) {
  done[name] = value;
  mkdirSync(dist, { recursive: true });
  writeFileSync(memory, JSON.stringify(done));
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
