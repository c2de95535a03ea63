import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Volume } from '../../../src/api/pod';
import { systemIdentity } from '../../../src/base/identity';
import type { ContainerRuntime } from '../../../src/kubelet/runtime/runtime';
import { aContainer, aPodSpec } from '../../support/builders';
import { describeWithDocker } from '../../support/docker/docker-binary';
import { openDockerRuntime } from '../../support/docker/docker-runtime';
import { DockerEngine } from '../../support/docker/engine';
import { eventually } from '../../support/eventually';
import { temporaryFolder } from '../../support/temporary-folder';

type Folder = Awaited<ReturnType<typeof temporaryFolder>>;

let outside: Folder;
beforeEach(async () => {
  outside = await temporaryFolder('sub-paths');
  writeFileSync(join(outside.path, 'secret'), 'the machine');
});
afterEach(() => outside.remove());

describeWithDocker('a container that makes links in a volume of its pod', () => {
  let engine: DockerEngine;
  let folder: Folder;
  let runtime: ContainerRuntime;

  beforeAll(async () => {
    engine = await DockerEngine.start();
    folder = await temporaryFolder('sub-paths');
    runtime = await openDockerRuntime(engine, folder.path);
  }, 60_000);

  afterAll(async () => {
    await runtime.close();
    await engine.dispose();
    await folder.remove();
  });

  test.each(['emptyDir', 'hostPath'] as const)('does not get at the machine by a sub-path in which another mounts it: %s', async (kind) => {
    const host = await temporaryFolder('sub-paths');
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
