import { conditionOf } from '../../../src/api/meta';
import type { Loose } from '../../../src/api/loose';
import { isReady } from '../../../src/api/pod';
import type { ReplicationController } from '../../../src/api/replication-controller';
import type { Toleration } from '../../../src/api/taints';
import { healthTaintKeys } from '../../../src/api/taints';
import { aPodSpec, aPodTemplate } from '../../support/builders';
import { anRcDraft } from '../../support/registries';
import { Cluster } from './cluster';

/** What the lease of a silent kubelet lasts, and what pods tolerate; seconds. */
const lease = 40;
const toleration = 300;

describe('eviction, with all loops running', () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await Cluster.start();
    cluster.runPods();
  });
  afterEach(() => cluster.stop());

  const seconds = (count: number): Promise<number> => cluster.live(count * 1000);
  const withNodes = async (...names: string[]): Promise<void> => {
    for (const name of names) await cluster.addNode(name);
    await cluster.quiet();
  };
  const withReplicas = async (replicas: number): Promise<ReplicationController> => {
    const rc = await cluster.createRc('web', { replicas });
    await cluster.quiet();
    return rc;
  };
  /** Pods of the node, those that go included. */
  const on = (name: string) => cluster.registries.pods.byNode(name);
  const going = (name: string) => on(name).filter(({ deletionTimestamp }) => deletionTimestamp !== null);
  const tolerating = (...tolerations: Loose<Toleration>[]) => ({ spec: { nodeName: 'node-a', tolerations } });

  it('replaces the pods of a lost node elsewhere, after lease and toleration, and nothing is doubled when it is back', async () => {
    await withNodes('node-a', 'node-b', 'node-c');
    const rc = await withReplicas(6);
    expect(on('node-a')).toHaveLength(2);
    cluster.silence('node-a');
    await seconds(lease + toleration - 1);
    expect([going('node-a').length, cluster.podsOf(rc).length, cluster.podsOf(rc).filter(isReady).length, cluster.made.size]).toEqual([0, 6, 4, 6]);
    await seconds(1);
    expect(going('node-a')).toHaveLength(2);
    for (const { status } of going('node-a')) {
      expect(conditionOf(status.conditions, 'DisruptionTarget')).toMatchObject({
        status: 'TRUE',
        reason: 'DeletionByTaintManager',
        message: expect.stringContaining('node node-a has the taint node.kubernetes.io/unreachable') as string,
      });
    }
    expect(cluster.podsOf(rc).filter(isReady).map(({ spec }) => spec.nodeName).sort()).toEqual(['node-b', 'node-b', 'node-b', 'node-c', 'node-c', 'node-c']);
    await seconds(3_600);
    expect([on('node-a').length, cluster.made.size]).toEqual([2, 8]);
    await cluster.wake('node-a');
    await seconds(3_600);
    expect([on('node-a').length, cluster.pods().length, cluster.podsOf(rc).filter(isReady).length, cluster.made.size]).toEqual([0, 6, 6, 8]);
    expect(cluster.node('node-a')?.spec.taints).toEqual([]);
  });

  it('lets pods be whose node is back in time, and gives the next silence the full time', async () => {
    await withNodes('node-a', 'node-b');
    const rc = await withReplicas(4);
    for (let i = 0; i < 3; i += 1) {
      cluster.silence('node-a');
      await seconds(toleration);
      await cluster.wake('node-a');
      await seconds(60);
    }
    expect([cluster.made.size, cluster.podsOf(rc).filter(isReady).length]).toEqual([4, 4]);
  });

  it('goes by what the pod itself says', async () => {
    await withNodes('node-a', 'node-b');
    const key = healthTaintKeys.unreachable;
    await cluster.createPod('hasty', tolerating({ key, operator: 'EXISTS', effect: 'NO_EXECUTE', tolerationSeconds: 10 }));
    await cluster.createPod('usual', tolerating());
    await cluster.createPod('loyal', tolerating({ key, operator: 'EXISTS' }));
    await cluster.quiet();
    cluster.silence('node-a');
    const names = () => going('node-a').map(({ name }) => name).sort();
    await seconds(lease + 9);
    expect(names()).toEqual([]);
    await seconds(1);
    expect(names()).toEqual(['hasty']);
    await seconds(toleration);
    expect(names()).toEqual(['hasty', 'usual']);
    await seconds(36_000);
    expect(names()).toEqual(['hasty', 'usual']);
  });

  it('sends pods away at once from a node that somebody taints, also from one where they come to be later', async () => {
    await withNodes('node-a', 'node-b');
    const rc = await withReplicas(4);
    await cluster.createPod('loyal', tolerating({ key: 'repair', operator: 'EXISTS' }));
    await cluster.quiet();
    await cluster.taint('node-a', { key: 'repair', effect: 'NO_EXECUTE' });
    await cluster.quiet();
    expect(on('node-a').map(({ name }) => name)).toEqual(['loyal']);
    expect(cluster.podsOf(rc).filter(isReady).map(({ spec }) => spec.nodeName)).toEqual(['node-b', 'node-b', 'node-b', 'node-b']);
    await cluster.createPod('late', { spec: { nodeName: 'node-a' } });
    await cluster.quiet();
    expect(cluster.pod('late')).toBeUndefined();
  });

  describe('of pods that tolerate what somebody taints for 30 s only', () => {
    let rc: ReplicationController;
    beforeEach(async () => {
      await withNodes('node-a', 'node-b');
      const tolerations = [{ key: null, operator: 'EXISTS', value: null, effect: 'NO_EXECUTE', tolerationSeconds: 30 }] as const;
      const template = aPodTemplate({ spec: aPodSpec({ tolerations }) });
      rc = await cluster.registries.replicationControllers.create(anRcDraft('web', { spec: { replicas: 4, selector: template.labels, template } }));
      await cluster.quiet();
      expect([on('node-a').length, on('node-b').length]).toEqual([2, 2]);
    });
    const repair = () => cluster.taint('node-a', { key: 'repair', effect: 'NO_EXECUTE' });
    const readyOn = (name: string): number => cluster.podsOf(rc).filter((pod) => isReady(pod) && pod.spec.nodeName === name).length;

    it('happens once, because the other node goes first', async () => {
      await repair();
      await seconds(29);
      expect(cluster.made.size).toBe(4);
      await seconds(2);
      expect([cluster.made.size, readyOn('node-a'), readyOn('node-b')]).toEqual([4 + 2, 0, 4]);
      await seconds(3_600);
      expect(cluster.made.size).toBe(4 + 2);
    });

    it('leaves each its time where no other node takes them', async () => {
      await cluster.cordon('node-b', true);
      await repair();
      await seconds(31);
      expect([cluster.made.size, readyOn('node-a'), readyOn('node-b')]).toEqual([4 + 2, 2, 2]);
      await seconds(28);
      expect(cluster.made.size).toBe(4 + 2);
      await seconds(2);
      expect([cluster.made.size, readyOn('node-a'), readyOn('node-b')]).toEqual([4 + 2 + 2, 2, 2]);
    });
  });

  it('takes one lost node after the other', async () => {
    await withNodes('node-a', 'node-b', 'node-c', 'node-d', 'node-e');
    await withReplicas(10);
    cluster.silence('node-a', 'node-b');
    const lost = () => [going('node-a').length, going('node-b').length].sort();
    await seconds(lease + toleration);
    expect(lost()).toEqual([0, 2]);
    await seconds(9);
    expect(lost()).toEqual([0, 2]);
    await seconds(1);
    expect(lost()).toEqual([2, 2]);
  });

  it('stands still when most nodes vanish at once, and begins anew with the full time when enough are back', async () => {
    await withNodes('node-a', 'node-b', 'node-c', 'node-d', 'node-e');
    const rc = await withReplicas(10);
    cluster.silence('node-a', 'node-b', 'node-c');
    await seconds(7_200);
    expect([cluster.made.size, cluster.podsOf(rc).length, cluster.podsOf(rc).filter(isReady).length]).toEqual([10, 10, 4]);
    await cluster.wake('node-a');
    await seconds(toleration - 1);
    expect(cluster.made.size).toBe(10);
    await seconds(11);
    expect([going('node-b').length, going('node-c').length, cluster.made.size]).toEqual([2, 2, 14]);
    expect(on('node-a').length).toBeGreaterThanOrEqual(2);
  });

  it('stands still when the only node is away', async () => {
    await withNodes('node-a');
    await withReplicas(2);
    cluster.silence('node-a');
    await seconds(7_200);
    expect([going('node-a').length, cluster.made.size]).toEqual([0, 2]);
  });

  it('is taken up by the next leader, who grants the full time and evicts nobody twice', async () => {
    await withNodes('node-a', 'node-b', 'node-c');
    await cluster.createPod('hasty', tolerating({ operator: 'EXISTS', effect: 'NO_EXECUTE', tolerationSeconds: 10 }));
    await cluster.createPod('usual', tolerating());
    await cluster.quiet();
    cluster.silence('node-a');
    await seconds(lease + toleration - 50);
    const evictedAt = cluster.pod('hasty')?.deletionTimestamp;
    expect([typeof evictedAt, cluster.pod('usual')?.deletionTimestamp]).toEqual(['string', null]);
    cluster = await cluster.restart();
    cluster.silence('node-a');
    cluster.runPods();
    await seconds(toleration - 1);
    expect(cluster.pod('usual')?.deletionTimestamp).toBeNull();
    await seconds(1);
    expect(cluster.pod('usual')?.deletionTimestamp).not.toBeNull();
    expect(cluster.pod('hasty')?.deletionTimestamp).toBe(evictedAt);
  });
});
