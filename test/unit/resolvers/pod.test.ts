import type { Pod } from '../../../src/api/pod';
import { podFragment } from '../../../src/client/operations/fragments';
import { aRunningPod } from '../../support/builders';
import { aNodeDraft, aPodDraft, anRcDraft } from '../../support/registries';
import type { ApiHarness } from './harness';
import { openApi } from './harness';

let api: ApiHarness;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const spec = { containers: [{ name: 'main', image: 'host', command: ['sleep', '1'] }] };
const createPod = `mutation ($input: CreatePodInput!) { createPod(input: $input) { pod { namespace name uid generation labels resourceVersion
  spec { restartPolicy terminationGracePeriodSeconds containers { name image env { name value } imagePullPolicy resources { limits { cpu memory } } } }
  status { phase } ready restartCount } } }`;

interface CreatedPod {
  createPod: { pod: { namespace: string; name: string; uid: string; generation: number; resourceVersion: string; labels: object; spec: { containers: { image: string }[] } } };
}
const create = (input: object) => api.ask<CreatedPod>(createPod, { input }).then((data) => data.createPod.pod);

describe('createPod', () => {
  test('fills in the defaults and stores the pod', async () => {
    const pod = await create({ name: 'web', labels: { app: 'web' }, spec: { containers: [{ ...spec.containers[0], env: [{ name: 'A' }], resources: { limits: { cpu: '0.5', memory: '64Mi' } } }] } });
    expect(pod).toMatchObject({
      namespace: 'default',
      name: 'web',
      generation: 1,
      labels: { app: 'web' },
      spec: {
        restartPolicy: 'ALWAYS',
        terminationGracePeriodSeconds: 30,
        containers: [{ name: 'main', image: 'host', env: [{ name: 'A', value: '' }], imagePullPolicy: 'IF_NOT_PRESENT', resources: { limits: { cpu: '500m', memory: '64Mi' } } }],
      },
      status: { phase: 'PENDING' },
      ready: false,
      restartCount: 0,
    });
    expect((await api.registries.pods.get({ namespace: 'default', name: 'web' })).uid).toBe(pod.uid);
  });

  test('takes its values as literals in the document just as well', async () => {
    const data = await api.ask<CreatedPod>(
      'mutation { createPod(input: { name: "web", labels: { app: "web", tier: "front" }, spec: { restartPolicy: ON_FAILURE, containers: [{ name: "main", image: "host" }] } }) { pod { name labels } } }',
    );
    expect(data.createPod.pod).toEqual({ name: 'web', labels: { app: 'web', tier: 'front' } });
  });

  test('takes a variable inside a literal', async () => {
    const data = await api.ask<CreatedPod>(
      'mutation ($app: String!) { createPod(input: { name: "web", labels: { app: $app, tier: "front" }, spec: { containers: [{ name: "main", image: "host" }] } }) { pod { name labels } } }',
      { app: 'web' },
    );
    expect(data.createPod.pod).toEqual({ name: 'web', labels: { app: 'web', tier: 'front' } });
  });

  test('names every broken field at once, and creates nothing', async () => {
    const bad = { name: 'No_Name', labels: { '-': 'x' }, spec: { terminationGracePeriodSeconds: -1, containers: [{ name: 'main' }, { name: 'main', image: 'host', ports: [{ containerPort: 70000 }] }] } };
    const error = await api.refused(createPod, { input: bad });
    expect(error.extensions).toMatchObject({ code: 'INVALID', reason: 'Invalid', status: 422, retryable: false, outcome: 'notApplied' });
    const { causes } = error.extensions.details as { causes: { field: string; reason: string }[] };
    expect(causes.map((cause) => cause.field)).toEqual(
      expect.arrayContaining(['spec.terminationGracePeriodSeconds', 'spec.containers[0].image', 'spec.containers[1].name', 'spec.containers[1].ports[0].containerPort']),
    );
    expect(causes.length).toBeGreaterThanOrEqual(5);
    expect((await api.ask<{ pods: { totalCount: number } }>('{ pods { totalCount } }')).pods.totalCount).toBe(0);
  });

  test('with a uid is safe to send twice', async () => {
    const input = { name: 'web', uid: '3b241101-e2bb-4255-8caf-4136c566a962', spec };
    const [first, second] = [await create(input), await create(input)];
    expect(second).toEqual(first);
    expect(first.uid).toBe(input.uid);
  });

  test('of a name that is taken is ALREADY_EXISTS', async () => {
    await create({ name: 'web', spec });
    const error = await api.refused(createPod, { input: { name: 'web', spec } });
    expect(error.extensions).toMatchObject({ code: 'ALREADY_EXISTS', status: 409, outcome: 'notApplied', details: { kind: 'Pod', namespace: 'default', name: 'web' } });
    expect(error.path).toEqual(['createPod']);
  });

  test('as a dry run answers with the pod and stores nothing', async () => {
    expect(await create({ name: 'web', dryRun: true, spec })).toMatchObject({ name: 'web' });
    expect((await api.refused('{ pod(name: "web") { name } }')).extensions.code).toBe('NOT_FOUND');
  });

  test.each([
    ['an unknown enum value', { name: 'web', spec: { ...spec, restartPolicy: 'SOMETIMES' } }],
    ['a label that is no string', { name: 'web', labels: { app: 1 }, spec }],
    ['a field that does not exist', { name: 'web', spec, replicas: 3 }],
    ['no spec', { name: 'web' }],
  ])('with %s in its variables is BAD_USER_INPUT', async (_what, input) => {
    expect((await api.refused(createPod, { input })).extensions).toMatchObject({ code: 'BAD_USER_INPUT', status: 400 });
  });
});

