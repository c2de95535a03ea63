import { ApiError } from '../../../src/errors/api-error';
import type { Store } from '../../../src/registry/store/store';
import { openMemoryStore } from '../../../src/registry/store/memory/store';
import { aRunningPod } from '../../support/builders';
import { FakeClock } from '../../support/fake-clock';
import { aPodDraft, anRcDraft } from '../../support/registries';
import type { ApiHarness, ApiOptions } from './harness';
import { openApi } from './harness';

let api: ApiHarness;
const open = async (options?: ApiOptions): Promise<ApiHarness> => (api = await openApi(options));
afterEach(() => api.close());

const counts = 'currentReplicas readyReplicas availableReplicas terminatingReplicas';
const template = { labels: { app: 'web' }, spec: { containers: [{ name: 'main', image: 'host' }] } };

async function addPod(name: string, app: string, state: 'pending' | 'ready' | 'failed' = 'pending'): Promise<void> {
  await api.registries.pods.create(aPodDraft(name, { labels: { app } }));
  if (state === 'pending') return;
  const status = state === 'ready' ? aRunningPod().status : { ...aRunningPod().status, phase: 'FAILED' as const };
  await api.registries.pods.updateStatus({ namespace: 'default', name }, (pod) => ({ ...pod, status }));
}

describe('the counts', () => {
  test('are computed from the pods as they are when asked', async () => {
    await open();
    await api.registries.replicationControllers.create(anRcDraft('web'));
    await addPod('a', 'web', 'ready');
    await addPod('b', 'web');
    await addPod('c', 'web', 'failed');
    await addPod('d', 'other', 'ready');
    expect(await api.ask(`{ replicationController(name: "web") { ${counts} pods { totalCount } } }`)).toEqual({
      replicationController: { currentReplicas: 2, readyReplicas: 1, availableReplicas: 1, terminatingReplicas: 0, pods: { totalCount: 3 } },
    });
  });

  test('availability follows the clock', async () => {
    await open({ clock: new FakeClock({ now: Date.parse('2024-01-01T00:00:05.000Z') }) });
    await api.registries.replicationControllers.create(anRcDraft('web', { spec: { ...anRcDraft('web').spec, minReadySeconds: 10 } }));
    await addPod('a', 'web', 'ready');
    const ask = () => api.ask(`{ replicationController(name: "web") { readyReplicas availableReplicas } }`);
    expect(await ask()).toEqual({ replicationController: { readyReplicas: 1, availableReplicas: 0 } });
    await api.clock.advance(5_000);
    expect(await ask()).toEqual({ replicationController: { readyReplicas: 1, availableReplicas: 1 } });
  });

  test('of 200 controllers, all four, also under aliases and behind node(), are one batch and no read of the store', async () => {
    const clock = new FakeClock();
    const { store, reads } = countingReads(await openMemoryStore({ clock }));
    await open({ clock, store });
    for (let i = 0; i < 200; i += 1) await api.registries.replicationControllers.create(anRcDraft(`rc-${String(i).padStart(3, '0')}`));
    await addPod('a', 'rc-007', 'ready');
    const { id } = (await api.ask<{ replicationController: { id: string } }>('{ replicationController(name: "rc-007") { id } }')).replicationController;
    reads.length = 0;
    const data = await api.ask<{ replicationControllers: { nodes: { name: string; currentReplicas: number; again: number }[] } }>(
      `query ($id: ID!) { replicationControllers(first: 1000) { nodes { name ${counts} again: currentReplicas pods(first: 1) { totalCount } } } node(id: $id) { ... on ReplicationController { ${counts} } } }`,
      { id },
    );
    expect(data.replicationControllers.nodes).toHaveLength(200);
    expect(data.replicationControllers.nodes.filter((rc) => rc.currentReplicas > 0)).toEqual([expect.objectContaining({ name: 'rc-007', again: 1, pods: { totalCount: 1 } })]);
    expect(api.batches).toEqual([200]);
    expect(reads).toEqual([]);
    await store.close();
  });

  test('are null, each with an error of its own, when the pods cannot be listed; the rest of the answer is there', async () => {
    const broken = new ApiError('SERVICE_UNAVAILABLE', 'cannot list pods: the store cannot be reached', { retryAfterSeconds: 2 });
    await open({ disguise: (registries) => ({ ...registries, freshSnapshot: () => Promise.reject(broken), pods: registries.pods, replicationControllers: registries.replicationControllers }) });
    await api.registries.replicationControllers.create(anRcDraft('web'));
    const reply = await api.run(`{ replicationController(name: "web") { name currentReplicas readyReplicas } }`);
    expect(reply.data).toEqual({ replicationController: { name: 'web', currentReplicas: null, readyReplicas: null } });
    expect(reply.errors?.map((error) => [error.path, error.extensions?.code, error.extensions?.retryAfterSeconds])).toEqual([
      [['replicationController', 'currentReplicas'], 'SERVICE_UNAVAILABLE', 2],
      [['replicationController', 'readyReplicas'], 'SERVICE_UNAVAILABLE', 2],
    ]);
  });
});

