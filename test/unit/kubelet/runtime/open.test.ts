import { systemClock } from '../../../../src/base/clock';
import { systemIdentity } from '../../../../src/base/identity';
import { silentLogger } from '../../../../src/base/logger';
import type { OpenRuntimeOptions } from '../../../../src/kubelet/runtime/open';
import { openRuntime } from '../../../../src/kubelet/runtime/open';
import { describeWithDocker } from '../../../support/docker/docker-binary';
import { DockerEngine } from '../../../support/docker/engine';
import { temporaryDirectory } from './process/support';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  folder = await temporaryDirectory();
});
afterEach(() => folder.remove());

const nobody = 'unix:///nowhere/docker.sock';

function optionsFor(host: string): OpenRuntimeOptions {
  const docker = { host, preparedSandboxes: 0, credentialsFile: null };
  return { directory: folder.path, clock: systemClock, identity: systemIdentity, logger: silentLogger, images: 'host', nodeName: 'node-a', docker };
}

async function nameOf(kind: Parameters<typeof openRuntime>[0], host: string): Promise<string | undefined> {
  const runtime = await openRuntime(kind, optionsFor(host));
  await runtime?.close();
  return runtime?.capabilities.name;
}

test('none is no runtime', async () => {
  expect(await openRuntime('none', optionsFor(nobody))).toBeNull();
});

test('an engine may come later: docker is had without one, and says what is missing when it is opened', async () => {
  const runtime = await openRuntime('docker', optionsFor(nobody));
  await expect(runtime?.open()).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('no Docker Engine at unix:///nowhere/docker.sock: there is no such socket') });
  await runtime?.close();
});

test.each(['auto', 'process'] as const)('%s is the process runtime where there is no engine', async (kind) => {
  expect(await nameOf(kind, nobody)).toBe('process');
});

test('a bad file of registry credentials is refused', async () => {
  const options = optionsFor(nobody);
  await expect(openRuntime('docker', { ...options, docker: { ...options.docker, credentialsFile: '/nowhere/config.json' } })).rejects.toMatchObject({ code: 'INVALID' });
});

describeWithDocker('auto with a Docker Engine', () => {
  let engine: DockerEngine;
  beforeAll(async () => {
    engine = await DockerEngine.start({ busybox: false });
  }, 60_000);
  afterAll(() => engine.dispose());

  test('is Docker, and stays so while the engine is away', async () => {
    expect(await nameOf('auto', engine.dockerHost)).toBe('docker');
    expect(await nameOf('auto', nobody)).toBe('docker');
  });

  test('stays with the processes of a folder that was used for them', async () => {
    expect(await nameOf('auto', nobody)).toBe('process');
    expect(await nameOf('auto', engine.dockerHost)).toBe('process');
  });
});