describe('updatePod', () => {
  const update = 'mutation ($input: UpdatePodInput!) { updatePod(input: $input) { pod { generation labels annotations resourceVersion spec { activeDeadlineSeconds containers { image } } } } }';
  interface Updated {
    updatePod: { pod: { generation: number; labels: object; annotations: object; spec: { containers: { image: string }[] } } };
  }

  test('replaces the maps that are given and leaves what is not', async () => {
    await create({ name: 'web', labels: { a: '1', b: '2' }, annotations: { note: 'x' }, spec });
    const { pod } = (await api.ask<Updated>(update, { input: { name: 'web', labels: { c: '3' } } })).updatePod;
    expect(pod).toMatchObject({ labels: { c: '3' }, annotations: { note: 'x' }, generation: 1 });
  });

  test('changes an image by the name of its container', async () => {
    await create({ name: 'web', spec: { containers: [{ name: 'a', image: 'host' }, { name: 'b', image: 'host' }] } });
    const { pod } = (await api.ask<Updated>(update, { input: { name: 'web', spec: { containers: [{ name: 'b', image: 'nginx:1' }] } } })).updatePod;
    expect(pod).toMatchObject({ generation: 2, spec: { containers: [{ image: 'host' }, { image: 'nginx:1' }] } });
  });

  test('of a container that is not there is INVALID and names it', async () => {
    await create({ name: 'web', spec });
    const error = await api.refused(update, { input: { name: 'web', spec: { containers: [{ name: 'x', image: 'host' }] } } });
    expect(error.extensions).toMatchObject({ code: 'INVALID', details: { causes: [{ field: 'spec.containers[0].name', reason: 'FieldValueNotFound' }] } });
  });

  test('with the version of an earlier state is CONFLICT; a status written meanwhile is no obstacle', async () => {
    const { resourceVersion } = await create({ name: 'web', spec });
    await api.registries.pods.updateStatus({ namespace: 'default', name: 'web' }, (pod) => ({ ...pod, status: { ...pod.status, message: 'seen' } }));
    await api.ask(update, { input: { name: 'web', resourceVersion, labels: { a: '1' } } });
    const error = await api.refused(update, { input: { name: 'web', resourceVersion, labels: { a: '2' } } });
    expect(error.extensions).toMatchObject({ code: 'CONFLICT', outcome: 'notApplied', details: { changedFields: [expect.stringContaining('labels')] } });
  });
});

