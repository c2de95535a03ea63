// `npm test`: obtains what is needed, builds, and runs every test. The last line is "N passed, N failed[, N skipped]".
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { obtainChromium, obtainDocker, obtainEtcd, obtainEtcdctl, obtainNewerEtcd } from './obtain.mjs';

const root = join(import.meta.dirname, '..');
const docker = obtainDocker();
const obtained = {
  CHROME_BIN: obtainChromium() ?? '',
  ETCD_BIN: obtainEtcd() ?? '',
  ETCD_NEWER_BIN: obtainNewerEtcd() ?? '',
  ETCDCTL_BIN: obtainEtcdctl() ?? '',
  DOCKERD_BIN: docker?.dockerd ?? '',
  BUSYBOX_BIN: docker?.busybox ?? '',
};

const build = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { cwd: root, stdio: 'inherit' });
if (build.status !== 0) process.exit(build.status ?? 1);

const jest = spawnSync(
  process.execPath,
  [join(root, 'node_modules/jest/bin/jest.js'), '--maxWorkers=2', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env: { ...process.env, ...obtained, PODQL_TEST: '1' } },
);
process.exit(jest.status ?? 1);
