import { healthTaintKeys } from '../../../src/api/taints';
import { aNodeDraft, aPodDraft } from '../../support/registries';
import type { ApiHarness } from './harness';
import { openApi } from './harness';

let api: ApiHarness;
beforeEach(async () => {
  api = await openApi();
  await api.registries.clusterNodes.register(aNodeDraft('node-a'), 40);
});
afterEach(() => api.close());

const node = { namespace: null, name: 'node-a' };

describe('taintClusterNode', () => {
  const taint = 'mutation ($input: TaintClusterNodeInput!) { taintClusterNode(input: $input) { clusterNode { resourceVersion taints { key value effect timeAdded } } } }';
  interface Answer {
    readonly taintClusterNode: { readonly clusterNode: { readonly resourceVersion: string; readonly taints: readonly object[] } };
  }
  const set = async (...taints: object[]) => (await api.ask<Answer>(taint, { input: { name: 'node-a', taints } })).taintClusterNode.clusterNode;
  const gpu = { key: 'dedicated', value: 'gpu', effect: 'NO_SCHEDULE' };

  test('replaces the list; a taint that stays keeps its time', async () => {
    const since = new Date(api.clock.now()).toISOString();
    await set(gpu, { key: 'old', effect: 'NO_EXECUTE' });
    await api.clock.advance(5_000);
    const later = new Date(api.clock.now()).toISOString();
    const { taints } = await set({ key: 'new', effect: 'PREFER_NO_SCHEDULE' }, gpu);
    expect(taints).toEqual([
      { key: 'new', value: null, effect: 'PREFER_NO_SCHEDULE', timeAdded: later },
      { ...gpu, timeAdded: since },
    ]);
  });

  test('writes nothing when nothing changes', async () => {
    const { resourceVersion } = await set(gpu);
    expect((await set(gpu)).resourceVersion).toBe(resourceVersion);
  });

  test('leaves what says what became of the node, and takes no such word from anybody', async () => {
    const lost = { key: healthTaintKeys.unreachable, value: null, effect: 'NO_EXECUTE', timeAdded: null } as const;
    await api.registries.clusterNodes.updateTaints(node, () => [lost]);
    expect((await set()).taints).toEqual([lost]);
    const { extensions } = await api.refused(taint, { input: { name: 'node-a', taints: [{ key: lost.key, effect: 'NO_EXECUTE' }] } });
    expect(extensions).toMatchObject({ code: 'INVALID', details: { causes: [{ field: 'spec.taints[0].key', reason: 'FieldValueForbidden' }] } });
  });

  test('is CONFLICT on a version that is stale, and no write of the system makes it so', async () => {
    const { resourceVersion } = await set(gpu);
    await api.registries.clusterNodes.updateTaints(node, ({ spec }) => [...spec.taints, { key: healthTaintKeys.notReady, value: null, effect: 'NO_SCHEDULE', timeAdded: null }]);
    await api.ask(taint, { input: { name: 'node-a', taints: [], resourceVersion } });
    const { extensions } = await api.refused(taint, { input: { name: 'node-a', taints: [gpu], resourceVersion } });
    expect(extensions).toMatchObject({ code: 'CONFLICT', details: { changedFields: ['spec.taints[0].key', 'spec.taints[0].value', 'spec.taints[0].timeAdded'] } });
  });
});

