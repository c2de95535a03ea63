import { appendFile, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLimits } from '../../../../../src/kubelet/runtime/process/log-stream';
import { LogStream, defaultLogLimits } from '../../../../../src/kubelet/runtime/process/log-stream';
import { temporaryDirectory } from './support';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => (folder = await temporaryDirectory()));
afterEach(() => folder.remove());

function aStream(limits: Partial<LogLimits> = {}): LogStream {
  return new LogStream(folder.path, 'stdout', { ...defaultLogLimits, ...limits });
}

/** Output that was written at this second. */
async function write(stream: LogStream, text: string, second: number): Promise<void> {
  await appendFile(stream.path, text);
  await utimes(stream.path, second, second);
}

const texts = async (stream: LogStream, lines: number) => (await stream.tail(lines)).map((line) => line.text);

test('each line has the time at which its first byte was seen, also after a restart', async () => {
  const stream = aStream();
  await write(stream, 'one\ntwo\nthr', 100);
  await stream.look();
  await write(stream, 'ee\nfour\n', 200);
  await stream.look();
  await write(stream, 'unseen\n', 300);
  const expected = [
    { time: 100_000, text: 'one' },
    { time: 100_000, text: 'two' },
    { time: 100_000, text: 'three' },
    { time: 200_000, text: 'four' },
    { time: 300_000, text: 'unseen' },
  ];
  expect(await stream.tail(10)).toEqual(expected);
  expect(await aStream().tail(10)).toEqual(expected);
  expect(await aStream().tail(2)).toEqual(expected.slice(-2));
});

test('the last line is shown while it grows', async () => {
  const stream = aStream();
  await write(stream, 'done\nloading 50%', 100);
  expect(await texts(stream, 10)).toEqual(['done', 'loading 50%']);
  expect(await texts(stream, 1)).toEqual(['loading 50%']);
});

test('empty lines are lines', async () => {
  const stream = aStream();
  await write(stream, '\n\na\n\n', 100);
  expect(await texts(stream, 10)).toEqual(['', '', 'a', '']);
  expect(await texts(stream, 2)).toEqual(['a', '']);
});

test('no log is no lines', async () => {
  expect(await aStream().tail(10)).toEqual([]);
  await aStream().look();
});

test('every tail of a large log is the end of the whole', async () => {
  const stream = aStream();
  const all = Array.from({ length: 30_000 }, (_, i) => `line ${i} ${'x'.repeat(i % 17)}`);
  await writeFile(stream.path, all.map((line) => `${line}\n`).join(''));
  for (const lines of [1, 2, 999, 3000, 29_999, 30_000, 40_000]) expect(await texts(stream, lines)).toEqual(all.slice(-lines));
});

test('a long line is cut and says how much is missing', async () => {
  const stream = aStream({ lineBytes: 10 });
  await write(stream, `${'a'.repeat(25)}\nshort\n`, 100);
  expect(await texts(stream, 5)).toEqual([`${'a'.repeat(10)} [cut: 15 more bytes]`, 'short']);
});

test('not more than the limit is read, and never half a line of several', async () => {
  const stream = aStream({ readBytes: 64 * 1024 });
  const all = Array.from({ length: 5000 }, (_, i) => `line ${String(i).padStart(40)}`);
  await writeFile(stream.path, all.map((line) => `${line}\n`).join(''));
  const found = await texts(stream, 5000);
  expect(found.length).toBeLessThan(5000);
  expect(found).toEqual(all.slice(-found.length));
});

test('a log that grew too large is rotated and reads on as one', async () => {
  const stream = aStream({ rotateBytes: 1000 });
  await write(stream, `${'old\n'.repeat(300)}half `, 100);
  await stream.look();
  expect((await stat(stream.path)).size).toBe(0);
  await write(stream, 'line\nnew\n', 200);
  await stream.look();
  const lines = await stream.tail(400);
  expect(lines).toHaveLength(302);
  expect(lines.slice(-3)).toEqual([
    { time: 100_000, text: 'old' },
    { time: 100_000, text: 'half line' },
    { time: 200_000, text: 'new' },
  ]);
});

test('only one old generation is kept', async () => {
  const stream = aStream({ rotateBytes: 100 });
  for (const name of ['a', 'b', 'c']) {
    await write(stream, `${name}\n`.repeat(60), 100);
    await stream.look();
  }
  expect(new Set(await texts(stream, 1000))).toEqual(new Set(['c']));
});

test('a log that somebody emptied starts over', async () => {
  const stream = aStream();
  await write(stream, 'gone\n'.repeat(10), 100);
  await stream.look();
  await truncate(stream.path, 0);
  await stream.look();
  await write(stream, 'fresh\n', 200);
  await stream.look();
  expect(await stream.tail(10)).toEqual([{ time: 200_000, text: 'fresh' }]);
});

test('half a note left by a crash is cut off', async () => {
  const stream = aStream();
  await write(stream, 'one\n', 100);
  await stream.look();
  const times = join(folder.path, 'stdout.times');
  await appendFile(times, 'half');
  const later = aStream();
  await write(later, 'two\n', 200);
  await later.look();
  expect((await readFile(times)).length).toBe(32);
  expect((await later.tail(10)).map((line) => line.time)).toEqual([100_000, 200_000]);
});