describe('deletePod and bindPod', () => {
  test('a pod that no node has taken on goes at once; deleting it again is NOT_FOUND', async () => {
    await create({ name: 'web', spec });
    const remove = 'mutation { deletePod(input: { name: "web" }) { pod { name } } }';
    expect(await api.ask(remove)).toEqual({ deletePod: { pod: { name: 'web' } } });
    expect((await api.refused(remove)).extensions).toMatchObject({ code: 'NOT_FOUND', outcome: 'notApplied' });
  });

  test('a bound pod is asked to end, and goes with grace 0', async () => {
    await api.registries.clusterNodes.register(aNodeDraft('node-a'), 40);
    await create({ name: 'web', spec });
    const bound = await api.ask('mutation { bindPod(input: { name: "web", nodeName: "node-a" }) { pod { spec { nodeName } clusterNode { name } } } }');
    expect(bound).toEqual({ bindPod: { pod: { spec: { nodeName: 'node-a' }, clusterNode: { name: 'node-a' } } } });
    const asked = await api.ask<{ deletePod: { pod: { deletionTimestamp: string | null } } }>('mutation { deletePod(input: { name: "web", gracePeriodSeconds: 5 }) { pod { deletionTimestamp deletionGracePeriodSeconds } } }');
    expect(asked.deletePod.pod).toEqual({ deletionTimestamp: new Date(api.clock.now()).toISOString(), deletionGracePeriodSeconds: 5 });
    await api.ask('mutation { deletePod(input: { name: "web", gracePeriodSeconds: 0 }) { pod { name } } }');
    expect((await api.refused('{ pod(name: "web") { name } }')).extensions.code).toBe('NOT_FOUND');
  });

  test('a binding that cannot be says what was asked, what stopped it, and what to do', async () => {
    await api.registries.clusterNodes.register(aNodeDraft('node-a'), 40);
    await api.registries.clusterNodes.register(aNodeDraft('node-b'), 40);
    await create({ name: 'web', spec });
    const bind = (node: string) => `mutation { bindPod(input: { name: "web", nodeName: "${node}" }) { pod { name } } }`;
    expect(await api.refused(bind('nowhere'))).toMatchObject({
      message:
        'cannot bind pod default/web to node nowhere: there is no such node; start a kubelet of that name, or choose one of the query clusterNodes. Nothing was changed.',
      extensions: { code: 'NOT_FOUND', outcome: 'notApplied', details: { operation: 'bind', kind: 'ClusterNode', name: 'nowhere' } },
    });
    await api.ask(bind('node-a'));
    expect(await api.refused(bind('node-b'))).toMatchObject({
      message: 'cannot bind pod default/web to node node-b: it is bound to node node-a already, and a pod never moves; delete it and create it again. Nothing was changed.',
      extensions: { code: 'CONFLICT', outcome: 'notApplied', details: { operation: 'bind', kind: 'Pod', namespace: 'default', name: 'web' } },
    });
  });
});

