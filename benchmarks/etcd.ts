/**
 * The store on etcd. First a full one: 100,000 pods in a real etcd; how long until a `podql server` process is ready, how much
 * memory it takes then, and for how long its event loop stood still at most while it loaded. Floor in the same run: a process that only reads
 * the same keys through etcd3 in pages. The bound: no stall above 100 ms.
 * Then writes through the store, with 1 and with 64 writers, beside the same transactions through etcd3 alone.
 */
import { fork, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { noop } from 'cockatiel';
import { Etcd3 } from 'etcd3';
import { systemClock } from '../src/base/clock';
import { encodeObject, thisWrite } from '../src/registry/codec';
import { KeySpace, registryPrefix } from '../src/registry/keys';
import { ContinuedStore } from '../src/registry/store/continued-store';
import { aRunningPod } from '../test/support/builders';
import { EtcdProcess, etcdBinary, newerEtcdBinary } from '../test/support/etcd/etcd-process';
import { endpointOf, storeAt } from '../test/support/etcd/etcd-store';
import { freePort, program } from '../test/support/podql-process';
import { median, milliseconds, quantile, table, timed } from './support/statistics';

const pods = Number(process.env.PODS ?? 100_000);
const loads = Number(process.env.LOADS ?? 3);
const rounds = 5;
const writesPerRound: Readonly<Record<number, number>> = { 1: 500, 64: 6_400 };
const bound = 100;
const singles = 25_000;
const pageSize = 2_000;

interface Load {
  readonly ready: number;
  readonly stall: number;
  readonly megabytes: number;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const keys = new KeySpace(registryPrefix);
const rawClient = (hosts: string): Etcd3 => new Etcd3({ hosts, faultHandling: { host: () => noop, global: noop }, grpcOptions: { 'grpc.max_receive_message_length': -1 } });

/**
 * Pods as the registry stores them; their average size in bytes. Most in transactions of many, which is quick. The last ones, more
 * than a server reads of the past, one by one, as podql writes them: etcd sends what is of one revision at once.
 */
async function fill(etcd: EtcdProcess): Promise<number> {
  const client = rawClient(etcd.url);
  let bytes = 0;
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < pods) {
      const first = next;
      const many = pods - first > singles ? 100 : 1;
      next += many;
      const success = Array.from({ length: many }, (_, i) => {
        const number = first + i;
        const pod = aRunningPod({
          name: `web-${number % 1000}-${String(number).padStart(6, '0')}`,
          labels: { app: `web-${number % 1000}`, tier: 'backend' },
          spec: { nodeName: `node-${number % 200}` },
        });
        const value = Buffer.from(encodeObject(pod, thisWrite));
        bytes += value.byteLength;
        return { request_put: { key: Buffer.from(`/podql${keys.ofObject('Pod', pod)}`), value } };
      });
      await client.kv.txn({ success });
    }
  };
  await Promise.all(Array.from({ length: 64 }, lane));
  client.close();
  return bytes / pods;
}

/** The floor's process: all keys, page by page, and nothing done with them. */
async function readRaw(url: string): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const client = rawClient(url);
  const kvs: unknown[] = [];
  const end = Buffer.from('/podql/registry0');
  let key = Buffer.from('/podql/registry/');
  let revision: string | number = 0;
  for (;;) {
    const page: Awaited<ReturnType<typeof client.kv.range>> = await client.kv.range({ key, range_end: end, limit: pageSize, revision });
    kvs.push(...page.kvs);
    revision = page.header.revision;
    const last = page.kvs.at(-1);
    if (!page.more || !last) break;
    key = Buffer.concat([last.key, Buffer.of(0)]);
  }
  if (kvs.length !== pods) throw new Error(`read ${kvs.length} of ${pods}`);
  client.close();
  process.send?.({ stall: delay.max / 1e6, megabytes: process.memoryUsage().rss / 2 ** 20 });
}

function floorLoad(url: string): Promise<Load> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = fork(__filename, ['raw', url], { execArgv: process.execArgv });
    child.once('message', (seen: Omit<Load, 'ready'>) => resolve({ ...seen, ready: performance.now() - start }));
    child.once('exit', (code) => reject(new Error(`the floor's process ended with ${code}`)));
  });
}

/**
 * The built program with a meter that is loaded before it. Stalls count from its first answer, whatever that is, because nobody can wait
 * for a server that does not listen yet; and until two seconds after it is ready, when it leads and its controllers have begun.
 */
async function serverLoad(etcd: EtcdProcess, folder: string): Promise<Load> {
  const port = await freePort();
  const meter = join(folder, 'meter.cjs');
  const report = join(folder, `report-${port}.json`);
  await writeFile(meter, meterText(report));
  const start = performance.now();
  const child = spawn(
    process.execPath,
    ['--require', meter, program, 'server', '--listen', `127.0.0.1:${port}`, '--store', `etcd://${endpointOf(etcd)}`, '--runtime', 'none', '--log-level', 'warn'],
    { stdio: ['ignore', 'ignore', 'inherit'], cwd: folder },
  );
  try {
    let answers = 0;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
      if (answer && (answers += 1) === 1) child.kill('SIGUSR2');
      if (answer?.status === 200) break;
      await pause(10);
    }
    const ready = performance.now() - start;
    await pause(2_000);
    child.kill('SIGUSR2');
    for (;;) {
      const text = await readFile(report, 'utf8').catch(() => '');
      if (text.endsWith('\n')) return { ready, ...(JSON.parse(text) as Omit<Load, 'ready'>) };
      await pause(10);
    }
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
}

