import { existsSync } from 'node:fs';

/** Path of an etcd server; undefined where there is none (scripts/obtain.mjs finds or fetches it). */
export function etcdBinary(): string | undefined {
  return existing(process.env.ETCD_BIN);
}

/** Path of an etcd server of 3.5 or newer, beside the one most tests run against. */
export function newerEtcdBinary(): string | undefined {
  return existing(process.env.ETCD_NEWER_BIN);
}

/** Path of an etcdctl that can restore a snapshot under new revisions. */
export function etcdctlBinary(): string | undefined {
  return existing(process.env.ETCDCTL_BIN);
}

/** As `describe`; where there is no etcd its tests are skipped, and the reason stands in their names. */
export function describeWithEtcd(title: string, tests: (binary: string) => void): void {
  describeWith(etcdBinary(), { title, tests, missing: 'no etcd server; set ETCD_BIN' });
}

export function describeWithNewerEtcd(title: string, tests: (binary: string) => void): void {
  describeWith(newerEtcdBinary(), { title, tests, missing: 'no newer etcd server; set ETCD_NEWER_BIN' });
}

/** The tests get a newer etcd's path and an etcdctl's. */
export function describeWithEtcdctl(title: string, tests: (binary: string, etcdctl: string) => void): void {
  const etcdctl = etcdctlBinary();
  if (etcdctl !== undefined) describeWithNewerEtcd(title, (binary) => tests(binary, etcdctl));
  else describe.skip(`${title} (not here: no etcdctl of 3.5.16 or newer; set ETCDCTL_BIN)`, () => tests('', ''));
}

function describeWith(binary: string | undefined, suite: { title: string; tests: (binary: string) => void; missing: string }): void {
  if (binary !== undefined) describe(suite.title, () => suite.tests(binary));
  else describe.skip(`${suite.title} (not here: ${suite.missing})`, () => suite.tests(''));
}

function existing(path: string | undefined): string | undefined {
  return path && existsSync(path) ? path : undefined;
}
