import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EtcdCluster } from '../../support/etcd/etcd-cluster';
import { describeWithEtcdctl } from '../../support/etcd/etcd-process';
import { ServerOnEtcd } from '../../support/etcd/etcd-server';
import { endpointOf } from '../../support/etcd/etcd-store';
import { temporaryFolder } from '../../support/temporary-folder';

const run = promisify(execFile);

/** What docs/etcd.md, "Backup and restore", promises. */
describeWithEtcdctl('three etcds restored from a snapshot', (binary, etcdctl) => {
  const closers: (() => unknown)[] = [];
  const later = <T>(thing: T, close: (thing: T) => unknown): T => {
    closers.push(() => close(thing));
    return thing;
  };
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  it('have all objects of the snapshot, and nobody mistakes a version from before for one from after', async () => {
    const folder = later(await temporaryFolder('etcd-snapshot'), ({ remove }) => remove());
    const cluster = later(await EtcdCluster.start({ binary }), (each) => each.stop());
    const endpoints = [0, 1, 2].map((index) => endpointOf(cluster.member(index)));
    const snapshot = join(folder.path, 'podql.db');
    const versionOf = async (server: ServerOnEtcd, name: string): Promise<string> =>
      (await server.send<{ pod: { resourceVersion: string } }>(`{ pod(name: "${name}") { resourceVersion } }`)).data.pod.resourceVersion;

    const before = await ServerOnEtcd.start(endpoints);
    later(before, (server) => server.close());
    const names = Array.from({ length: 20 }, (_, index) => `pod-${index}`).sort();
    for (const name of names) await expect(before.createPod(name)).resolves.toBe('done');
    await run(etcdctl, ['--endpoints', endpoints[0] ?? '', 'snapshot', 'save', snapshot]);
    await before.createPod('after-the-snapshot');
    const since = await versionOf(before, 'after-the-snapshot');
    await before.close();

    await cluster.restore(({ name, dataFolder, peerUrl, cluster: initial }) =>
      run(etcdctl, [
        'snapshot', 'restore', snapshot, '--name', name, '--data-dir', dataFolder, '--initial-cluster', initial, '--initial-advertise-peer-urls', peerUrl,
        '--bump-revision', '1000000000', '--mark-compacted',
      ]),
    );
    const after = later(await ServerOnEtcd.start(endpoints), (server) => server.close());
    await expect(after.pods()).resolves.toEqual({ names, stale: false });
    const changes = after.client.subscribe<{ type: string }>(`subscription { podChanges(since: "${since}") { type } }`);
    await expect(changes.next()).resolves.toMatchObject({ value: { type: 'RESYNC' } });
    await changes.return(undefined);
    const list = await after.send(`{ pods(at: "${since}") { totalCount } }`);
    expect(list.errors?.[0]?.extensions).toMatchObject({ code: 'EXPIRED' });
    await expect(after.createPod('new')).resolves.toBe('done');
    expect(Number(await versionOf(after, 'new'))).toBeGreaterThan(1_000_000_000);
    await after.recovered();
  }, 60_000);
});
