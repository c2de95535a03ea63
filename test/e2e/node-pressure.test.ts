import { availableParallelism } from 'node:os';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deleteEverything, PodqlProcess } from '../support/podql-process';
import { createPod, shellPod } from '../support/shell-pod';
import { mountSmallDisk, noSmallDisk } from '../support/small-disk';

interface NodeView {
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly message: string | null }[];
  readonly taints: readonly { readonly key: string; readonly effect: string }[];
  readonly capacity: { readonly cpu: string };
  readonly allocatable: { readonly cpu: string };
  readonly info: Readonly<Record<string, string>>;
}
const nodeQuery = '{ clusterNode(name: "small") { conditions { type status message } taints { key effect } capacity { cpu } allocatable { cpu } info { runtime runtimeVersion kubeletVersion } } }';

interface PodView {
  readonly spec: { readonly nodeName: string | null };
  readonly status: { readonly phase: string; readonly conditions: readonly { readonly type: string; readonly message: string | null }[] };
}
const podQuery = (name: string): string => `{ pod(name: "${name}") { spec { nodeName } status { phase conditions { type message } } } }`;

const reason = noSmallDisk();
const describeWithDisk = reason === undefined ? describe : describe.skip;

describeWithDisk(`a machine whose disk runs full${reason === undefined ? '' : ` (not here: ${reason})`}`, () => {
  test('says so, takes no new pods, and lets those run that it has', async () => {
    const disk = mountSmallDisk(64);
    const args = ['--runtime', 'process', '--runtime-folder', join(disk.path, 'node'), '--node-name', 'small', '--reserve-cpu', '250m'];
    const podql = await PodqlProcess.start({ args, env: { PODQL_DISK_PRESSURE_PERCENT: '10' } });
    const filler = join(disk.path, 'filler');
    const client = podql.client();
    try {
      const nodeIs = (fits: (node: NodeView) => boolean) =>
        client.until<{ clusterNode: NodeView | null }>(nodeQuery, ({ clusterNode }) => clusterNode !== null && fits(clusterNode), { milliseconds: 60_000 }).then((data) => data.clusterNode!);
      const statuses = ({ conditions }: NodeView): string[] => conditions.map(({ type, status }) => `${type} ${status}`);

      const roomy = await nodeIs((node) => node.conditions.length > 0);
      expect(statuses(roomy)).toEqual(['Ready TRUE', 'MemoryPressure FALSE', 'DiskPressure FALSE']);
      expect(roomy.info).toEqual({ runtime: 'process', runtimeVersion: '1', kubeletVersion: expect.stringMatching(/^\d/) as string });
      expect(roomy.capacity.cpu).toBe(String(availableParallelism()));
      expect(roomy.allocatable.cpu).toBe(`${availableParallelism() * 1000 - 250}m`);
      await client.ask(createPod, { input: shellPod('first', 'exec sleep 100000') });
      const runs = ({ pod }: { pod: PodView | null }): boolean => pod?.status.phase === 'RUNNING';
      await client.until<{ pod: PodView | null }>(podQuery('first'), runs, { milliseconds: 60_000 });

      const { bavail, bsize } = statfsSync(disk.path);
      writeFileSync(filler, Buffer.alloc(Math.floor(bavail * bsize * 0.95)));
      const full = await nodeIs(({ taints }) => taints.length > 0);
      expect(statuses(full)).toEqual(['Ready TRUE', 'MemoryPressure FALSE', 'DiskPressure TRUE']);
      expect(full.conditions[2]?.message).toBe(`less than 10 % of the disk is free that holds ${join(disk.path, 'node')}`);
      expect(full.taints).toEqual([{ key: 'node.kubernetes.io/disk-pressure', effect: 'NO_SCHEDULE' }]);

      await client.ask(createPod, { input: shellPod('second', 'exec sleep 100000') });
      const waiting = await client.until<{ pod: PodView }>(podQuery('second'), ({ pod }) => pod.status.conditions.length > 0);
      expect(waiting.pod.spec.nodeName).toBeNull();
      expect(waiting.pod.status.conditions).toEqual([
        { type: 'PodScheduled', message: '0/1 node is available: 1 had untolerated taint node.kubernetes.io/disk-pressure' },
      ]);
      expect(runs(await client.ask<{ pod: PodView | null }>(podQuery('first')))).toBe(true);
    } finally {
      rmSync(filler, { force: true });
      await deleteEverything(client);
      await podql.remove();
      disk.unmount();
    }
  }, 180_000);
});
