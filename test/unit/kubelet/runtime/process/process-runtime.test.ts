import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container, Volume } from '../../../../../src/api/pod';
import { systemIdentity } from '../../../../../src/base/identity';
import type { ProcessRuntimeOptions } from '../../../../../src/kubelet/runtime/process/process-runtime';
import { readStat } from '../../../../../src/kubelet/runtime/process-identity';
import { refuseStart } from '../../../../../src/kubelet/runtime/process/container-state';
import { containerFolder } from '../../../../../src/kubelet/runtime/process/layout';
import { startShim } from '../../../../../src/kubelet/runtime/process/shim';
import type { ContainerRecord, ContainerRuntime } from '../../../../../src/kubelet/runtime/runtime';
import { aContainer, aPodSpec } from '../../../../support/builders';
import { eventually, openProcessRuntime, temporaryDirectory } from './support';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let runtime: ContainerRuntime;
const podUid = systemIdentity.uid();

beforeEach(async () => {
  folder = await temporaryDirectory();
  await open();
});

afterEach(async () => {
  for (const { id } of await runtime.list()) await runtime.stop(id, 0);
  for (const sandbox of await runtime.listSandboxes()) await runtime.removeSandbox(sandbox.podUid);
  await runtime.close();
  await folder.remove();
});

async function open(more: Partial<ProcessRuntimeOptions> = {}): Promise<void> {
  runtime = await openProcessRuntime(join(folder.path, 'runtime'), more);
}

async function reopen(more: Partial<ProcessRuntimeOptions> = {}): Promise<void> {
  await runtime.close();
  await open(more);
}

async function sandbox(volumes: readonly Volume[] = []): Promise<void> {
  await runtime.ensureSandbox({ podUid, namespace: 'default', podName: 'web', spec: aPodSpec({ volumes }), hostname: null });
}

let attempt = 0;
async function create(container: Partial<Container>, extraEnv: Record<string, string> = {}): Promise<ContainerRecord> {
  attempt += 1;
  return runtime.create({
    identity: { podUid, containerName: 'main', attempt, init: false },
    namespace: 'default',
    podName: 'web',
    container: aContainer(container),
    spec: aPodSpec(), extraEnv,
    notes: {},
    annotations: {},
  });
}

async function run(container: Partial<Container>, extraEnv: Record<string, string> = {}): Promise<string> {
  const { id } = await create(container, extraEnv);
  await runtime.start(id);
  return id;
}

const shell = (script: string): Partial<Container> => ({ command: ['/bin/sh', '-c', script] });

async function ended(id: string): Promise<ContainerRecord> {
  let record: ContainerRecord | null = null;
  await eventually(async () => (record = await runtime.inspect(id))?.phase === 'exited');
  if (!record) throw new Error('it is gone');
  return record;
}

async function output(id: string): Promise<string[]> {
  return (await runtime.logs(id, { tailLines: 1000 })).map((line) => line.text);
}

/** Runs to the end and gives its output. */
async function outputOf(container: Partial<Container>, extraEnv: Record<string, string> = {}): Promise<string[]> {
  const id = await run(container, extraEnv);
  const { exit } = await ended(id);
  expect(exit).toMatchObject({ exitCode: 0 });
  return output(id);
}

async function firstLine(id: string): Promise<string> {
  await eventually(async () => (await output(id)).length > 0);
  return (await output(id))[0] ?? '';
}

async function isRunning(pid: number): Promise<boolean> {
  const found = await readStat(pid);
  return found !== null && found.state !== 'Z';
}

function pidOf(record: ContainerRecord | null): number {
  return Number(record?.containerID?.replace('process://', ''));
}

const containerDirectory = (record: ContainerRecord) =>
  join(folder.path, 'runtime/pods', podUid, 'containers', `main.${record.identity.attempt}`);

