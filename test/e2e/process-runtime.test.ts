import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Container } from '../../src/api/pod';
import { sleep, systemClock } from '../../src/base/clock';
import { systemIdentity } from '../../src/base/identity';
import type { ContainerConfig, ContainerRecord } from '../../src/kubelet/runtime/runtime';
import { aContainer, aPodSpec } from '../support/builders';
import { RuntimeProcess } from '../support/runtime-process';

const podUid = systemIdentity.uid();
let folder: string;
let runtime: RuntimeProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podql-e2e-runtime-'));
  await writeFile(journal(), '');
  runtime = await RuntimeProcess.start(join(folder, 'runtime'));
  await runtime.ensureSandbox({ podUid, namespace: 'default', podName: 'web', spec: aPodSpec(), hostname: null });
});

afterEach(async () => {
  // A test that failed half-way may have left no runtime to clean up with.
  await crashAndReopen();
  await Promise.all((await runtime.list()).map(({ id }) => runtime.stop(id, 0)));
  await runtime.removeSandbox(podUid);
  await runtime.kill();
  await rm(folder, { recursive: true, force: true });
});

async function crashAndReopen(): Promise<void> {
  await runtime.kill();
  runtime = await RuntimeProcess.start(join(folder, 'runtime'));
}

/** Each run of a program appends one line to it: its name. */
const journal = (): string => join(folder, 'journal');
const runs = async (): Promise<string[]> => (await readFile(journal(), 'utf8')).split('\n').filter((line) => line !== '').sort();

function config(name: string, script: string, attempt = 0): ContainerConfig {
  const container: Container = aContainer({ name, command: ['/bin/sh', '-c', `echo ${name} >>${journal()}; ${script}`] });
  return { identity: { podUid, containerName: name, attempt, init: false }, namespace: 'default', podName: 'web', container, spec: aPodSpec(), extraEnv: {}, notes: {}, annotations: {} };
}

async function run(name: string, script: string): Promise<string> {
  const { id } = await runtime.create(config(name, script));
  await runtime.startContainer(id);
  return id;
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const deadline = systemClock.monotonic() + 25_000;
  while (!(await condition())) {
    if (systemClock.monotonic() > deadline) throw new Error('it never became true');
    await sleep(systemClock, 10);
  }
}

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `c${String(i).padStart(2, '0')}`);
const pids = (records: readonly ContainerRecord[]): Record<string, string | null> =>
  Object.fromEntries(records.map((record) => [record.identity.containerName, record.containerID]));

const byName = (records: readonly ContainerRecord[]): ContainerRecord[] => [...records].sort((a, b) => (a.id < b.id ? -1 : 1));
const pidOf = (record: ContainerRecord): number => Number(record.containerID?.replace('process://', ''));

async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/\) Z /.test(stat);
}

test('twenty containers keep their processes when the kubelet is killed, and nothing is doubled', async () => {
  await Promise.all(names(20).map((name) => run(name, 'exec sleep 100000')));
  await eventually(async () => (await runs()).length === 20);
  const before = await runtime.list();
  await crashAndReopen();
  const after = await runtime.list();
  expect(after.map((record) => record.phase)).toEqual(before.map(() => 'running'));
  expect(pids(after)).toEqual(pids(before));
  await Promise.all(after.map(({ id }) => runtime.startContainer(id)));
  expect(pids(await runtime.list())).toEqual(pids(before));
  expect(await runs()).toEqual(names(20));
  for (const record of after) expect(await isAlive(pidOf(record))).toBe(true);
});

test('ends that nobody saw have their code', async () => {
  const gate = join(folder, 'gate');
  await Promise.all(names(20).map((name, i) => run(name, i % 2 === 0 ? `while [ ! -e ${gate} ]; do sleep 0.02; done; exit ${i + 1}` : 'exec sleep 100000')));
  const before = byName(await runtime.list());
  await runtime.kill();
  await writeFile(gate, '');
  const leaving = before.filter((_, i) => i % 2 === 0).map(pidOf);
  await eventually(async () => (await Promise.all(leaving.map(isAlive))).every((alive) => !alive));
  runtime = await RuntimeProcess.start(join(folder, 'runtime'));
  await eventually(async () => (await runtime.list()).filter((record) => record.phase === 'exited').length === 10);
  const found = byName(await runtime.list());
  expect(found.map(({ phase, exit }) => exit?.exitCode ?? phase)).toEqual(names(20).map((_, i) => (i % 2 === 0 ? i + 1 : 'running')));
});

test('fifty containers end with fifty codes', async () => {
  const ids = await Promise.all(names(50).map((name, i) => run(name, `exit ${i}`)));
  await eventually(async () => (await runtime.list()).every((record) => record.phase === 'exited'));
  const codes = await Promise.all(ids.map(async (id) => (await runtime.inspect(id))?.exit?.exitCode));
  expect(codes).toEqual(ids.map((_, i) => i));
});

test('a crash between create and start, and starts repeated after it, run each program once', async () => {
  await Promise.all(names(10).map((name) => runtime.create(config(name, 'exec sleep 100000'))));
  await crashAndReopen();
  const created = await runtime.list();
  expect(created.map((record) => record.phase)).toEqual(names(10).map(() => 'created'));
  await Promise.all(created.flatMap(({ id }) => [runtime.startContainer(id), runtime.startContainer(id)]));
  await eventually(async () => (await runs()).length >= 10);
  expect(await runs()).toEqual(names(10));
});

test('a crash in the middle of many starts, at any point, runs each program once', async () => {
  const all: string[] = [];
  for (let answers = 0; answers < 8; answers += 1) {
    const mine = names(8).map((name) => `r${answers}-${name}`);
    all.push(...mine);
    const ids = await Promise.all(mine.map(async (name) => (await runtime.create(config(name, 'exec sleep 100000'))).id));
    let answered = 0;
    await new Promise<void>((resolve) => {
      for (const id of ids) {
        void runtime
          .startContainer(id)
          .then(() => (answered += 1) >= answers && resolve())
          .catch(() => undefined);
      }
      if (answers === 0) resolve();
    });
    await crashAndReopen();
    await Promise.all(ids.map((id) => runtime.startContainer(id)));
  }
  await eventually(async () => (await runs()).length >= all.length);
  const records = await runtime.list();
  expect(records.map(({ phase }) => phase)).toEqual(all.map(() => 'running'));
  expect(await runs()).toEqual(all.sort());
  expect(new Set(Object.values(pids(records))).size).toBe(all.length);
});

test('grandchildren that left the group are killed on stop, also by a kubelet that did not start them', async () => {
  const pidFile = join(folder, 'daemon.pid');
  const id = await run('main', `setsid setsid -f sh -c 'echo $$$$ >${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 100000'; exec sleep 100000`);
  await eventually(async () => (await readdir(folder)).includes('daemon.pid'));
  const pid = Number(await readFile(pidFile, 'utf8'));
  await crashAndReopen();
  expect(await isAlive(pid)).toBe(true);
  await runtime.stop(id, 10);
  expect(await isAlive(pid)).toBe(false);
  expect((await runtime.inspect(id))?.exit).toMatchObject({ exitCode: 143, signal: 15 });
});

test('a directory belongs to one living kubelet', async () => {
  await expect(RuntimeProcess.start(join(folder, 'runtime'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await crashAndReopen();
  expect(await runtime.list()).toEqual([]);
});
