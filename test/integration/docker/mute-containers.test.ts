import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Container } from '../../../src/api/pod';
import { systemIdentity } from '../../../src/base/identity';
import type { ContainerRuntime } from '../../../src/kubelet/runtime/runtime';
import { aContainer, aPodSpec } from '../../support/builders';
import { describeWithDocker } from '../../support/docker/docker-binary';
import { openDockerRuntime } from '../../support/docker/docker-runtime';
import { DockerEngine } from '../../support/docker/engine';
import { EngineProxy } from '../../support/docker/engine-proxy';
import { RecordingLogger } from '../../support/recording-logger';
import { eventually } from '../../support/eventually';
import { temporaryFolder } from '../../support/temporary-folder';

const stays = 'trap "exit 3" TERM; while :; do sleep 0.01; done';

describeWithDocker('a container of which the engine does not say how it is', () => {
  let engine: DockerEngine;
  let proxy: EngineProxy;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let runtime: ContainerRuntime;
  let logger: RecordingLogger;
  let podUid: string;

  beforeAll(async () => {
    engine = await DockerEngine.start();
    proxy = await EngineProxy.start(engine);
  }, 60_000);

  afterAll(async () => {
    await proxy.close();
    await engine.dispose();
  });

  beforeEach(async () => {
    folder = await temporaryFolder('mute-containers');
    logger = new RecordingLogger();
    podUid = systemIdentity.uid();
    runtime = await open();
    await runtime.ensureSandbox({ podUid, namespace: 'default', podName: 'web', spec: aPodSpec(), hostname: null });
  });

  afterEach(async () => {
    proxy.fate = () => 'pass';
    for (const { id } of await runtime.list()) await runtime.stop(id, 1);
    await runtime.removeSandbox(podUid);
    await runtime.close();
    await folder.remove();
  });

  const open = (): Promise<ContainerRuntime> => openDockerRuntime(engine, folder.path, { host: proxy.dockerHost, logger });
  const warnings = () => logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
  const isInspect = (id: string, call: string): boolean => call.startsWith(`GET /containers/${id}/json`);

  async function run(name: string, script: string, more: Partial<Container> = {}): Promise<string> {
    const container = aContainer({ name, image: 'busybox', imagePullPolicy: 'IF_NOT_PRESENT', command: ['sh', '-c', script], ...more });
    const { id } = await runtime.create({ identity: { podUid, containerName: name, attempt: 0, init: false }, namespace: 'default', podName: 'web', container, spec: aPodSpec(), extraEnv: {}, notes: { step: '2' }, annotations: {} });
    await runtime.start(id);
    return id;
  }

  async function reopen(): Promise<void> {
    await runtime.close();
    runtime = await open();
  }

  const phases = async () => Object.fromEntries((await runtime.list()).map(({ identity, phase, exit }) => [identity.containerName, exit ? `${exit.reason} ${exit.exitCode}` : phase]));

  test('stays what it was; the others are seen, and it is asked for beside the looks', async () => {
    const mute = await run('mute', stays);
    await run('other', stays);
    expect(await phases()).toEqual({ mute: 'running', other: 'running' });
    proxy.fate = (call) => (isInspect(mute, call) ? 'hang' : 'pass');
    await engine.api.call('POST', `/containers/${mute}/kill?signal=TERM`);
    await engine.api.wait(mute);
    await run('late', 'exit 0');
    await eventually(async () => (await phases())['late'] === 'Completed 0');
    // The first look waited for it; from the second on it is what the list says.
    expect(await phases()).toEqual({ mute: 'Error 3', other: 'running', late: 'Completed 0' });
    expect(warnings()).toEqual(['the engine does not say how a container is; what is known of it stands']);
    proxy.fate = () => 'pass';
    await eventually(async () => (await runtime.list()).some(({ id, exit }) => id === mute && exit?.message === null));
  }, 60_000);

  test('is what the list says to a runtime that has never seen it, and is not run twice', async () => {
    const ended = await run('ended', 'exit 5');
    await engine.api.wait(ended);
    const running = await run('running', stays);
    const names = { containerName: 'ended', podUid, attempt: 0, init: false };
    proxy.fate = (call) => (isInspect(ended, call) || isInspect(running, call) ? 'cut' : 'pass');
    await reopen();
    const records = await runtime.list();
    expect(records.find(({ id }) => id === ended)).toMatchObject({ identity: names, namespace: 'default', podName: 'web', notes: { step: '2' }, image: 'busybox', phase: 'exited', containerID: `docker://${ended}`, exit: { exitCode: 5, reason: 'Error', message: 'the engine says no more of its end' } });
    expect(records.find(({ id }) => id === running)).toMatchObject({ phase: 'running', exit: null });
    for (const { startedAt, createdAt } of records) expect(startedAt).toBe(createdAt);
    // Nothing is started that may have run.
    await expect(runtime.start(ended)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    proxy.fate = () => 'pass';
    await eventually(async () => (await phases())['ended'] === 'Error 5' && (await runtime.inspect(ended))?.exit?.message === null);
    await runtime.start(ended);
    expect((await engine.api.inspect(ended)).State.Status).toBe('exited');
  }, 60_000);

  test('is not taken for mute when the engine is away', async () => {
    const id = await run('main', 'exit 0');
    await engine.api.wait(id);
    proxy.fate = (call) => (call.startsWith('GET /containers/json') ? 'pass' : 'cut');
    await expect(runtime.list()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  }, 60_000);

  test('has ended without a message when neither that nor its logs can be read', async () => {
    const id = await run('main', 'echo why; exit 4', { terminationMessagePolicy: 'FALLBACK_TO_LOGS_ON_ERROR' });
    proxy.fate = (call) => (call.includes('/logs?') ? 'cut' : 'pass');
    // Root may read whatever its owner closes: to it a folder is what cannot be read.
    const file = join(folder.path, 'docker/pods', podUid, 'ends/main.0');
    if (process.getuid?.() === 0) {
      rmSync(file);
      mkdirSync(file);
    } else chmodSync(file, 0);
    await engine.api.wait(id);
    await eventually(async () => (await phases())['main'] === 'Error 4');
    expect((await runtime.inspect(id))?.exit?.message).toBeNull();
    expect(new Set(warnings())).toEqual(new Set(['the termination message of a container cannot be read', 'the logs of a container, which are to say why it ended, cannot be read']));
    rmSync(file, { recursive: true, force: true });
  }, 60_000);
});
