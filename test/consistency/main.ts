import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { etcdBinary } from '../support/etcd/etcd-binary';
import { projectRoot } from '../support/podql-process';
import { report } from './report';
import { run } from './run';

/** The long run. Usage: main.ts [--minutes 10] [--seed N] [--history FILE] */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' }, history: { type: 'string' } } });
  const seed = Number(values.seed ?? process.pid);
  const minutes = Number(values.minutes);
  const { obtainEtcd } = (await import(join(projectRoot, 'scripts/obtain.mjs'))) as { obtainEtcd(): string | undefined };
  const etcd = etcdBinary() ?? obtainEtcd();
  if (etcd === undefined || !Number.isSafeInteger(seed) || !(minutes > 0)) throw new Error('needs an etcd (ETCD_BIN), and numbers for --minutes and --seed');
  const historyFile = values.history ?? join(tmpdir(), `podql-consistency-${seed}.jsonl`);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  print(`seed ${seed}: ${minutes} minutes; the history is in ${historyFile}`);
  const result = await run({ seed, etcd, historyFile, print, isEnough: ({ milliseconds }) => milliseconds >= minutes * 60_000 });
  for (const line of report(seed, result)) print(line);
  if (result.violations.length > 0) {
    print(`the history is kept in ${historyFile}; again with --seed ${seed}`);
    return 1;
  }
  if (values.history === undefined) for (const file of [historyFile, ...[0, 1].map((server) => `${historyFile}.server-${server}.log`)]) rmSync(file);
  return 0;
}

void main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(2);
  },
);
