import { conditionOf } from '../../../src/api/meta';
import { isActive, isReady } from '../../../src/api/pod';
import type { ReplicationController } from '../../../src/api/replication-controller';
import { drainProgress } from '../../../src/resolvers/drain';
import { aNode } from '../../support/builders';
import { Cluster } from './cluster';

const room = (pods: number) => ({ allocatable: { ...aNode().status.allocatable, pods } });
const delays = { start: 3_000, stop: 2_000 };

describe('drain, with all loops running', () => {
  let cluster: Cluster;
  let rc: ReplicationController;
  /** The fewest ready pods that any change of any pod has left, since `watchReady`. */
  let fewest = Infinity;

  /** 20 replicas, ten of them on node-a. */
  beforeEach(async () => {
    cluster = await Cluster.start();
    cluster.runPods(delays);
    await cluster.addNode('node-a', room(10));
    await cluster.addNode('node-b', room(5));
    await cluster.addNode('node-c', room(5));
    rc = await cluster.createRc('web', { replicas: 20 });
    await cluster.live(10_000);
    await cluster.addNode('node-b', room(30));
    await cluster.addNode('node-c', room(30));
    expect([on('node-a').length, ready()]).toEqual([10, 20]);
    watchReady();
  });
  afterEach(() => cluster.stop());

  const on = (name: string) => cluster.registries.pods.byNode(name);
  const ready = (): number => cluster.podsOf(rc).filter(isReady).length;
  const watchReady = (): void => {
    fewest = Infinity;
    cluster.registries.pods.informer.subscribe(() => {
      fewest = Math.min(fewest, ready());
    });
  };
  const progress = async (name: string) => {
    const node = cluster.node(name);
    const drain = node && drainProgress(node, await cluster.registries.freshSnapshot(), cluster.clock.now());
    return drain && { remaining: drain.remaining, completed: drain.completed, blockedBy: drain.blockedBy.map(({ pod, reason }) => `${pod.name} ${reason}`) };
  };

  it.each([1, 3])('empties a node, and never more than %d of the replicas are away', async (maxUnavailable) => {
    await cluster.drain('node-a', { maxUnavailable });
    await cluster.quiet();
    expect(await progress('node-a')).toMatchObject({ remaining: 10, completed: false });
    expect((await progress('node-a'))?.blockedBy).toHaveLength(10 - maxUnavailable);
    await cluster.live(120_000);
    expect([on('node-a').length, ready(), fewest, cluster.made.size]).toEqual([0, 20, 20 - maxUnavailable, 30]);
    expect(await progress('node-a')).toEqual({ remaining: 0, completed: true, blockedBy: [] });
    expect(cluster.node('node-a')?.spec.unschedulable).toBe(true);
    const revision = await cluster.quiet();
    expect(await cluster.live(60_000)).toBe(revision);
  });

  it('says on each pod why it goes, and gives it the grace that was asked for', async () => {
    await cluster.drain('node-a', { gracePeriodSeconds: 7 });
    await cluster.quiet();
    const going = on('node-a').filter((pod) => !isActive(pod));
    expect(going).toHaveLength(1);
    expect(going[0]).toMatchObject({ deletionGracePeriodSeconds: 7 });
    expect(conditionOf(going[0]?.status.conditions ?? [], 'DisruptionTarget')).toMatchObject({ reason: 'EvictionByDrain', message: 'node node-a is being drained' });
  });

  it('keeps the limit when two nodes are drained at a time', async () => {
    await cluster.addNode('node-d', room(30));
    await cluster.drain('node-a');
    await cluster.drain('node-b');
    await cluster.live(300_000);
    expect([on('node-a').length, on('node-b').length, ready(), fewest]).toEqual([0, 0, 20, 19]);
  });

  it('goes on under the next leader, and keeps the limit', async () => {
    await cluster.drain('node-a', { maxUnavailable: 2 });
    await cluster.live(6_000);
    expect(on('node-a').length).toBeGreaterThan(2);
    cluster = await cluster.restart();
    cluster.runPods(delays);
    watchReady();
    await cluster.live(120_000);
    expect([on('node-a').length, ready(), fewest]).toEqual([0, 20, 18]);
  });

  it('keeps the limit when the store fails on the way', async () => {
    await cluster.drain('node-a');
    for (let i = 0; i < 20; i += 1) {
      cluster.store.refuse({ verbs: ['update'], code: 'TIMEOUT', when: i % 2 === 0 ? 'after' : 'before', times: 2 });
      await cluster.live(10_000);
    }
    await cluster.live(120_000);
    expect([on('node-a').length, ready(), fewest]).toEqual([0, 20, 19]);
  });

  it('lets pods go first that are not ready anyway', async () => {
    const broken = on('node-a').slice(0, 4);
    for (const pod of broken) await cluster.report(pod, 'PENDING');
    watchReady();
    await cluster.drain('node-a');
    await cluster.quiet();
    expect(broken.map(({ name }) => cluster.pod(name)?.deletionTimestamp !== null)).toEqual([true, true, true, true]);
    expect(on('node-a').filter(isActive)).toHaveLength(6);
    await cluster.live(120_000);
    expect([on('node-a').length, ready(), fewest]).toEqual([0, 20, 16]);
  });

  it('waits, and says why, when there is no room elsewhere', async () => {
    await cluster.cordon('node-b', true);
    await cluster.cordon('node-c', true);
    await cluster.drain('node-a');
    await cluster.live(120_000);
    expect([on('node-a').length, ready(), fewest]).toEqual([9, 19, 19]);
    expect((await progress('node-a'))?.blockedBy).toEqual(on('node-a').map(({ name }) => `${name} TOO_FEW_READY`).sort());
    await cluster.cordon('node-b', false);
    await cluster.live(120_000);
    expect([on('node-a').length, ready(), fewest]).toEqual([0, 20, 19]);
  });

  it('evicts nobody from a node that is cut off for a moment, and goes on when it is back', async () => {
    await cluster.cordon('node-b', true);
    await cluster.cordon('node-c', true);
    await cluster.drain('node-a');
    await cluster.live(20_000);
    const [first] = on('node-a');
    expect(on('node-a')).toHaveLength(9);
    cluster.silence('node-a');
    await cluster.live(70_000);
    expect(first && conditionOf(cluster.pod(first.name)?.status.conditions ?? [], 'Ready')?.reason).toBe('NodeNotReady');
    expect(on('node-a').filter(isActive)).toHaveLength(9);
    expect((await progress('node-a'))?.blockedBy).toEqual(on('node-a').map(({ name }) => `${name} NODE_NOT_READY`).sort());
    // Registered, and not a word of its pods yet.
    await cluster.addNode('node-a', room(10));
    await cluster.live(10_000);
    expect(on('node-a').filter(isActive)).toHaveLength(9);
    await cluster.wake('node-a');
    watchReady();
    await cluster.live(10_000);
    expect([on('node-a').length, ready()]).toEqual([9, 19]);
    await cluster.cordon('node-b', false);
    await cluster.live(120_000);
    expect([on('node-a').length, ready(), fewest]).toEqual([0, 20, 19]);
  });

  it('goes on when its controller wants fewer', async () => {
    await cluster.cordon('node-b', true);
    await cluster.cordon('node-c', true);
    await cluster.drain('node-a');
    await cluster.live(20_000);
    await cluster.scale(rc, 10);
    await cluster.live(60_000);
    expect(on('node-a').length).toBe(0);
    expect(ready()).toBeGreaterThanOrEqual(9);
  });

  it('leaves pods that nobody would replace, says which, and takes them when it is forced', async () => {
    await cluster.createPod('bare', { spec: { nodeName: 'node-a' } });
    await cluster.live(10_000);
    await cluster.drain('node-a');
    await cluster.live(120_000);
    expect(await progress('node-a')).toEqual({ remaining: 1, completed: false, blockedBy: ['bare NO_CONTROLLER'] });
    const requestedAt = cluster.node('node-a')?.spec.drain?.requestedAt;
    await cluster.drain('node-a', { force: true });
    await cluster.live(10_000);
    expect(await progress('node-a')).toMatchObject({ remaining: 0, completed: true });
    expect(cluster.node('node-a')?.spec.drain?.requestedAt).toBe(requestedAt);
  });

  it('leaves the pods of a controller that is deleted and leaves them', async () => {
    await cluster.cordon('node-b', true);
    await cluster.cordon('node-c', true);
    await cluster.drain('node-a');
    await cluster.live(20_000);
    const waiting = on('node-a').map(({ name }) => name).sort();
    await cluster.registries.replicationControllers.deleteWithCascade(rc, 'ORPHAN');
    await cluster.live(20_000);
    expect([waiting.length, cluster.rc('web')]).toEqual([9, undefined]);
    expect(on('node-a').filter(isActive)).toHaveLength(9);
    expect((await progress('node-a'))?.blockedBy).toEqual(waiting.map((name) => `${name} NO_CONTROLLER`));
  });

  it('leaves the pods of a controller that cannot be read', async () => {
    const { items } = await cluster.store.list('/registry/replicationcontrollers/');
    for (const { key, modRevision } of items) await cluster.store.update(key, new TextEncoder().encode('damaged'), modRevision);
    await cluster.store.compactAll();
    cluster = await cluster.restart();
    expect(cluster.rc('web')).toBeUndefined();
    await cluster.drain('node-a');
    await cluster.live(20_000);
    expect(on('node-a').filter(isActive)).toHaveLength(10);
    expect(new Set((await progress('node-a'))?.blockedBy.map((line) => line.split(' ')[1]))).toEqual(new Set(['CONTROLLER_NOT_FOUND']));
  });

  it('ends when the node is uncordoned', async () => {
    await cluster.drain('node-a');
    await cluster.live(12_000);
    await cluster.cordon('node-a', false);
    await cluster.live(60_000);
    const left = on('node-a').length;
    expect(left).toBeGreaterThan(2);
    await cluster.live(120_000);
    expect([on('node-a').length, ready(), cluster.node('node-a')?.spec.drain]).toEqual([left, 20, null]);
  });
});
