import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Volume } from '../../../../../src/api/pod';
import { systemIdentity } from '../../../../../src/base/identity';
import { resolveSubPath, withinVolume } from '../../../../../src/kubelet/runtime/docker/sub-paths';
import type { ContainerRuntime } from '../../../../../src/kubelet/runtime/runtime';
import { aContainer, aPodSpec } from '../../../../support/builders';
import { describeWithDocker } from '../../../../support/docker/docker-binary';
import { openDockerRuntime } from '../../../../support/docker/docker-runtime';
import { DockerEngine } from '../../../../support/docker/engine';
import { eventually, temporaryDirectory } from '../process/support';

type Folder = Awaited<ReturnType<typeof temporaryDirectory>>;

let outside: Folder;
beforeEach(async () => {
  outside = await temporaryDirectory();
  writeFileSync(join(outside.path, 'secret'), 'the machine');
});
afterEach(() => outside.remove());

describe('a sub-path of a volume', () => {
  let parent: Folder;
  let volume: string;
  beforeEach(async () => {
    parent = await temporaryDirectory();
    volume = join(parent.path, 'volume');
    mkdirSync(volume);
  });
  afterEach(() => parent.remove());
  const resolved = (within: string) => resolveSubPath(volume, within, 'data');
  const refusal = (message: unknown) => ({ code: 'CONFIG_REFUSED', message });

  test('is made where it lacks, and may be a file that is there', async () => {
    expect(await resolved('a/b')).toBe(join(volume, 'a/b'));
    expect(readdirSync(join(volume, 'a'))).toEqual(['b']);
    writeFileSync(join(volume, 'a/file'), '');
    expect(await resolved('a/file')).toBe(join(volume, 'a/file'));
    await expect(resolved('a/file/more')).rejects.toMatchObject(refusal(expect.stringMatching(/^subPath a\/file\/more of volume data cannot be made: .*ENOTDIR/)));
  });

  test.each(['..', 'a/../..', '/etc'])('does not lead out by its words: %s', (subPath) => {
    expect(() => withinVolume(subPath, 'data')).toThrow(`subPath ${subPath} of volume data leads out of the volume`);
  });

  test('does not lead out by a link, wherever that is, and makes nothing there', async () => {
    symlinkSync(outside.path, join(volume, 'away'));
    symlinkSync('../'.repeat(20), join(volume, 'up'));
    mkdirSync(`${volume}-sibling`);
    symlinkSync('../volume-sibling', join(volume, 'sibling'));
    for (const within of ['away', 'away/made', 'away/secret', 'up', 'up/etc', 'sibling']) {
      await expect(resolved(within)).rejects.toMatchObject(refusal(`subPath ${within} of volume data leads out of the volume`));
    }
    expect(readdirSync(outside.path)).toEqual(['secret']);
  });

  test('does not lead nowhere by a link', async () => {
    symlinkSync(join(outside.path, 'made'), join(volume, 'away'));
    await expect(resolved('away')).rejects.toMatchObject(refusal(expect.stringContaining('subPath away of volume data cannot be made')));
    expect(existsSync(join(outside.path, 'made'))).toBe(false);
  });

  test('may follow links that stay inside', async () => {
    mkdirSync(join(volume, 'releases/7'), { recursive: true });
    symlinkSync('releases/7', join(volume, 'current'));
    expect(await resolved('current/logs')).toBe(join(volume, 'releases/7/logs'));
  });
});

describeWithDocker('a container that makes links in a volume of its pod', () => {
  let engine: DockerEngine;
  let folder: Folder;
  let runtime: ContainerRuntime;

  beforeAll(async () => {
    engine = await DockerEngine.start();
    folder = await temporaryDirectory();
    runtime = await openDockerRuntime(engine, folder.path);
  }, 60_000);

  afterAll(async () => {
    await runtime.close();
    await engine.dispose();
    await folder.remove();
  });

  test.each(['emptyDir', 'hostPath'] as const)('does not get at the machine by a sub-path in which another mounts it: %s', async (kind) => {
    const host = await temporaryDirectory();
    const podUid = systemIdentity.uid();
    const volume: Volume = kind === 'emptyDir' ? { name: 'shared', emptyDir: { medium: '', sizeLimit: null }, hostPath: null } : { name: 'shared', emptyDir: null, hostPath: { path: host.path, type: '' } };
    const spec = aPodSpec({ volumes: [volume] });
    const pod = { podUid, namespace: 'default', podName: 'web' };
    await runtime.ensureSandbox({ ...pod, spec, hostname: null });
    const run = async (name: string, attempt: number, script: string, subPath: string | null): Promise<string> => {
      const volumeMounts = [{ name: 'shared', mountPath: '/shared', readOnly: false, subPath }];
      const container = aContainer({ name, image: 'busybox', imagePullPolicy: 'IF_NOT_PRESENT', command: ['sh', '-c', script], volumeMounts });
      const { id } = await runtime.create({ ...pod, identity: { podUid, containerName: name, attempt, init: false }, container, spec, extraEnv: {}, notes: {}, annotations: {} });
      await runtime.start(id);
      await eventually(async () => (await runtime.inspect(id))?.phase === 'exited');
      return (await runtime.logs(id, { tailLines: 10 })).map(({ text }) => text).join('\n');
    };
    expect(await run('victim', 0, 'echo mine > /shared/own; ls /shared', 'data')).toBe('own');
    const attack = `rm -r /shared/data && ln -s ${outside.path} /shared/data && echo done`;
    expect(await run('attacker', 0, attack, null)).toBe('done');
    await expect(run('victim', 1, 'cat /shared/secret', 'data')).rejects.toMatchObject({ code: 'CONFIG_REFUSED', message: 'subPath data of volume shared leads out of the volume' });
    await expect(run('victim', 1, 'true', 'data/made')).rejects.toMatchObject({ code: 'CONFIG_REFUSED' });
    expect(readdirSync(outside.path)).toEqual(['secret']);
    await runtime.removeSandbox(podUid);
    expect(readdirSync(outside.path)).toEqual(['secret']);
    await host.remove();
  }, 60_000);
});