describe('what a program finds', () => {
  test('its environment is made from scratch', async () => {
    await sandbox();
    process.env.PODQL_TEST_LEAK = 'secret';
    const lines = await outputOf({ command: ['/usr/bin/env'], env: [{ name: 'MINE', value: 'with $(PODQL_POD_NAME) and ünïcödé ✓' }] }, { PODQL_POD_NAME: 'web' });
    delete process.env.PODQL_TEST_LEAK;
    const names = lines.map((line) => line.split('=')[0]);
    // PWD is a present of the shell.
    expect(names.filter((name) => name !== 'PWD').sort()).toEqual(['HOME', 'MINE', 'PATH', 'PODQL_CONTAINER_ID', 'PODQL_NODE_NAME', 'PODQL_POD_NAME']);
    expect(lines).toContain('MINE=with web and ünïcödé ✓');
  });

  test('variables with names that no shell knows arrive too', async () => {
    await sandbox();
    const env = [
      { name: 'app.config-file', value: "it's $HOME" },
      { name: 'UID', value: '7' },
      { name: 'podql_dir', value: 'mine' },
    ];
    const lines = await outputOf({ command: ['/usr/bin/env'], env });
    expect(lines).toEqual(expect.arrayContaining(["app.config-file=it's $HOME", 'UID=7', 'podql_dir=mine']));
  });

  test('arguments arrive word by word, whatever they contain', async () => {
    await sandbox();
    const args = ['a b', '', '*', '"', "'", '\\', '`id`', '-n', 'ā\u0081', 'line\nbreak'];
    const lines = await outputOf({ command: [process.execPath, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--'], args });
    expect(JSON.parse(lines[0] ?? '')).toEqual(args);
  });

  test('signals are at their defaults, and its input is empty', async () => {
    await sandbox();
    const lines = await outputOf(shell('grep -E "Sig(Ign|Blk)" /proc/self/status; cat'));
    expect(lines.map((line) => line.split(/\s+/)[1])).toEqual(['0000000000000000', '0000000000000000']);
  });

  test('it runs in a directory of its pod unless it names another', async () => {
    await sandbox();
    expect(await outputOf({ command: ['pwd'] })).toEqual([join(folder.path, 'runtime/pods', podUid, 'work')]);
    expect(await outputOf({ command: ['pwd'], workingDir: '/' })).toEqual(['/']);
  });

  test('nothing but input, output and error output is open in it', async () => {
    await sandbox();
    const id = await run({ command: ['sleep', '100000'] });
    const pid = pidOf(await runtime.inspect(id));
    // Asleep: the loader, which opens files while a program starts, has done its work.
    const asleep = async (of: number): Promise<boolean> => (await readFile(`/proc/${of}/comm`, 'utf8')) === 'sleep\n' && (await readStat(of))?.state === 'S';
    await eventually(() => asleep(pid));
    // What this process was itself given by whoever started it is given on to every child.
    const plain = spawn('sleep', ['100000'], { stdio: 'ignore' });
    await once(plain, 'spawn');
    await eventually(() => asleep(plain.pid ?? 0));
    const usual = await readdir(`/proc/${plain.pid}/fd`);
    plain.kill('SIGKILL');
    expect(usual).toEqual(expect.arrayContaining(['0', '1', '2']));
    expect((await readdir(`/proc/${pid}/fd`)).sort()).toEqual(usual.sort());
  });
});

describe('volumes', () => {
  const mount = (name: string, subPath: string | null = null) => ({ name, mountPath: `/${name}`, readOnly: false, subPath });

  test('a container is told the directories of its volumes', async () => {
    const shared = join(folder.path, 'shared');
    await sandbox([
      { name: 'my-data', emptyDir: { medium: '', sizeLimit: null }, hostPath: null },
      { name: 'host', emptyDir: null, hostPath: { path: shared, type: 'DirectoryOrCreate' } },
    ]);
    const volumes = join(folder.path, 'runtime/pods', podUid, 'volumes');
    const volumeMounts = [mount('my-data', 'deep/er'), mount('my-data'), mount('host')];
    expect(await outputOf({ command: ['echo', '$(PODQL_VOLUME_MY_DATA)', '$(PODQL_VOLUME_HOST)'], volumeMounts })).toEqual([
      `${join(volumes, 'my-data/deep/er')} ${shared}`,
    ]);
    expect((await stat(join(volumes, 'my-data/deep/er'))).isDirectory()).toBe(true);
    expect((await stat(shared)).isDirectory()).toBe(true);
  });

  test.each([
    [{ path: '/no/such/place', type: 'Directory' }, 'hostPath /no/such/place of volume data does not exist'],
    [{ path: '/etc/passwd', type: 'Directory' }, 'hostPath /etc/passwd of volume data is not a directory'],
    [{ path: '/etc', type: 'File' }, 'hostPath /etc of volume data is not a file'],
    [{ path: '/proc/podql', type: 'DirectoryOrCreate' }, expect.stringContaining('hostPath /proc/podql of volume data cannot be made: Error: ENOENT')],
    [{ path: '/etc', type: 'Socket' }, 'hostPath /etc of volume data has the type Socket, which this runtime does not know'],
  ])('a host path that is not what it should be is a start error: %j', async (hostPath, message) => {
    await sandbox([{ name: 'data', emptyDir: null, hostPath }]);
    const id = await run({ command: ['true'], volumeMounts: [mount('data')] });
    expect((await runtime.inspect(id))?.exit).toMatchObject({ exitCode: 128, reason: 'StartError', message });
  });

  test('a sub-path does not lead out of its volume', async () => {
    await sandbox([{ name: 'data', emptyDir: { medium: '', sizeLimit: null }, hostPath: null }]);
    const id = await run({ command: ['true'], volumeMounts: [mount('data', 'a/../../..')] });
    expect((await runtime.inspect(id))?.exit).toMatchObject({ reason: 'StartError', message: expect.stringContaining('leads out of the volume') });
  });

  test('what a container made read-only is removed all the same', async () => {
    await sandbox([{ name: 'data', emptyDir: { medium: '', sizeLimit: null }, hostPath: null }]);
    await outputOf({ ...shell('mkdir -p "$PODQL_VOLUME_DATA/a/b" && chmod 0500 "$PODQL_VOLUME_DATA/a"'), volumeMounts: [mount('data')] });
    await runtime.removeSandbox(podUid);
    expect(await readdir(join(folder.path, 'runtime/pods'))).toEqual([]);
    expect(await readdir(join(folder.path, 'runtime/trash'))).toEqual([]);
  });
});

describe('start errors', () => {
  test.each<[string, Partial<Container>, number, string]>([
    ['no command', { command: [] }, 128, 'container main has no command: image host is this machine itself, so command must name a program'],
    ['a missing working directory', { command: ['true'], workingDir: '/no/such' }, 128, 'working directory /no/such does not exist'],
    ['a file that is no program', { command: ['/etc/passwd'] }, 126, '/etc/passwd is not executable (EACCES)'],
    ['a program outside of PATH', { command: ['ls'], env: [{ name: 'PATH', value: '/nowhere' }] }, 127, 'program ls was not found in PATH (/nowhere)'],
    ['a NUL in an argument', { command: ['echo', '\0'] }, 128, 'container main: command and env must not contain a NUL character'],
  ])('%s', async (_name, container, exitCode, message) => {
    await sandbox();
    const id = await run(container);
    expect((await runtime.inspect(id))?.exit).toMatchObject({ exitCode, signal: null, reason: 'StartError', message });
  });

  test('an argument list that the system refuses', async () => {
    await sandbox();
    const id = await run({ command: ['echo', 'x'.repeat(200_000)] });
    expect((await runtime.inspect(id))?.exit).toMatchObject({ exitCode: 126, reason: 'StartError', message: expect.stringContaining('E2BIG') });
  });

  test("a program's own 127 is its own business", async () => {
    await sandbox();
    expect((await ended(await run(shell('no-such-command-at-all')))).exit).toMatchObject({ exitCode: 127, reason: 'Error', message: null });
  });
});

describe('ends', () => {
  test('what is left of the process group goes with the program', async () => {
    await sandbox();
    const id = await run(shell('sleep 100000 & echo $!'));
    const pid = Number(await firstLine(id));
    expect((await ended(id)).exit).toMatchObject({ exitCode: 0 });
    await eventually(async () => !(await isRunning(pid)));
  });

  test('a process that left the group is killed by stop', async () => {
    await sandbox();
    const id = await run(shell('setsid sh -c "echo \\$\\$; exec sleep 100000" & exec sleep 100000'));
    const pid = Number(await firstLine(id));
    expect(await isRunning(pid)).toBe(true);
    await runtime.stop(id, 60);
    expect(await isRunning(pid)).toBe(false);
  });

  test('a daemon is killed when the program that started it has ended', async () => {
    await sandbox();
    const id = await run(shell('setsid sh -c "echo \\$\\$; : > said; exec sleep 100000" & until [ -e said ]; do sleep 0.01; done'));
    const pid = Number(await firstLine(id));
    await ended(id);
    await eventually(async () => !(await isRunning(pid)));
  });

  test('no daemon of the attempt before is there when the next one starts', async () => {
    await sandbox();
    const first = await run(shell('setsid sh -c "echo \\$\\$; : > said; exec sleep 100000" & until [ -e said ]; do sleep 0.01; done'));
    const pid = Number(await firstLine(first));
    await ended(first);
    await run(shell('true'));
    expect(await isRunning(pid)).toBe(false);
  });

  test('a stopped program is stopped for good', async () => {
    await sandbox();
    const id = await run(shell('echo ready; exec sleep 100000'));
    await firstLine(id);
    const pid = pidOf(await runtime.inspect(id));
    process.kill(pid, 'SIGSTOP');
    await eventually(async () => (await readStat(pid))?.state === 'T');
    await runtime.stop(id, 0.1);
    expect((await runtime.inspect(id))?.exit).toMatchObject({ exitCode: 137, signal: 9 });
  });

  test('a container whose shim was killed is lost, and so is what it ran', async () => {
    await sandbox();
    const id = await run(shell('echo $$$$; exec sleep 100000'));
    const pid = Number(await firstLine(id));
    const [, stats] = (await readFile(join(containerDirectory((await runtime.inspect(id))!), 'started'), 'utf8')).split('\n');
    process.kill(Number.parseInt(stats ?? '', 10), 'SIGKILL');
    const lost = await ended(id);
    expect(lost.exit).toMatchObject({ exitCode: 137, signal: null, reason: 'ContainerStatusUnknown', message: 'the exit code is not known: its supervising process was killed' });
    await eventually(async () => !(await isRunning(pid)));
    await reopen();
    expect(await runtime.inspect(id)).toEqual(lost);
  });

  test('after a restart of the machine what ran is lost', async () => {
    await sandbox();
    const record = await create(shell('true'));
    const started = join(containerDirectory(record), 'started');
    await runtime.close();
    // As the shim of an earlier boot left it; this test's own pid and start time belong to somebody else then.
    await writeFile(started, `an-earlier-boot\n${await readFile('/proc/self/stat', 'utf8')}${containerDirectory(record)}\n`);
    await open();
    expect(await runtime.inspect(record.id)).toMatchObject({
      phase: 'exited',
      exit: { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'the exit code is not known: the machine was restarted while it ran' },
    });
  });

  test('a container whose directory was removed by hand ends as unknown and can be removed', async () => {
    await sandbox();
    const id = await run(shell('echo ready; exec sleep 100000'));
    await firstLine(id);
    const record = await runtime.inspect(id);
    await rm(containerDirectory(record!), { recursive: true });
    expect((await runtime.inspect(id))?.phase).toBe('running');
    await runtime.stop(id, 60);
    expect((await runtime.inspect(id))?.exit).toMatchObject({ exitCode: 137, reason: 'ContainerStatusUnknown' });
    await runtime.remove(id);
    expect(await runtime.list()).toEqual([]);
  });
});

describe('a start that is repeated', () => {
  /** As a kubelet does that was killed right after, or that knows nothing of what happened since. */
  async function lateShim(directory: string, mark: string): Promise<number | null> {
    const launch = { command: ['touch', mark], environment: { PATH: '/usr/bin:/bin' }, cwd: '/' };
    const shim = await startShim({ directory, launch, stdout: join(folder.path, 'out'), stderr: join(folder.path, 'err') });
    return shim.ended;
  }

  test('a second shim for one container does nothing', async () => {
    await sandbox();
    const id = await run(shell('exec sleep 100000'));
    const record = await runtime.inspect(id);
    const mark = join(folder.path, 'it-ran');
    expect(await lateShim(containerDirectory(record!), mark)).toBe(75);
    await expect(stat(mark)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await runtime.inspect(id)).toEqual(record);
  });

  test('a shim that comes while the container is removed does nothing', async () => {
    await sandbox();
    const directory = containerDirectory(await create(shell('true')));
    const mark = join(folder.path, 'it-ran');
    await refuseStart(containerFolder(directory), { exitCode: 128, message: 'removed' });
    expect(await lateShim(directory, mark)).toBe(75);
    await rm(directory, { recursive: true });
    expect(await lateShim(directory, mark)).toBe(74);
    await expect(stat(mark)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a start that another process made meanwhile is adopted', async () => {
    await sandbox();
    const record = await create(shell('exec sleep 100000'));
    const launch = { command: ['sleep', '100000'], environment: { PATH: '/usr/bin:/bin', PODQL_CONTAINER_ID: record.id }, cwd: '/' };
    const shim = await startShim({ directory: containerDirectory(record), launch, stdout: join(folder.path, 'out'), stderr: join(folder.path, 'err') });
    await Promise.all([runtime.start(record.id), runtime.start(record.id)]);
    await shim.settled;
    const running = await runtime.inspect(record.id);
    expect(running?.phase).toBe('running');
    const child = await readFile(join(containerDirectory(record), 'child'), 'utf8');
    expect(pidOf(running)).toBe(Number.parseInt(child, 10));
  });
});

describe('logs', () => {
  test('both streams are there with their names', async () => {
    await sandbox();
    const id = await run(shell('echo out; echo err >&2; printf "no end"'));
    await ended(id);
    const lines = await runtime.logs(id, { tailLines: 10 });
    expect(lines.map(({ stream, text }) => `${stream}: ${text}`).sort()).toEqual(['stderr: err', 'stdout: no end', 'stdout: out']);
  });

  test('a log that grows beyond its limit is rotated while the program writes on', async () => {
    await reopen({ logLimits: { rotateBytes: 10_000, lineBytes: 1000, readBytes: 1_000_000 } });
    await sandbox();
    const directory = containerDirectory((await create(shell('i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo "line $i"; done; exec sleep 100000')))!);
    const [record] = await runtime.list();
    await runtime.start(record?.id ?? '');
    await eventually(async () => (await output(record?.id ?? '')).at(-1) === 'line 2000');
    await eventually(async () => (await readdir(directory)).includes('stdout.log.1'));
    await eventually(async () => (await stat(join(directory, 'stdout.log'))).size <= 10_000);
    expect((await output(record?.id ?? '')).at(-1)).toBe('line 2000');
  });
});

describe('the directory', () => {
  test('only its owner can look into it', async () => {
    await sandbox();
    const id = await run(shell('echo x'));
    const record = await ended(id);
    const modes = await Promise.all([join(folder.path, 'runtime'), containerDirectory(record)].map(async (path) => ((await stat(path)).mode & 0o777).toString(8)));
    expect(modes).toEqual(['700', '700']);
    for (const name of await readdir(containerDirectory(record))) {
      expect([name, ((await stat(join(containerDirectory(record), name))).mode & 0o777).toString(8)]).toEqual([name, '600']);
    }
  });

  test('a directory that cannot be made is UNAVAILABLE', async () => {
    await writeFile(join(folder.path, 'file'), '');
    await expect(openProcessRuntime(join(folder.path, 'file/runtime'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('what runs under a directory that was copied is not taken for the copy\'s', async () => {
    await sandbox();
    const id = await run(shell('echo ready; exec sleep 100000'));
    await firstLine(id);
    await cp(join(folder.path, 'runtime'), join(folder.path, 'copy'), { recursive: true });
    const copy = await openProcessRuntime(join(folder.path, 'copy'));
    expect(await copy.inspect(id)).toMatchObject({ phase: 'exited', exit: { reason: 'ContainerStatusUnknown' } });
    await copy.remove(id);
    await copy.removeSandbox(podUid);
    await copy.close();
    expect((await runtime.inspect(id))?.phase).toBe('running');
  });

  test('a record that cannot be read is removed with what it ran', async () => {
    await sandbox();
    const id = await run(shell('echo $$$$; exec sleep 100000'));
    const pid = Number(await firstLine(id));
    const record = await runtime.inspect(id);
    await runtime.close();
    await writeFile(join(containerDirectory(record!), 'record.json'), '{"identity":');
    await open();
    expect(await runtime.list()).toEqual([]);
    await eventually(async () => !(await isRunning(pid)));
  });

  test('rubbish of an interrupted creation or removal is cleared away', async () => {
    await sandbox();
    const record = await create(shell('true'));
    await runtime.close();
    const containers = join(containerDirectory(record), '..');
    await mkdir(join(containers, 'main.9.1.1.new'));
    await mkdir(join(folder.path, 'runtime/pods/half-made'));
    await rename(containerDirectory(record), join(folder.path, 'runtime/trash/gone'));
    await open();
    expect(await runtime.list()).toEqual([]);
    expect(await readdir(containers)).toEqual([]);
    expect(await readdir(join(folder.path, 'runtime/trash'))).toEqual([]);
    expect(await readdir(join(folder.path, 'runtime/pods'))).toEqual([podUid]);
  });

  test.each(['../evil', '', 'a/b', '.', 'a b'])('the name %j cannot leave it', async (name) => {
    await sandbox();
    await expect(runtime.ensureSandbox({ podUid: name, namespace: 'default', podName: 'web', spec: aPodSpec(), hostname: null })).rejects.toMatchObject({ code: 'INVALID' });
  });
});

test('an exec runs in the surroundings of its container', async () => {
  await sandbox();
  const id = await run({ ...shell('echo ready; exec sleep 100000'), workingDir: '/', env: [{ name: 'app.color', value: 'red' }] });
  await firstLine(id);
  expect(await runtime.exec(id, [process.execPath, '-e', 'process.exit(process.cwd() === "/" && process.env["app.color"] === "red" ? 0 : 1)'], 60)).toBe(0);
  expect(await runtime.exec(id, ['/no/such'], 60)).toBe(127);
  expect(await runtime.exec(id, ['/bin/sh', '-c', 'kill -TERM $$'], 60)).toBe(143);
});

test('only the image host is admitted unless names are ignored', async () => {
  expect(await runtime.admit(aContainer({ image: 'host' }), { pulled: false })).toEqual({ verdict: 'admitted' });
  expect(await runtime.admit(aContainer({ image: 'nginx:1' }), { pulled: false })).toEqual({
    verdict: 'refused',
    reason: 'ImageNotRunnable',
    message: 'image nginx:1 cannot be run by node node-a, which runs plain processes: use image: host, or start with --process-images=ignore, or use a node with Docker',
  });
  await reopen({ images: 'ignore' });
  expect(await runtime.admit(aContainer({ image: 'nginx:1' }), { pulled: false })).toEqual({ verdict: 'admitted' });
});

test('the end of a container that an earlier process started is announced', async () => {
  await sandbox();
  const gate = join(folder.path, 'gate');
  const id = await run(shell(`while [ ! -e ${gate} ]; do sleep 0.01; done; exit 9`));
  await reopen();
  const heard = new Promise<string>((resolve) => runtime.onChange(resolve));
  await writeFile(gate, '');
  expect(await heard).toBe(id);
  expect(await runtime.inspect(id)).toMatchObject({ phase: 'exited', exit: { exitCode: 9 } });
});