describe('changing', () => {
  const update = 'mutation ($input: UpdateReplicationControllerInput!) { updateReplicationController(input: $input) { replicationController { generation labels spec { replicas selector minReadySeconds template { labels annotations spec { restartPolicy containers { name image imagePullPolicy } } } } } } }';
  interface Updated {
    updateReplicationController: { replicationController: { generation: number; spec: object } };
  }
  const create = (input: object = {}) =>
    api.ask('mutation ($input: CreateReplicationControllerInput!) { createReplicationController(input: $input) { replicationController { name spec { replicas selector } currentReplicas } } }', {
      input: { name: 'web', spec: { template }, ...input },
    });

  test('a new controller has one replica and selects what its template is labelled with', async () => {
    await open();
    expect(await create()).toEqual({ createReplicationController: { replicationController: { name: 'web', spec: { replicas: 1, selector: { app: 'web' } }, currentReplicas: 0 } } });
  });

  test('an update changes what is given and leaves the rest; a new template gets its defaults', async () => {
    await open();
    await create();
    const spec = { template: { annotations: { note: 'x' }, spec: { containers: [{ name: 'next', image: 'nginx' }] } } };
    const { replicationController } = (await api.ask<Updated>(update, { input: { name: 'web', spec } })).updateReplicationController;
    expect(replicationController).toEqual({
      generation: 2,
      labels: { app: 'web' },
      spec: {
        replicas: 1,
        selector: { app: 'web' },
        minReadySeconds: 0,
        template: { labels: { app: 'web' }, annotations: { note: 'x' }, spec: { restartPolicy: 'ALWAYS', containers: [{ name: 'next', image: 'nginx', imagePullPolicy: 'ALWAYS' }] } },
      },
    });
  });

  test('an update that changes nothing writes nothing', async () => {
    await open();
    await create();
    const { replicationController } = (await api.ask<Updated>(update, { input: { name: 'web', spec: { replicas: 1, template: { spec: template.spec } } } })).updateReplicationController;
    expect(replicationController.generation).toBe(1);
  });

  test.each([
    ['a selector that does not match the template', { spec: { template, selector: { app: 'other' } } }],
    ['negative replicas', { spec: { template, replicas: -1 } }],
    ['a template that does not restart always', { spec: { template: { ...template, spec: { ...template.spec, restartPolicy: 'NEVER' } } } }],
    ['no template', { spec: {} }],
  ])('%s is INVALID', async (_what, input) => {
    await open();
    const error = await api.refused('mutation ($input: CreateReplicationControllerInput!) { createReplicationController(input: $input) { replicationController { name } } }', { input: { name: 'web', ...input } });
    expect(error.extensions).toMatchObject({ code: 'INVALID', outcome: 'notApplied' });
    expect((error.extensions.details as { causes: object[] }).causes).not.toHaveLength(0);
  });

  test('scaling sets the number, refuses a negative one, and honours the uid', async () => {
    await open();
    await create();
    const scale = 'mutation ($input: ScaleReplicationControllerInput!) { scaleReplicationController(input: $input) { replicationController { spec { replicas } } } }';
    expect(await api.ask(scale, { input: { name: 'web', replicas: 5 } })).toEqual({ scaleReplicationController: { replicationController: { spec: { replicas: 5 } } } });
    expect((await api.refused(scale, { input: { name: 'web', replicas: -1 } })).extensions.code).toBe('INVALID');
    expect((await api.refused(scale, { input: { name: 'web', replicas: 1, uid: 'another' } })).extensions.code).toBe('CONFLICT');
    await api.ask(scale, { input: { name: 'web', replicas: 1, dryRun: true } });
    expect(await api.ask('{ replicationController(name: "web") { spec { replicas } } }')).toEqual({ replicationController: { spec: { replicas: 5 } } });
  });

  test('deleting removes it at once; with ORPHAN it stays, being deleted, until its pods have been released', async () => {
    await open();
    await create();
    await create({ name: 'second' });
    const remove = 'mutation ($input: DeleteReplicationControllerInput!) { deleteReplicationController(input: $input) { replicationController { name deletionTimestamp } } }';
    const deletionTimestamp = new Date(api.clock.now()).toISOString();
    await api.ask(remove, { input: { name: 'second' } });
    expect((await api.refused('{ replicationController(name: "second") { name } }')).extensions.code).toBe('NOT_FOUND');
    expect(await api.ask(remove, { input: { name: 'web', cascade: 'ORPHAN' } })).toEqual({ deleteReplicationController: { replicationController: { name: 'web', deletionTimestamp } } });
    expect(await api.ask('{ replicationController(name: "web") { deletionTimestamp } }')).toEqual({ replicationController: { deletionTimestamp } });
  });
});

/** Tells which reads of objects a store saw. What it is asked for its revision is no read of data. */
function countingReads(store: Store): { store: Store; reads: string[] } {
  const reads: string[] = [];
  const counted = new Proxy(store, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        if (property === 'get' || property === 'list') reads.push(String(property));
        return Reflect.apply(member, target, args);
      };
    },
  });
  return { store: counted, reads };
}
