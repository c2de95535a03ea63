import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isAlive, ownIdentity, parseStat, readBootId, readStat, signal } from '../../../../src/kubelet/runtime/process-identity';

const fields = 'S 1 42 42 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 987654 1000 100 18446744073709551615';

test('the start time is found behind any program name', () => {
  expect(parseStat(`42 (sleep) ${fields}`)).toEqual({ pid: 42, state: 'S', startTime: '987654' });
  expect(parseStat(`42 (a) b (c)) 7 ${fields}`)?.pid).toBe(42);
  expect(parseStat(`42 (x) R) ${fields}`)).toEqual({ pid: 42, state: 'S', startTime: '987654' });
});

test.each(['', '42', '42 (sleep) S 1', 'x (sleep) S 1 2 3'])('%j is no line of procfs', (text) => {
  expect(parseStat(text)).toBeNull();
});

test('a process is alive only under its own pid, start time and boot', async () => {
  const bootId = await readBootId();
  const own = await ownIdentity(bootId);
  expect(await isAlive(own, bootId)).toBe(true);
  expect(await isAlive({ ...own, startTime: '1' }, bootId)).toBe(false);
  expect(await isAlive(own, 'another boot')).toBe(false);
});

test('a zombie is not alive and a signal to nobody says so', async () => {
  const bootId = await readBootId();
  // A parent that does not wait for its child leaves a zombie behind.
  const parent = spawn('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 100000'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  let stat = await readStat(pid);
  while (stat && stat.state !== 'Z') stat = await readStat(pid);
  expect(stat).toMatchObject({ pid, state: 'Z' });
  expect(await isAlive({ pid, startTime: stat?.startTime ?? '', bootId }, bootId)).toBe(false);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  expect(signal(parent.pid ?? 0, 'SIGKILL')).toBe(false);
  expect(await readStat(parent.pid ?? 0)).toBeNull();
});
