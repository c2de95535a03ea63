import { Command, Option } from 'commander';
import type { EtcdSettings } from '../../server/etcd-options';
import type { LogFormat, LogLevel } from '../../server/logger';
import { createLogger } from '../../server/logger';
import type { CopyProgress, StoreCopy } from '../../store-copy';
import { copyBetween } from '../../store-copy';
import { etcdOptions, logFormatOption, logLevelOption } from '../options';
import { listenForStop } from '../signals';

interface CopyFlags extends EtcdSettings {
  readonly from: string;
  readonly to: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export function storeCommand(): Command {
  return new Command('store').description('Works on where a cluster is kept.').addCommand(copyCommand());
}

function copyCommand(): Command {
  const command = new Command('copy')
    .description('Moves a cluster to another store. No server may run on either; --from stays as it is.')
    .addOption(new Option('--from <url>', 'the store that has the cluster: embedded:DIR or etcd://HOST:PORT,…/PREFIX').makeOptionMandatory())
    .addOption(new Option('--to <url>', 'the store that is to have it; it must be empty').makeOptionMandatory());
  for (const made of etcdOptions()) command.addOption(made);
  return command
    .addOption(logLevelOption().default('warn'))
    .addOption(logFormatOption())
    .action(async (flags: CopyFlags) => runCopy(flags));
}

async function runCopy({ logLevel, logFormat, ...flags }: CopyFlags): Promise<void> {
  const logger = createLogger({ level: logLevel, format: logFormat, terminal: process.stderr.isTTY === true });
  const stop = listenForStop();
  const progress = process.stdout.isTTY === true ? new ProgressLine() : null;
  try {
    const copy = await copyBetween({ ...flags, logger, signal: stop.signal, onProgress: (now) => progress?.show(now) });
    progress?.clear();
    process.stdout.write(summaryText(copy));
  } finally {
    progress?.clear();
    stop.release();
  }
}

/** One line of a terminal that is written over. */
class ProgressLine {
  private last = '';

  show({ phase, keys }: CopyProgress): void {
    if (keys % 100 !== 0) return;
    this.write(`podql: ${phase}, ${keys} keys`);
  }

  clear(): void {
    if (this.last !== '') this.write('');
  }

  private write(text: string): void {
    process.stdout.write(`\r${text.padEnd(this.last.length)}${text === '' ? '\r' : ''}`);
    this.last = text;
  }
}

/** Pure. */
export function summaryText({ from, to, keys, bytes, byFolder, leasedKeys, emptied, hash, revision, firstRevision }: StoreCopy): string {
  const folders = Object.entries(byFolder).map(([folder, count]) => `${folder} ${count}`);
  const lines = [
    `copied ${keys} keys (${bytes} bytes) as of version ${revision}: ${folders.join(', ')}`,
    `from ${from.dataPlace}, which stays as it is: start no server on it any more`,
    `to ${to.dataPlace}`,
    ...(emptied > 0 ? [`${emptied} keys that an interrupted copy had left there were removed first`] : []),
    ...(leasedKeys > 0 ? [`left out: ${leasedKeys} key${leasedKeys === 1 ? '' : 's'} under leases (signs of life of nodes, events); nodes register again by themselves`] : []),
    `read back and compared with --from: equal (sha256 ${hash})`,
    `versions go on at ${firstRevision}: subscribers that resume are told RESYNC`,
    `start the server with --store ${to.store}, and on this machine with the --runtime-folder it had, so that it finds its containers`,
  ];
  if (from.etcd === null) lines.push(`unless --runtime-folder was given, that was ${from.runtimeFolder}`);
  return lines.map((line) => `podql: ${line}\n`).join('');
}
