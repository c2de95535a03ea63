// npm run bench [-- NAME…]: runs benchmarks/*.ts one after the other, each in its own process, and prints their tables.
// Each measures its floor in the same run; only the ratios carry over to another machine.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { obtainDocker, obtainEtcd, obtainNewerEtcd } from './obtain.mjs';

const root = join(import.meta.dirname, '..');
const wanted = process.argv.slice(2);
const all = readdirSync(join(root, 'benchmarks')).filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -3));
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`no benchmark named ${unknown.join(', ')}; there are: ${all.join(', ')}`);
  process.exit(1);
}
const build = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { cwd: root, stdio: 'inherit' });
if (build.status !== 0) process.exit(build.status ?? 1);
const docker = obtainDocker();
const env = {
  ...process.env,
  ETCD_BIN: obtainEtcd() ?? '',
  ETCD_NEWER_BIN: obtainNewerEtcd() ?? '',
  DOCKERD_BIN: docker?.dockerd ?? '',
  BUSYBOX_BIN: docker?.busybox ?? '',
};
for (const name of wanted.length > 0 ? wanted : all) {
  console.log(`\n== ${name}`);
  const run = spawnSync(process.execPath, ['--import', 'tsx', join(root, `benchmarks/${name}.ts`)], { cwd: root, stdio: 'inherit', env });
  if (run.status !== 0) process.exit(run.status ?? 1);
}