describe('reading', () => {
  test('what is not there is null and NOT_FOUND', async () => {
    const reply = await api.run('{ pod(name: "nobody") { name } }');
    expect(reply.data).toEqual({ pod: null });
    expect(reply.errors).toEqual([
      {
        message: expect.stringContaining('pod default/nobody') as string,
        path: ['pod'],
        locations: [{ line: 1, column: 3 }],
        extensions: { code: 'NOT_FOUND', reason: 'NotFound', status: 404, retryable: false, details: expect.objectContaining({ kind: 'Pod', name: 'nobody' }) as object, requestId: 'request-1' },
      },
    ]);
  });

  test('a query after a mutation in the same document sees the mutation', async () => {
    const data = await api.ask<{ a: { pod: { owner: null } }; b: { replicationController: { currentReplicas: number } }; c: { replicationController: { currentReplicas: number } } }>(`mutation {
      b: createReplicationController(input: { name: "web", spec: { template: { labels: { app: "web" }, spec: { containers: [{ name: "main", image: "host" }] } } } }) { replicationController { currentReplicas } }
      a: createPod(input: { name: "web", labels: { app: "web" }, spec: { containers: [{ name: "main", image: "host" }] } }) { pod { owner { name } } }
      c: scaleReplicationController(input: { name: "web", replicas: 2 }) { replicationController { currentReplicas } }
    }`);
    expect(data.b.replicationController.currentReplicas).toBe(0);
    expect(data.c.replicationController.currentReplicas).toBe(1);
  });

  test('owner and clusterNode are found; what is gone is null', async () => {
    await api.registries.clusterNodes.register(aNodeDraft('node-a'), 40);
    const rc = await api.registries.replicationControllers.create(anRcDraft('web'));
    const ownerReferences = [{ kind: 'ReplicationController', name: 'web', uid: rc.uid, controller: true }];
    await api.registries.pods.create(aPodDraft('owned', { ownerReferences }));
    await api.registries.pods.bind({ namespace: 'default', name: 'owned' }, 'node-a');
    await api.registries.pods.create(aPodDraft('orphan', { ownerReferences: [{ ...ownerReferences[0], uid: 'gone' } as Pod['ownerReferences'][0]] }));
    const { pods } = await api.ask<{ pods: object }>('{ pods { nodes { name owner { name pods { nodes { name } } } clusterNode { name ready requested { pods } } ownerReferences { name controller } } } }');
    expect(pods).toEqual({
      nodes: [
        { name: 'orphan', owner: null, clusterNode: null, ownerReferences: [{ name: 'web', controller: true }] },
        { name: 'owned', owner: { name: 'web', pods: { nodes: [] } }, clusterNode: { name: 'node-a', ready: true, requested: { pods: 1 } }, ownerReferences: [{ name: 'web', controller: true }] },
      ],
    });
  });

  test('node(id:) finds an object of any kind by the id it was given out with', async () => {
    const { uid } = await create({ name: 'web', spec });
    await api.registries.replicationControllers.create(anRcDraft('web'));
    await api.registries.clusterNodes.register(aNodeDraft('node-a'), 40);
    const ids = await api.ask<Record<'pod' | 'replicationController' | 'clusterNode', { id: string }>>('{ pod(name: "web") { id } replicationController(name: "web") { id } clusterNode(name: "node-a") { id } }');
    for (const [field, { id }] of Object.entries(ids)) {
      const { node } = await api.ask<{ node: object }>('query ($id: ID!) { node(id: $id) { __typename id ... on Resource { name } } }', { id });
      expect(node).toMatchObject({ id, __typename: field.charAt(0).toUpperCase() + field.slice(1) });
    }
    await api.ask('mutation { deletePod(input: { name: "web" }) { pod { name } } }');
    const gone = await api.run('query ($id: ID!) { node(id: $id) { id } }', { id: ids.pod.id });
    expect(gone).toMatchObject({ data: { node: null }, errors: [{ extensions: { code: 'NOT_FOUND', details: { kind: 'Pod', uid } } }] });
    expect((await api.refused('{ node(id: "nonsense") { id } }')).extensions.code).toBe('BAD_USER_INPUT');
  });

  test('a pod with every word of its spec reaches a kubelet as it is stored', async () => {
    await create({
      name: 'web',
      spec: {
        hostname: 'db',
        dnsPolicy: 'NONE',
        dnsConfig: { nameservers: ['10.0.0.10'], options: [{ name: 'ndots', value: '2' }, { name: 'rotate' }] },
        hostAliases: [{ ip: '10.0.0.1', hostnames: ['cache'] }],
        securityContext: { runAsNonRoot: true, supplementalGroups: [7], fsGroup: 8 },
        containers: [
          {
            ...spec.containers[0],
            securityContext: { runAsUser: 0, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
            terminationMessagePath: '/tmp/why',
            terminationMessagePolicy: 'FALLBACK_TO_LOGS_ON_ERROR',
            lifecycle: { preStop: { httpGet: { port: 80, headers: [{ name: 'A', value: 'b' }] } } },
          },
        ],
      },
    });
    const { pod } = await api.ask<{ pod: Pod }>(`{ pod(name: "web") { ...PodFields } } ${podFragment}`);
    const stored = await api.registries.pods.get({ namespace: 'default', name: 'web' });
    expect(JSON.parse(JSON.stringify(pod))).toEqual(JSON.parse(JSON.stringify(stored)));
    expect(stored.spec).toMatchObject({ dnsPolicy: 'NONE', containers: [{ securityContext: { runAsUser: 0, runAsGroup: null, capabilities: { add: [], drop: ['ALL'] } } }] });
  });

  test('the QoS class is computed when it is asked for, and not stored', async () => {
    const resources = { limits: { cpu: '1', memory: '64Mi' } };
    await create({ name: 'exact', spec: { containers: [{ ...spec.containers[0], resources }] } });
    await create({ name: 'loose', spec });
    const { pods } = await api.ask<{ pods: { nodes: object[] } }>('{ pods { nodes { name status { phase qosClass } manifest } } }');
    expect(pods.nodes).toEqual([
      { name: 'exact', status: { phase: 'PENDING', qosClass: 'GUARANTEED' }, manifest: expect.stringContaining('qosClass: Guaranteed') as string },
      { name: 'loose', status: { phase: 'PENDING', qosClass: 'BEST_EFFORT' }, manifest: expect.stringContaining('qosClass: BestEffort') as string },
    ]);
    expect(await api.registries.pods.get({ namespace: 'default', name: 'exact' })).not.toHaveProperty('status.qosClass');
  });

  test('a pod tells its whole status, and the union by its type', async () => {
    const { uid } = await create({ name: 'web', spec });
    await api.registries.pods.updateStatus({ namespace: 'default', name: 'web' }, (pod) => ({
      ...pod,
      status: {
        ...aRunningPod().status,
        containerStatuses: [{ ...aRunningPod().status.containerStatuses[0]!, restartCount: 2, lastState: { kind: 'ContainerTerminated', exitCode: 1, signal: null, reason: 'Error', message: null, startedAt: null, finishedAt: '2024-01-01T00:00:00.000Z' } }],
      },
    }));
    const { pod } = await api.ask<{ pod: object }>('{ pod(name: "web") { uid ready restartCount status { phase containerStatuses { state { __typename ... on ContainerRunning { startedAt } ... on ContainerTerminated { startedAt } } lastState { ... on ContainerTerminated { exitCode } } } } manifest } }');
    expect(pod).toMatchObject({
      uid,
      ready: true,
      restartCount: 2,
      status: { phase: 'RUNNING', containerStatuses: [{ state: { __typename: 'ContainerRunning', startedAt: '2024-01-01T00:00:00.000Z' }, lastState: { exitCode: 1 } }] },
      manifest: expect.stringContaining('kind: Pod') as string,
    });
  });
});