/** SIGUSR2 begins, and the next one writes down what was seen since. */
function meterText(report: string): string {
  return `const { monitorEventLoopDelay } = require('node:perf_hooks');
const { writeFileSync, renameSync } = require('node:fs');
const delay = monitorEventLoopDelay({ resolution: 1 });
process.once('SIGUSR2', () => {
  delay.enable();
  process.once('SIGUSR2', () => {
    writeFileSync(${JSON.stringify(`${report}.draft`)}, JSON.stringify({ stall: delay.max / 1e6, megabytes: process.memoryUsage().rss / 2 ** 20 }) + '\\n');
    renameSync(${JSON.stringify(`${report}.draft`)}, ${JSON.stringify(report)});
  });
});
`;
}

type Write = (key: string, value: Uint8Array, expected: number) => Promise<number>;

/** Milliseconds for each of that many updates by `writers`, each of which waits for its answer; and for all of them. */
async function writing(write: Write, writers: number, writes: number): Promise<{ each: number[]; all: number }> {
  const value = new Uint8Array(768).fill(1);
  const each: number[] = [];
  const run = `${Date.now()}-${process.hrtime.bigint()}`;
  const all = await timed(() =>
    Promise.all(
      Array.from({ length: writers }, async (_, index) => {
        let revision = 0;
        for (let written = 0; written < writes / writers; written += 1) {
          each.push(await timed(async () => (revision = await write(`/bench/${run}/${index}`, value, revision))));
        }
      }),
    ),
  );
  return { each, all };
}

async function writes(etcd: EtcdProcess): Promise<void> {
  const store = new ContinuedStore(storeAt([endpointOf(etcd)], { clock: systemClock }));
  const client = rawClient(etcd.url);
  const through: Write = async (key, value, expected) => (await (expected === 0 ? store.create(key, value) : store.update(key, value, expected))).revision;
  const raw: Write = async (key, value, expected) => {
    const name = Buffer.from(key);
    const compare = [{ target: 'Mod' as const, result: 'Equal' as const, key: name, mod_revision: expected }];
    const { succeeded, header } = await client.kv.txn({ compare, success: [{ request_put: { key: name, value: Buffer.from(value) } }], failure: [{ request_range: { key: name } }] });
    if (!succeeded) throw new Error('a write was refused');
    return Number(header.revision);
  };
  const rows = [['writers', 'podql, writes/s', 'etcd3, writes/s', 'ratio', 'podql, median (p99)', 'etcd3, median (p99)', 'ratio']];
  for (const [writers, count] of Object.entries(writesPerRound).map(([key, value]) => [Number(key), value] as const)) {
    const samples: { podql: { each: number[]; all: number }; raw: { each: number[]; all: number } }[] = [];
    for (let round = -1; round < rounds; round += 1) {
      const sample = { raw: await writing(raw, writers, count), podql: await writing(through, writers, count) };
      if (round >= 0) samples.push(sample);
    }
    const rate = (which: 'podql' | 'raw'): string => ((count / median(samples.map((sample) => sample[which].all))) * 1000).toFixed(0);
    const each = (which: 'podql' | 'raw'): number[] => samples.flatMap((sample) => sample[which].each);
    const latency = (which: 'podql' | 'raw'): string => `${milliseconds(median(each(which)))} (${milliseconds(quantile(each(which), 0.99))})`;
    const throughput = median(samples.map(({ podql, raw: bare }) => bare.all / podql.all));
    rows.push([String(writers), rate('podql'), rate('raw'), throughput.toFixed(2), latency('podql'), latency('raw'), (median(each('podql')) / median(each('raw'))).toFixed(2)]);
  }
  client.close();
  await store.close();
  console.log(`\nCompare-and-swap of 768 bytes, etcd with fsync, median of ${rounds} rounds`);
  console.log(table(rows));
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'podql-bench-'));
  const etcd = await EtcdProcess.start({ binary: newerEtcdBinary() ?? etcdBinary(), fsync: true, heartbeatInterval: 100, electionTimeout: 1000 });
  try {
    let size = 0;
    const filling = await timed(async () => (size = await fill(etcd)));
    const samples: { floor: Load; podql: Load }[] = [];
    for (let round = 0; round < loads; round += 1) samples.push({ floor: await floorLoad(etcd.url), podql: await serverLoad(etcd, folder) });
    const of = (which: 'floor' | 'podql', what: keyof Load): number => median(samples.map((sample) => sample[which][what]));
    const worst = Math.max(...samples.map(({ podql }) => podql.stall));
    const row = (name: string, which: 'floor' | 'podql'): string[] => [name, milliseconds(of(which, 'ready')), `${of(which, 'megabytes').toFixed(0)} MB`, milliseconds(of(which, 'stall'))];
    const ratio = (what: keyof Load): string => `${(of('podql', what) / of('floor', what)).toFixed(1)} x`;
    console.log(`etcd ${(await etcd.gateway.status()).version}, ${pods} pods of ${size.toFixed(0)} bytes (written in ${(filling / 1000).toFixed(1)} s), median of ${loads} starts`);
    console.log(
      table([
        ['what', 'start to ready', 'resident memory', 'longest stall'],
        row('podql server, all caches and indexes', 'podql'),
        row(`etcd3 alone, pages of ${pageSize}`, 'floor'),
        ['ratio', ratio('ready'), ratio('megabytes'), ratio('stall')],
      ]),
    );
    console.log(`bound: no stall above ${bound} ms: ${worst <= bound ? 'kept' : 'BROKEN'} (worst ${milliseconds(worst)})`);
    await writes(etcd);
  } finally {
    await etcd.stop();
    await rm(folder, { recursive: true });
  }
}

if (process.argv[2] === 'raw') {
  void readRaw(process.argv[3] ?? '');
} else {
  // The clock's timers keep no process alive.
  const keepAlive = setInterval(() => undefined, 60_000);
  void main().finally(() => clearInterval(keepAlive));
}
