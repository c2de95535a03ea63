import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithDocker } from '../support/docker/docker-binary';
import { calls, dockerPod, DockerNode, idOf, isRunning, type SeenContainer } from '../support/docker/docker-node';
import { eventually } from '../support/eventually';
import { lastingPort } from '../support/lasting-port';
import { mountSmallDisk } from '../support/small-disk';

const waits = (reason: string) => ({ state }: SeenContainer): boolean => state.kind === 'ContainerWaiting' && state.reason === reason;
const messageOf = ({ status: { containerStatuses: [main] } }: { status: { containerStatuses: readonly SeenContainer[] } }): string =>
  main?.state.kind === 'ContainerWaiting' ? (main.state.message ?? '') : '';
interface Placed {
  readonly spec: { readonly nodeName: string | null };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly message: string | null }[] };
}
/** On this node, whatever the scheduler thinks of it. */
const withPort = (name: string, hostPort: number): Record<string, unknown> => dockerPod(name, undefined, { nodeName: 'node-a' }, { ports: [{ containerPort: 80, hostPort }] });

describeWithDocker('what an engine refuses', () => {
  let node: DockerNode;
  beforeAll(async () => {
    node = await DockerNode.start();
  }, 60_000);
  afterAll(() => node.dispose(), 60_000);
  afterEach(() => node.deletePods());

  /** Until it has been tried again several times: each time later than before. */
  async function triedAgain(call: RegExp, times: number): Promise<void> {
    const before = node.count(call);
    const began = performance.now();
    await eventually(() => node.count(call) >= before + times, 'another attempt');
    // 0.5 s, 1 s, 2 s … less what chance takes off: never a hot loop.
    expect(performance.now() - began).toBeGreaterThan(500);
  }

  test('a host port that another program has: the pod waits, says so, and runs when it is free', async () => {
    const port = await lastingPort();
    const holder: Server = createServer().listen(port, '0.0.0.0');
    await once(holder, 'listening');
    await node.create(withPort('web', port));
    const pod = await node.podUntil('web', waits('PortConflict'));
    expect(messageOf(pod)).toMatch(/address already in use/);
    await triedAgain(calls.sandbox, 2);
    holder.close();
    const { status } = await node.podUntil('web', isRunning);
    expect(status.containerStatuses[0]?.restartCount).toBe(0);
  }, 90_000);

  test("a host port that another pod's container has: the second waits until the first is gone", async () => {
    const port = await lastingPort();
    await node.create(withPort('first', port));
    await node.podUntil('first', isRunning);
    await node.create(withPort('second', port));
    expect(messageOf(await node.podUntil('second', waits('PortConflict')))).toMatch(/port is already allocated/);
    await triedAgain(calls.sandbox, 2);
    await node.client.ask('mutation { deletePod(input: { name: "first" }) { pod { name } } }');
    await node.podUntil('second', isRunning);
  }, 90_000);

  test('an image that is nowhere: ErrImagePull, then ImagePullBackOff', async () => {
    await node.create(dockerPod('web', undefined, {}, { image: '127.0.0.1:1/team/app:1' }));
    expect(messageOf(await node.podUntil('web', waits('ErrImagePull')))).toContain('127.0.0.1:1/team/app:1 cannot be pulled');
    const { status } = await node.podUntil('web', waits('ImagePullBackOff'));
    expect(status.containerStatuses[0]).toMatchObject({ restartCount: 0, lastState: null });
    expect(node.count(/Calling POST \S*\/images\/create\?fromImage=127/)).toBe(2);
  }, 60_000);

  test('a container that cannot be made as it is described: CreateContainerError, and what refused it', async () => {
    const resources = { limits: { memory: '1Mi' } };
    const volumes = [{ name: 'data', hostPath: { path: '/no/such/folder', type: 'Directory' } }];
    const unmakeable = [{ name: 'data', hostPath: { path: '/proc/podql-none', type: '' } }];
    const volumeMounts = [{ name: 'data', mountPath: '/data' }];
    await node.create(dockerPod('small', undefined, {}, { resources }), dockerPod('mounts', undefined, { volumes }, { volumeMounts }), dockerPod('unmakeable', undefined, { volumes: unmakeable }, { volumeMounts }));
    expect(messageOf(await node.podUntil('small', waits('CreateContainerError')))).toMatch(/Minimum memory limit allowed is 6MB/);
    expect(messageOf(await node.podUntil('mounts', waits('CreateContainerError')))).toBe('hostPath /no/such/folder of volume data does not exist');
    expect(messageOf(await node.podUntil('unmakeable', waits('CreateContainerError')))).toMatch(/^hostPath \/proc\/podql-none of volume data cannot be made: ENOENT/);
    await triedAgain(calls.create, 2);
    for (const { status } of await node.pods()) expect(status.containerStatuses[0]).toMatchObject({ restartCount: 0, lastState: null });
  }, 60_000);

  test('a command that is not there: StartError, with back-off', async () => {
    const before = node.count(calls.create);
    await node.create(dockerPod('web', undefined, {}, { command: ['/no/such/program'] }));
    const { status } = await node.podUntil('web', (main) => main.restartCount >= 2 && waits('CrashLoopBackOff')(main));
    expect(status.containerStatuses[0]?.lastState).toMatchObject({ exitCode: 127, reason: 'StartError', message: 'program /no/such/program does not exist' });
    // An attempt for each restart that is shown, and no more than one dead container beside the latest.
    const made = node.count(calls.create) - before;
    const [later] = await node.pods();
    expect(made).toBeLessThanOrEqual((later?.status.containerStatuses[0]?.restartCount ?? 0) + 2);
    await eventually(async () => (await node.attempts()).length === 2, 'the end of older attempts');
  }, 60_000);
});

