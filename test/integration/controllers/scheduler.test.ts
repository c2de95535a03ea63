import { conditionOf } from '../../../src/api/meta';
import type { Loose } from '../../../src/api/loose';
import type { PodSpec } from '../../../src/api/pod';
import { isActive } from '../../../src/api/pod';
import { Cluster } from './cluster';

const asking = (cpu: string): Loose<PodSpec> => ({ containers: [{ name: 'main', image: 'host', resources: { requests: { cpu } } }] });
const twoCpus = { allocatable: { cpu: '2', memory: '1Gi', pods: 10 } };

describe('scheduler, with all loops running', () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await Cluster.start();
  });
  afterEach(() => cluster.stop());

  const nodeOf = (name: string): string | null | undefined => cluster.pod(name)?.spec.nodeName;
  const scheduled = (name: string) => conditionOf(cluster.pod(name)?.status.conditions ?? [], 'PodScheduled');

  it('binds a pod to a node that fits', async () => {
    await cluster.addNode('node-a');
    await cluster.createPod('web');
    await cluster.quiet();
    expect(nodeOf('web')).toBe('node-a');
    expect(scheduled('web')).toMatchObject({ status: 'TRUE' });
  });

  it('spreads the pods of a controller', async () => {
    for (const name of ['node-a', 'node-b', 'node-c']) await cluster.addNode(name);
    const rc = await cluster.createRc('web', { replicas: 6 });
    await cluster.quiet();
    const counts = ['node-a', 'node-b', 'node-c'].map((name) => cluster.podsOf(rc).filter(({ spec }) => spec.nodeName === name).length);
    expect(counts).toEqual([2, 2, 2]);
  });

  it('never gives the same room twice, however many pods come at once', async () => {
    await cluster.addNode('node-a', twoCpus);
    await cluster.addNode('node-b', twoCpus);
    const pods = Array.from({ length: 30 }, (_, i) => cluster.createPod(`pod-${i}`, { spec: asking('500m') }));
    await Promise.all(pods);
    await cluster.quiet();
    for (const name of ['node-a', 'node-b']) expect(cluster.registries.pods.byNode(name)).toHaveLength(4);
    expect(cluster.registries.pods.byNode('')).toHaveLength(22);
  });

  it('counts a binding that the cache does not show yet', async () => {
    await cluster.addNode('node-a', twoCpus);
    const letUpdate = cluster.store.hold('update');
    await cluster.createPod('first', { spec: asking('2') });
    await cluster.quiet();
    await cluster.createPod('second', { spec: asking('2') });
    await cluster.quiet();
    letUpdate();
    await cluster.quiet();
    expect([nodeOf('first'), nodeOf('second')]).toEqual(['node-a', null]);
  });

  it('keeps the room of a binding whose outcome is not known', async () => {
    await cluster.addNode('node-a', twoCpus);
    const showNews = cluster.store.hold('watch');
    const created = [cluster.createPod('first', { spec: asking('2') }), cluster.createPod('second', { spec: asking('2') })];
    await cluster.clock.advance(5_000);
    await Promise.all(created);
    cluster.store.refuse({ verbs: ['update'], code: 'TIMEOUT', when: 'after', times: 1 });
    showNews();
    await cluster.advance(60_000);
    expect([nodeOf('first'), nodeOf('second')].sort()).toEqual(['node-a', null]);
  });

  it('says on the pod why no node will do, and writes that once', async () => {
    await cluster.addNode('node-a', { conditions: [] });
    await cluster.addNode('node-b');
    await cluster.createPod('web', { spec: { nodeSelector: { disk: 'ssd' } } });
    const revision = await cluster.quiet();
    expect(scheduled('web')).toMatchObject({
      status: 'FALSE',
      reason: 'Unschedulable',
      message: '0/2 nodes are available: 1 not ready, 1 did not match nodeSelector',
    });
    expect(await cluster.advance(30_000)).toBe(revision);
  });

  it('says so when there is no node at all, and binds once one registers', async () => {
    await cluster.createPod('web');
    await cluster.advance(100);
    expect(scheduled('web')?.message).toBe('no node has registered yet');
    await cluster.addNode('node-a');
    await cluster.advance(100);
    expect(nodeOf('web')).toBe('node-a');
    expect(scheduled('web')).toMatchObject({ status: 'TRUE', message: null });
  });

  it('tries again when a node becomes ready, is uncordoned, or gets a label', async () => {
    const node = await cluster.addNode('node-a', { conditions: [] });
    await cluster.cordon('node-a', true);
    await cluster.createPod('web', { spec: { nodeSelector: { disk: 'ssd' } } });
    await cluster.advance(100);
    expect(scheduled('web')?.message).toBe('0/1 node is available: 1 not ready');
    await cluster.addNode('node-a');
    await cluster.advance(100);
    expect(scheduled('web')?.message).toBe('0/1 node is available: 1 cordoned');
    await cluster.cordon('node-a', false);
    await cluster.advance(100);
    expect(scheduled('web')?.message).toBe('0/1 node is available: 1 did not match nodeSelector');
    await cluster.registries.clusterNodes.update(node, (current) => ({ ...current, labels: { disk: 'ssd' } }));
    await cluster.advance(100);
    expect(nodeOf('web')).toBe('node-a');
  });

  it('keeps pods off a tainted node that do not tolerate it, and tries again when the taint is taken away', async () => {
    const { name } = await cluster.addNode('node-a');
    await cluster.taint(name, { key: 'dedicated', value: 'gpu', effect: 'NO_SCHEDULE' });
    await cluster.createPod('web');
    await cluster.createPod('gpu', { spec: { tolerations: [{ key: 'dedicated', operator: 'EXISTS' }] } });
    await cluster.advance(100);
    expect([nodeOf('web'), nodeOf('gpu')]).toEqual([null, 'node-a']);
    expect(scheduled('web')?.message).toBe('0/1 node is available: 1 had untolerated taint dedicated=gpu');
    await cluster.taint(name);
    await cluster.advance(100);
    expect(nodeOf('web')).toBe('node-a');
  });

  it.each(['is deleted', 'finishes'])('tries again when a pod %s and leaves room', async (how) => {
    await cluster.addNode('node-a', twoCpus);
    const first = await cluster.createPod('first', { spec: asking('2') });
    await cluster.advance(100);
    await cluster.createPod('second', { spec: asking('1') });
    await cluster.advance(100);
    expect(scheduled('second')?.message).toBe('0/1 node is available: 1 insufficient cpu');
    if (how === 'finishes') await cluster.report(first, 'SUCCEEDED');
    else await cluster.registries.pods.delete(first, { gracePeriodSeconds: 0 });
    await cluster.advance(100);
    expect(nodeOf('second')).toBe('node-a');
  });

  it('tries again when the pod that was about to get the room is deleted before it has it', async () => {
    await cluster.addNode('node-a', twoCpus);
    // Past the look that the node's coming leads to.
    await cluster.advance(1_000);
    const letUpdate = cluster.store.hold('update');
    const first = await cluster.createPod('first', { spec: asking('2') });
    await cluster.quiet();
    await cluster.createPod('second', { spec: asking('2') });
    await cluster.quiet();
    await cluster.registries.pods.delete(first);
    letUpdate();
    await cluster.advance(1_000);
    expect(nodeOf('second')).toBe('node-a');
  });

  it('tries ever less often while nothing can be bound, however many pods want the same room', async () => {
    await cluster.addNode('node-a', twoCpus);
    cluster.store.refuse({ verbs: ['update'], code: 'UNAVAILABLE', when: 'before' });
    await Promise.all(['first', 'second', 'third'].map((name) => cluster.createPod(name, { spec: asking('2') })));
    const before = cluster.store.calls.update;
    await cluster.live(300_000);
    expect(cluster.store.calls.update - before).toBeLessThan(3 * 50);
    cluster.store.heal();
    await cluster.live(90_000);
    expect(cluster.registries.pods.byNode('node-a')).toHaveLength(1);
  });

  it('goes through those that wait once when many pods end together', async () => {
    await cluster.addNode('node-a', { allocatable: { cpu: '4', memory: '8Gi', pods: 20 } });
    const first = await Promise.all(Array.from({ length: 20 }, (_, i) => cluster.createPod(`first-${i}`)));
    await cluster.quiet();
    await Promise.all(Array.from({ length: 30 }, (_, i) => cluster.createPod(`second-${i}`)));
    await cluster.quiet();
    const looks = jest.spyOn(cluster.registries.pods, 'byNode');
    await Promise.all(first.map((pod) => cluster.report(pod, 'SUCCEEDED')));
    await cluster.advance(1_000);
    expect(looks.mock.calls.filter(([name]) => name === '')).toHaveLength(1);
    expect(cluster.registries.pods.byNode('node-a').filter(isActive)).toHaveLength(20);
  });

  it('leaves a pod alone that has its node from the start', async () => {
    await cluster.addNode('node-a');
    const created = await cluster.createPod('pinned', { spec: { nodeName: 'node-a' } });
    await cluster.advance(30_000);
    expect(cluster.pod('pinned')).toEqual(created);
  });

  it('says so, once, on a pod that was created for a node that is not there, and lets it wait', async () => {
    await cluster.createPod('pinned', { spec: { nodeName: 'elsewhere' } });
    const revision = await cluster.quiet();
    expect(nodeOf('pinned')).toBe('elsewhere');
    expect(scheduled('pinned')).toMatchObject({ status: 'FALSE', reason: 'NodeNotFound', message: expect.stringContaining('there is no node of that name') });
    expect(scheduled('pinned')?.message).toContain('created for node elsewhere');
    expect(await cluster.advance(600_000)).toBe(revision);
    expect(cluster.pod('pinned')?.status.phase).toBe('PENDING');
  });

  it('leaves the word to the kubelet of a node that comes after its pod', async () => {
    const pinned = await cluster.createPod('pinned', { spec: { nodeName: 'late' } });
    await cluster.quiet();
    await cluster.addNode('late');
    await cluster.registries.pods.updateStatus(pinned, (pod) => ({
      ...pod,
      status: { ...pod.status, observedGeneration: 1, conditions: [{ type: 'PodScheduled', status: 'TRUE', reason: null, message: null, lastTransitionTime: null }] },
    }));
    const revision = await cluster.quiet();
    await cluster.registries.clusterNodes.delete({ namespace: null, name: 'late' });
    expect(await cluster.advance(100)).toBeGreaterThan(revision);
    expect(scheduled('pinned')).toMatchObject({ status: 'TRUE' });
  });

  it('says it of a pod whose node goes before its kubelet has seen the pod', async () => {
    await cluster.addNode('brief');
    await cluster.createPod('pinned', { spec: { nodeName: 'brief' } });
    await cluster.quiet();
    expect(scheduled('pinned')).toBeUndefined();
    await cluster.registries.clusterNodes.delete({ namespace: null, name: 'brief' });
    await cluster.quiet();
    expect(scheduled('pinned')).toMatchObject({ status: 'FALSE', reason: 'NodeNotFound' });
  });

  it('binds pods that were waiting before it started', async () => {
    const late = await Cluster.start({
      before: async (registries) => {
        const base = { generateName: null, labels: {}, annotations: {} };
        await registries.pods.create({ ...base, name: 'web', namespace: 'default', spec: { containers: [{ name: 'main', image: 'host' }] } });
      },
    });
    await late.addNode('node-a');
    await late.advance(100);
    expect(late.pod('web')?.spec.nodeName).toBe('node-a');
    await late.stop();
  });
});
