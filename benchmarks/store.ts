/**
 * Acknowledged writes per second of the embedded store, with 1 and with 64 writers in flight, 1 kB each.
 * Floor in the same run: a plain file, one append of as many bytes as are in flight, then fdatasync, then the next.
 */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/base/clock';
import { silentLogger } from '../src/base/logger';
import { openEmbeddedStore } from '../src/registry/store/embedded/store';
import { median, milliseconds, table, timed } from './support/statistics';

const valueBytes = 1024;
const rounds = 7;
const writesPerRound: Readonly<Record<number, number>> = { 1: 1000, 64: 12_800 };

/** Milliseconds for that many writes, in groups of `inFlight`. */
async function floor(folder: string, inFlight: number, writes: number): Promise<number> {
  const file = await open(join(folder, 'floor'), 'a');
  const group = Buffer.alloc(inFlight * valueBytes, 1);
  try {
    return await timed(async () => {
      for (let written = 0; written < writes; written += inFlight) {
        await file.write(group);
        await file.datasync();
      }
    });
  } finally {
    await file.close();
  }
}

/** Milliseconds for that many updates by `inFlight` writers, each of which waits for its acknowledgement. */
async function embedded(folder: string, inFlight: number, writes: number): Promise<number> {
  const store = await openEmbeddedStore({ directory: join(folder, 'store'), clock: systemClock, logger: silentLogger });
  const value = new Uint8Array(valueBytes).fill(1);
  const writer = async (key: string): Promise<void> => {
    const { item } = await store.get(key);
    let { revision } = item ? { revision: item.modRevision } : await store.create(key, value);
    for (let written = 0; written < writes / inFlight; written += 1) ({ revision } = await store.update(key, value, revision));
  };
  try {
    return await timed(() => Promise.all(Array.from({ length: inFlight }, (_, index) => writer(`/bench/${index}`))));
  } finally {
    await store.compact(await store.currentRevision());
    await store.close();
  }
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(process.env.BENCH_FOLDER ?? tmpdir(), 'podql-bench-'));
  const rows = [['in flight', 'store, writes/s', 'floor, writes/s', 'store/floor', 'per acknowledgement']];
  try {
    for (const [inFlight, writes] of Object.entries(writesPerRound).map(([key, count]) => [Number(key), count] as const)) {
      const samples: { store: number; floor: number }[] = [];
      for (let round = 0; round < rounds; round += 1) {
        samples.push({ floor: await floor(folder, inFlight, writes), store: await embedded(folder, inFlight, writes) });
      }
      const store = median(samples.map((sample) => sample.store));
      const bare = median(samples.map((sample) => sample.floor));
      const ratio = median(samples.map((sample) => sample.floor / sample.store));
      const perSecond = (time: number): string => ((writes / time) * 1000).toFixed(0);
      rows.push([String(inFlight), perSecond(store), perSecond(bare), ratio.toFixed(2), milliseconds((store / writes) * inFlight)]);
    }
    console.log(table(rows));
  } finally {
    await rm(folder, { recursive: true });
  }
}

void main();