describeWithDocker('an engine whose disk is full', () => {
  test('its node says so and takes no new pods; a pod that is there waits and says why, and runs when there is space again; what runs goes on', async () => {
    const disk = mountSmallDisk(200);
    let node: DockerNode | undefined;
    try {
      node = await DockerNode.start({ args: ['--data-root', disk.path] }, [], { PODQL_DISK_PRESSURE_PERCENT: '10' });
      await node.create(dockerPod('early'));
      const early = await node.podUntil('early', isRunning);
      const { bavail, bsize } = statfsSync(disk.path);
      const filler = join(disk.path, 'filler');
      const fill = (): void => {
        try {
          writeFileSync(filler, Buffer.alloc(bavail * bsize + 4096));
        } catch (error) {
          if (!String(error).includes('ENOSPC')) throw error;
        }
      };
      fill();
      expect(await node.conditionUntil('DiskPressure', 'TRUE')).toMatchObject({ reason: 'KubeletHasDiskPressure', message: `less than 10 % of the disk is free that holds ${disk.path}` });
      await node.create(dockerPod('elsewhere'));
      const placed = '{ pod(name: "elsewhere") { spec { nodeName } status { conditions { type message } } } }';
      const { pod } = await node.client.until<{ pod: Placed }>(placed, (answer) => answer.pod.status.conditions.length > 0);
      expect(pod).toEqual({ spec: { nodeName: null }, status: { conditions: [{ type: 'PodScheduled', message: '0/1 node is available: 1 had untolerated taint node.kubernetes.io/disk-pressure' }] } });
      await node.create(dockerPod('late', undefined, { restartPolicy: 'NEVER', nodeName: 'node-a' }));
      const late = await node.podUntil('late', waits('DiskFull'));
      expect(messageOf(late)).toContain('no space left on device');
      const before = node.count(calls.any);
      const began = performance.now();
      await eventually(() => node!.count(calls.sandbox) + node!.count(calls.create) >= 4, 'another attempt');
      expect((node.count(calls.any) - before) / (1 + (performance.now() - began) / 1_000)).toBeLessThan(20);
      rmSync(filler);
      await node.podUntil('late', (main) => isRunning(main) && main.restartCount === 0);
      expect(idOf(await node.podUntil('early', isRunning))).toBe(idOf(early));
    } finally {
      await node?.dispose();
      disk.unmount();
    }
  }, 120_000);
});
