import { conditionOf } from '../../../src/api/meta';
import { isReady } from '../../../src/api/pod';
import type { ReplicationController } from '../../../src/api/replication-controller';
import { countReplicas } from '../../../src/resolvers/counts';
import { aCondition, aNode } from '../../support/builders';
import { Cluster } from './cluster';

describe('node lifecycle, with all loops running', () => {
  const running: Cluster[] = [];
  const start = async (options?: Parameters<typeof Cluster.start>[0]): Promise<Cluster> => {
    const cluster = await Cluster.start(options);
    running.push(cluster);
    return cluster;
  };
  afterEach(async () => {
    for (const cluster of running.splice(0)) await cluster.stop();
  });

  const readiness = (cluster: Cluster, name: string) => conditionOf(cluster.pod(name)?.status.conditions ?? [], 'Ready');
  const ready = (cluster: Cluster, name: string) => conditionOf(cluster.node(name)?.status.conditions ?? [], 'Ready');

  it('leaves a node alone whose kubelet renews its lease, and writes nothing', async () => {
    const cluster = await start();
    await cluster.addNode('node-a');
    const revision = await cluster.quiet();
    for (let i = 0; i < 12; i += 1) {
      await cluster.advance(10_000);
      await cluster.registries.clusterNodes.renewLease('node-a');
    }
    expect(await cluster.quiet()).toBe(revision);
    expect(ready(cluster, 'node-a')?.status).toBe('TRUE');
  });

  it('says UNKNOWN once the lease has run out, and says it once', async () => {
    const cluster = await start();
    await cluster.addNode('node-a');
    await cluster.advance(39_000);
    expect(ready(cluster, 'node-a')?.status).toBe('TRUE');
    const revision = await cluster.advance(60_000);
    expect(ready(cluster, 'node-a')).toMatchObject({ status: 'UNKNOWN', reason: 'LeaseExpired' });
    expect(await cluster.advance(600_000)).toBe(revision);
  });

  it('gives no pods to a silent node, and some again once its kubelet is back', async () => {
    const cluster = await start();
    await cluster.addNode('node-a');
    await cluster.advance(100_000);
    await cluster.createPod('web');
    await cluster.advance(100);
    expect(cluster.pod('web')?.spec.nodeName).toBeNull();
    await cluster.addNode('node-a');
    await cluster.advance(100);
    expect(ready(cluster, 'node-a')?.status).toBe('TRUE');
    expect(cluster.pod('web')?.spec.nodeName).toBe('node-a');
    await cluster.advance(30_000);
    expect(ready(cluster, 'node-a')?.status).toBe('TRUE');
  });

  it('taints a node that is silent, or says that it is not ready, and takes the taints away when it is back', async () => {
    const cluster = await start();
    const taints = () => cluster.node('node-a')?.spec.taints.map(({ key, effect }) => `${key}:${effect}`);
    const both = (key: string) => [`node.kubernetes.io/${key}:NO_SCHEDULE`, `node.kubernetes.io/${key}:NO_EXECUTE`];
    await cluster.addNode('node-a');
    await cluster.taint('node-a', { key: 'dedicated', effect: 'NO_SCHEDULE' });
    await cluster.advance(41_000);
    expect(taints()).toEqual(['dedicated:NO_SCHEDULE', ...both('unreachable')]);
    await cluster.addNode('node-a', { conditions: [aCondition('Ready', { status: 'FALSE' })] });
    await cluster.quiet();
    expect(taints()).toEqual(['dedicated:NO_SCHEDULE', ...both('not-ready')]);
    const { generation } = await cluster.addNode('node-a');
    await cluster.quiet();
    expect(taints()).toEqual(['dedicated:NO_SCHEDULE']);
    // Once for the user's taint: the system's are no wish of anybody's.
    expect(generation).toBe(2);
  });

  it('gives no new pods to a node under pressure, leaves those that are there, and gives it some again when that is over', async () => {
    const cluster = await start();
    await cluster.addNode('node-a');
    await cluster.createPod('earlier');
    await cluster.quiet();
    const pressed = (status: 'TRUE' | 'FALSE') => cluster.addNode('node-a', { conditions: [aCondition('Ready'), aCondition('DiskPressure', { status })] });
    await pressed('TRUE');
    await cluster.quiet();
    await cluster.createPod('later');
    await cluster.createPod('patient', { spec: { tolerations: [{ key: 'node.kubernetes.io/disk-pressure', operator: 'EXISTS', value: null, effect: null, tolerationSeconds: null }] } });
    await cluster.advance(100);
    expect(cluster.pod('later')?.spec.nodeName).toBeNull();
    expect(conditionOf(cluster.pod('later')?.status.conditions ?? [], 'PodScheduled')?.message).toBe(
      '0/1 node is available: 1 had untolerated taint node.kubernetes.io/disk-pressure',
    );
    expect(cluster.pod('patient')?.spec.nodeName).toBe('node-a');
    expect(cluster.pod('earlier')?.deletionTimestamp).toBeNull();
    await pressed('FALSE');
    await cluster.advance(100);
    expect(cluster.pod('later')?.spec.nodeName).toBe('node-a');
    expect(cluster.node('node-a')?.spec.taints).toEqual([]);
  });

  it('notices the second silence as it did the first', async () => {
    const cluster = await start();
    for (let i = 0; i < 2; i += 1) {
      await cluster.addNode('node-a');
      await cluster.quiet();
      expect(ready(cluster, 'node-a')?.status).toBe('TRUE');
      await cluster.advance(100_000);
      expect(ready(cluster, 'node-a')?.status).toBe('UNKNOWN');
    }
  });

  it('gives a node that it finds without a lease a grace to show one', async () => {
    const cluster = await start({
      before: ({ clusterNodes }) =>
        clusterNodes.create({ name: 'node-a', generateName: null, namespace: null, labels: {}, annotations: {}, spec: {}, status: aNode().status }),
    });
    await cluster.advance(39_999);
    expect(ready(cluster, 'node-a')?.status).toBe('TRUE');
    await cluster.advance(1);
    expect(ready(cluster, 'node-a')?.status).toBe('UNKNOWN');
  });

  it('finds the living lease of a node that registered before it started', async () => {
    const cluster = await start({
      before: ({ clusterNodes }) =>
        clusterNodes.register(
          { name: 'node-a', generateName: null, namespace: null, labels: {}, annotations: {}, spec: {}, status: aNode().status },
          300,
        ),
    });
    await cluster.advance(200_000);
    expect(ready(cluster, 'node-a')?.status).toBe('TRUE');
  });

  it('lets the word of a kubelet stand that is back a moment before the verdict is written', async () => {
    const cluster = await start();
    await cluster.addNode('node-a');
    await cluster.advance(39_000);
    const letVerdict = cluster.store.hold('update');
    await cluster.advance(10_000);
    const letKubelet = cluster.store.hold('update');
    const registered = cluster.addNode('node-a', { address: '10.0.0.1' });
    await cluster.quiet();
    letKubelet();
    await registered;
    letVerdict();
    await cluster.quiet();
    expect(ready(cluster, 'node-a')?.status).toBe('TRUE');
  });

  it('is not declared lost when its kubelet is back, with nothing new to say, before that is decided', async () => {
    const cluster = await start();
    await cluster.addNode('node-a');
    await cluster.advance(39_000);
    const letVerdict = cluster.store.hold('get');
    await cluster.advance(10_000);
    cluster.store.hold('get')();
    const { resourceVersion } = await cluster.addNode('node-a');
    letVerdict();
    await cluster.quiet();
    expect(cluster.node('node-a')).toMatchObject({ resourceVersion, spec: { taints: [] } });
  });

  it('is asked to register by its next sign of life when the verdict lands after its kubelet is back', async () => {
    const cluster = await start();
    await cluster.addNode('node-a');
    await cluster.advance(39_000);
    const letVerdict = cluster.store.hold('update');
    await cluster.advance(10_000);
    cluster.store.hold('update')();
    await cluster.addNode('node-a');
    letVerdict();
    await cluster.quiet();
    expect(ready(cluster, 'node-a')?.status).toBe('UNKNOWN');
    await expect(cluster.registries.clusterNodes.renewLease('node-a')).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('declared lost') as unknown });
    await cluster.addNode('node-a');
    await cluster.quiet();
    expect(ready(cluster, 'node-a')?.status).toBe('TRUE');
    expect(cluster.node('node-a')?.spec.taints).toEqual([]);
    await cluster.registries.clusterNodes.renewLease('node-a');
  });

  it('knows the lease that a node of the same name left behind', async () => {
    const cluster = await start();
    await cluster.addNode('node-a');
    await cluster.quiet();
    const { items } = await cluster.store.list('/registry/clusternodes/');
    for (const { key, modRevision } of items) await cluster.store.delete(key, modRevision);
    await cluster.quiet();
    await cluster.addNode('node-a');
    for (let i = 0; i < 12; i += 1) {
      await cluster.advance(10_000);
      await cluster.registries.clusterNodes.renewLease('node-a');
    }
    expect(ready(cluster, 'node-a')?.status).toBe('TRUE');
  });

  it('leaves the pods of a silent node where they are', async () => {
    const cluster = await start();
    await cluster.addNode('node-a');
    const rc = await cluster.createRc('web', { replicas: 2 });
    await cluster.advance(600_000);
    expect(ready(cluster, 'node-a')?.status).toBe('UNKNOWN');
    expect(cluster.podsOf(rc)).toHaveLength(2);
    expect(cluster.pods()).toHaveLength(2);
  });

  describe('and the pods of a silent node', () => {
    /** Two replicas that run and are ready, on a node that is about to be silent. */
    const withReadyPods = async (cluster: Cluster): Promise<ReplicationController> => {
      await cluster.addNode('node-a');
      const rc = await cluster.createRc('web', { replicas: 2 });
      await cluster.quiet();
      for (const pod of cluster.podsOf(rc)) await cluster.report(pod, 'RUNNING');
      await cluster.quiet();
      expect(cluster.podsOf(rc).filter(isReady)).toHaveLength(2);
      return rc;
    };

    it('are not ready, for a reason that names the node; all else stays the word of their kubelet', async () => {
      const cluster = await start();
      const rc = await withReadyPods(cluster);
      const before = cluster.podsOf(rc);
      await cluster.advance(50_000);
      for (const pod of cluster.podsOf(rc)) {
        const was = before.find(({ uid }) => uid === pod.uid);
        expect(pod.status).toEqual({ ...was?.status, conditions: expect.anything() as unknown });
        expect(conditionOf(pod.status.conditions, 'Ready')).toMatchObject({
          status: 'FALSE',
          reason: 'NodeNotReady',
          message: expect.stringContaining('node node-a is lost') as unknown,
          lastTransitionTime: new Date(cluster.clock.now() - 10_000).toISOString(),
        });
        expect(pod.status.conditions.filter(({ type }) => type !== 'Ready')).toEqual(was?.status.conditions.filter(({ type }) => type !== 'Ready'));
      }
      expect(countReplicas(rc, cluster.podsOf(rc), cluster.clock.now())).toMatchObject({ current: 2, ready: 0, available: 0 });
    });

    it('that have finished, were not ready, or are of another node, are left alone', async () => {
      const cluster = await start();
      await cluster.addNode('node-a');
      const done = await cluster.createPod('done', { spec: { restartPolicy: 'NEVER' } });
      await cluster.createPod('slow');
      await cluster.quiet();
      await cluster.report(done, 'SUCCEEDED');
      await cluster.addNode('node-b');
      const other = await cluster.createPod('other', { spec: { nodeName: 'node-b' } });
      await cluster.report(other, 'RUNNING');
      for (let i = 0; i < 10; i += 1) {
        await cluster.advance(10_000);
        await cluster.registries.clusterNodes.renewLease('node-b');
      }
      expect(ready(cluster, 'node-a')?.status).toBe('UNKNOWN');
      expect(readiness(cluster, 'done')).toMatchObject({ status: 'FALSE', reason: null });
      expect(readiness(cluster, 'slow')).toBeUndefined();
      expect(readiness(cluster, 'other')?.status).toBe('TRUE');
    });

    it('are told once; a report that comes all the same stands', async () => {
      const cluster = await start();
      const rc = await withReadyPods(cluster);
      await cluster.advance(50_000);
      for (const pod of cluster.podsOf(rc)) await cluster.report(pod, 'RUNNING');
      const revision = await cluster.quiet();
      expect(await cluster.advance(600_000)).toBe(revision);
      expect(cluster.podsOf(rc).filter(isReady)).toHaveLength(2);
    });

    it('are told by the next controller when one ended between node and pods', async () => {
      const base = { generateName: null, labels: {}, annotations: {} };
      const lost = aNode({ status: { conditions: [aCondition('Ready', { status: 'UNKNOWN' })] } }).status;
      const cluster = await start({
        before: async ({ clusterNodes, pods }) => {
          await clusterNodes.create({ ...base, name: 'node-a', namespace: null, spec: {}, status: lost });
          const spec = { nodeName: 'node-a', containers: [{ name: 'main', image: 'host' }] };
          const pod = await pods.create({ ...base, name: 'web', namespace: 'default', spec });
          await pods.updateStatus(pod, ({ status, ...rest }) => ({ ...rest, status: { ...status, conditions: [aCondition('Ready', { status: 'TRUE' })] } }));
        },
      });
      expect(readiness(cluster, 'web')).toMatchObject({ status: 'FALSE', reason: 'NodeNotReady' });
    });

    it('are ready again as their kubelet says when it is back, and not ready again with the next silence', async () => {
      const cluster = await start();
      const rc = await withReadyPods(cluster);
      for (let i = 0; i < 2; i += 1) {
        await cluster.advance(50_000);
        expect(cluster.podsOf(rc).filter(isReady)).toEqual([]);
        await cluster.addNode('node-a');
        for (const pod of cluster.podsOf(rc)) await cluster.report(pod, 'RUNNING');
        await cluster.quiet();
        expect(cluster.podsOf(rc).filter(isReady)).toHaveLength(2);
      }
    });
  });
});