describe('drainClusterNode', () => {
  const drain = 'mutation ($input: DrainClusterNodeInput!) { drainClusterNode(input: $input) { clusterNode { ...Drain } } }';
  const fields = ' fragment Drain on ClusterNode { unschedulable drain { requestedAt gracePeriodSeconds maxUnavailable force remaining completed blockedBy { pod { name clusterNode { name } } reason message } } }';
  const ask = async (input: object = {}) => (await api.ask<{ drainClusterNode: { clusterNode: object } }>(drain + fields, { input: { name: 'node-a', ...input } })).drainClusterNode.clusterNode;

  test('cordons the node and says in one answer what is left, and why', async () => {
    await api.registries.pods.create(aPodDraft('bare', { podSpec: { nodeName: 'node-a' } }));
    const requestedAt = new Date(api.clock.now()).toISOString();
    const expected = {
      unschedulable: true,
      drain: {
        requestedAt,
        gracePeriodSeconds: null,
        maxUnavailable: 1,
        force: false,
        remaining: 1,
        completed: false,
        blockedBy: [{ pod: { name: 'bare', clusterNode: { name: 'node-a' } }, reason: 'NO_CONTROLLER', message: expect.stringContaining('force') as string }],
      },
    };
    expect(await ask()).toEqual(expected);
    expect(await api.ask(`{ clusterNode(name: "node-a") { ...Drain } }${fields}`)).toEqual({ clusterNode: expected });
  });

  test('asked again is the same drain with other numbers; on an empty node it is completed', async () => {
    const requestedAt = new Date(api.clock.now()).toISOString();
    await ask();
    await api.clock.advance(5_000);
    expect(await ask({ maxUnavailable: 3, gracePeriodSeconds: 5, force: true })).toMatchObject({
      drain: { requestedAt, maxUnavailable: 3, gracePeriodSeconds: 5, force: true, remaining: 0, completed: true, blockedBy: [] },
    });
  });

  test('is called off when new pods may come', async () => {
    await ask();
    const cordon = (unschedulable: boolean) =>
      api.ask(`mutation { cordonClusterNode(input: { name: "node-a", unschedulable: ${unschedulable} }) { clusterNode { unschedulable drain { remaining } } } }`);
    expect(await cordon(true)).toEqual({ cordonClusterNode: { clusterNode: { unschedulable: true, drain: { remaining: 0 } } } });
    expect(await cordon(false)).toEqual({ cordonClusterNode: { clusterNode: { unschedulable: false, drain: null } } });
  });

  test('refuses numbers that are none, and changes nothing with dryRun', async () => {
    expect((await api.refused(drain + fields, { input: { name: 'node-a', maxUnavailable: 0, gracePeriodSeconds: -1 } })).extensions).toMatchObject({
      code: 'INVALID',
      details: { causes: [{ field: 'spec.drain.maxUnavailable' }, { field: 'spec.drain.gracePeriodSeconds' }] },
    });
    expect(await ask({ dryRun: true })).toMatchObject({ drain: { completed: true } });
    expect(await api.ask('{ clusterNode(name: "node-a") { unschedulable drain { remaining } } }')).toEqual({ clusterNode: { unschedulable: false, drain: null } });
  });

  test('survives that the kubelet registers again', async () => {
    await ask();
    await api.registries.clusterNodes.register(aNodeDraft('node-a'), 40);
    expect(await api.ask('{ clusterNode(name: "node-a") { unschedulable drain { maxUnavailable } } }')).toEqual({ clusterNode: { unschedulable: true, drain: { maxUnavailable: 1 } } });
  });
});

test('deleteClusterNode forgets a node and its lease; with dryRun, or on another uid, it stays', async () => {
  const remove = 'mutation ($input: DeleteClusterNodeInput!) { deleteClusterNode(input: $input) { clusterNode { name } } }';
  await api.ask(remove, { input: { name: 'node-a', dryRun: true } });
  expect((await api.refused(remove, { input: { name: 'node-a', uid: '10000000-0000-4000-8000-00000000ffff' } })).extensions.code).toBe('CONFLICT');
  expect(await api.registries.clusterNodes.lastHeartbeat('node-a')).not.toBeNull();
  await api.ask(remove, { input: { name: 'node-a' } });
  expect(await api.registries.clusterNodes.lastHeartbeat('node-a')).toBeNull();
  expect((await api.refused(remove, { input: { name: 'node-a' } })).extensions.code).toBe('NOT_FOUND');
});

test('a pod says what it tolerates, and what was left out has its default', async () => {
  const create = `mutation ($input: CreatePodInput!) { createPod(input: $input) { pod { manifest spec { tolerations { key operator value effect tolerationSeconds } } } } }`;
  const tolerations = [{ key: 'dedicated', value: 'gpu' }, { operator: 'EXISTS', effect: 'NO_EXECUTE', tolerationSeconds: 60 }];
  const { createPod } = await api.ask<{ createPod: { pod: { manifest: string } } }>(create, {
    input: { name: 'web', spec: { containers: [{ name: 'main', image: 'host' }], tolerations } },
  });
  expect(createPod.pod).toMatchObject({
    spec: {
      tolerations: [
        { key: 'dedicated', operator: 'EQUAL', value: 'gpu', effect: null, tolerationSeconds: null },
        { key: null, operator: 'EXISTS', value: null, effect: 'NO_EXECUTE', tolerationSeconds: 60 },
      ],
    },
  });
  expect(createPod.pod.manifest).toContain(`  tolerations:
    - key: dedicated
      value: gpu
    - operator: Exists
      effect: NoExecute
      tolerationSeconds: 60
`);
});
