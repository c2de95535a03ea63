import type { Pod } from '../../../../src/api/pod';
import { ApiError } from '../../../../src/errors/api-error';
import type { Draft, PodRegistry, WriteOptions } from '../../../../src/registry';
import { applyManifest } from '../../../../src/registry/manifest/apply';
import { manifestPath } from '../../../../src/registry/manifest/apply-errors';
import { printManifest } from '../../../../src/registry/manifest/print';
import type { RegistriesHarness } from '../../../support/registries';
import { openRegistries } from '../../../support/registries';

let harness: RegistriesHarness;
beforeEach(async () => {
  harness = await openRegistries();
});
afterEach(() => harness.close());

const apply = (manifest: string, dryRun = false) => applyManifest(harness.registries, manifest, { namespace: 'default', dryRun });
const refusal = async (manifest: string): Promise<ApiError> => {
  const error: unknown = await apply(manifest).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
};
const podNames = async (): Promise<string[]> => (await harness.registries.pods.list({ limit: 100 })).items.map(({ name }) => name);

const pod = (name: string, more: { image?: string; labels?: string; spec?: string; metadata?: string } = {}) => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels: ${more.labels ?? '{app: web}'}
${more.metadata ?? ''}
spec:
  containers: [{name: main, image: ${more.image ?? 'host'}, command: [sleep, "1000"]}]
${more.spec ?? ''}
`;
const controller = (replicas: string, image = 'host') => `apiVersion: v1
kind: ReplicationController
metadata: {name: web}
spec:
  ${replicas}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: main, image: ${image}, command: [sleep, "1000"]}]
`;

describe('applyManifest', () => {
  it('creates what is not there, in the order of the manifest', async () => {
    const results = await apply(`${controller('replicas: 2')}---\n${pod('a')}`);
    expect(results.map(({ action, object, changes }) => [action, object.kind, object.name, changes])).toEqual([
      ['CREATED', 'ReplicationController', 'web', []],
      ['CREATED', 'Pod', 'a', []],
    ]);
    expect(await harness.registries.pods.get({ namespace: 'default', name: 'a' })).toEqual(results[1]?.object);
  });

  it('leaves alone what is as it should be', async () => {
    const [created] = await apply(pod('a'));
    const [again] = await apply(pod('a'));
    expect(again).toEqual({ action: 'UNCHANGED', object: created?.object, changes: [] });
  });

  it('changes what differs and says how', async () => {
    await apply(controller('replicas: 2'));
    const [result] = await apply(controller('replicas: 5\n  minReadySeconds: 3', 'nginx:1.27'));
    expect(result?.action).toBe('CONFIGURED');
    expect(result?.changes).toEqual([
      { field: 'spec.replicas', from: '2', to: '5' },
      { field: 'spec.minReadySeconds', from: '0', to: '3' },
      { field: 'spec.template.spec.containers[0].image', from: 'host', to: 'nginx:1.27' },
    ]);
  });

  it('keeps a scale that the manifest does not speak of', async () => {
    await apply(controller('replicas: 2'));
    await harness.registries.replicationControllers.update({ namespace: 'default', name: 'web' }, (rc) => ({ ...rc, spec: { ...rc.spec, replicas: 7 } }));
    expect(await apply(controller('minReadySeconds: 0'))).toMatchObject([{ action: 'UNCHANGED', object: { spec: { replicas: 7 } } }]);
  });

  it('applies what was printed without changing anything', async () => {
    await apply(`${pod('a', { spec: '  restartPolicy: Never\n  restartBackoff: {maxSeconds: 5}' })}---\n${controller('replicas: 2')}`);
    await harness.registries.clusterNodes.register(
      { name: 'node-a', generateName: null, namespace: null, labels: {}, annotations: {}, spec: {} },
      40,
    );
    await harness.registries.pods.bind({ namespace: 'default', name: 'a' }, 'node-a');
    const stored = [
      await harness.registries.pods.get({ namespace: 'default', name: 'a' }),
      await harness.registries.replicationControllers.get({ namespace: 'default', name: 'web' }),
    ];
    const results = await apply(stored.map(printManifest).join('---\n'));
    expect(results.map(({ action, object }) => [action, object])).toEqual(stored.map((object) => ['UNCHANGED', object]));
  });

  it('with dryRun says the same and stores nothing', async () => {
    const results = await apply(`${pod('a')}---\n${controller('replicas: 2')}`, true);
    expect(results.map(({ action }) => action)).toEqual(['CREATED', 'CREATED']);
    expect(await podNames()).toEqual([]);
  });

  it('takes the namespace of the object before that of the call', async () => {
    const results = await applyManifest(harness.registries, `${pod('a')}---\n${pod('b', { metadata: '  namespace: mine' })}`, { namespace: 'yours' });
    expect(results.map(({ object }) => object.namespace)).toEqual(['yours', 'mine']);
  });

  it('makes a name from generateName each time', async () => {
    const text = pod('x').replace('name: x', 'generateName: job-');
    const names = [...(await apply(text)), ...(await apply(text))].map(({ object }) => object.name);
    expect(new Set(names).size).toBe(2);
    expect(names.every((name) => name.startsWith('job-'))).toBe(true);
  });
});

describe('a refusal', () => {
  it('tells the problems of all objects with line, path and words of the manifest, and nothing is applied', async () => {
    const error = await refusal(`${pod('good')}---\n${pod('Bad', { image: '""' })}---\n${controller('replicas: -1').replace('spec:\n      ', 'spec:\n      restartPolicy: Never\n      ')}`);
    expect(error.code).toBe('INVALID');
    expect(error.outcome).toBe('notApplied');
    expect(error.message).toBe(`line 14: metadata.name must consist of lower-case letters, digits, "-" and ".", and each part between dots must begin and end with a letter or digit; "Bad" does not
line 18: spec.containers[0].image must be given: an image like "nginx:1.27", or "host" to run a program of the node itself
line 25: spec.replicas must be a whole number from 0 to 100000, not -1
line 29: spec.template.spec.restartPolicy must be Always: a replication controller keeps pods running, and would replace each pod that ends; Never is for pods of their own.
Nothing was created or changed.`);
    expect(error.details.causes?.map(({ field, line }) => [field, line])).toEqual([
      ['metadata.name', 14],
      ['spec.containers[0].image', 18],
      ['spec.replicas', 25],
      ['spec.template.spec.restartPolicy', 29],
    ]);
    expect(await podNames()).toEqual([]);
  });

  it('points at the nearest line when a field is missing', async () => {
    const error = await refusal(pod('a').replace('image: host, ', ''));
    expect(error.details.causes).toEqual([expect.objectContaining({ field: 'spec.containers[0].image', reason: 'FieldValueRequired', line: 8 })]);
  });

  it('of a field that cannot change names the line and what to do', async () => {
    await apply(pod('a'));
    const error = await refusal(pod('a', { spec: '  restartPolicy: Never' }));
    expect(error.details.causes).toEqual([
      expect.objectContaining({ field: 'spec.restartPolicy', reason: 'FieldValueForbidden', line: 9, message: expect.stringContaining('delete the pod and create it again') }),
    ]);
  });

  it('of the same object twice names both lines', async () => {
    const error = await refusal(`${pod('a')}---\n${pod('a')}`);
    expect(error.message).toBe('line 14: pod default/a is in this manifest twice; the first is in line 4. Nothing was created or changed.');
    expect(await podNames()).toEqual([]);
  });

  it('of one object keeps the others from being applied', async () => {
    await apply(pod('b'));
    const error = await refusal(`${pod('a')}---\n${pod('b', { metadata: '  resourceVersion: "1"' })}`);
    expect(error).toMatchObject({ code: 'CONFLICT', outcome: 'notApplied' });
    expect(error.message).toMatch(/^line 14: /);
    expect(await podNames()).toEqual(['b']);
  });
});

describe('preconditions', () => {
  it('a resourceVersion that is still good lets the change through', async () => {
    const [created] = await apply(pod('a'));
    const [result] = await apply(pod('a', { labels: '{app: db}', metadata: `  resourceVersion: "${created?.object.resourceVersion}"` }));
    expect(result?.changes).toEqual([{ field: 'metadata.labels.app', from: 'web', to: 'db' }]);
  });

  it('a resourceVersion of an object that is not there is a conflict', async () => {
    expect(await refusal(pod('a', { metadata: '  resourceVersion: "5"' }))).toMatchObject({ code: 'CONFLICT', outcome: 'notApplied' });
    expect(await podNames()).toEqual([]);
  });

  it('a uid of another object is a conflict; of a new one it becomes its own', async () => {
    const uid = '123e4567-e89b-42d3-a456-426614174000';
    const [created] = await apply(pod('new', { metadata: `  uid: ${uid}` }));
    expect(created?.object.uid).toBe(uid);
    await apply(pod('old'));
    expect(await refusal(pod('old', { metadata: `  uid: ${uid}` }))).toMatchObject({ code: 'CONFLICT' });
  });

  it('what is being deleted is not brought back', async () => {
    await apply(pod('a'));
    await harness.registries.clusterNodes.register({ name: 'node-a', generateName: null, namespace: null, labels: {}, annotations: {}, spec: {} }, 40);
    await harness.registries.pods.bind({ namespace: 'default', name: 'a' }, 'node-a');
    await harness.registries.pods.delete({ namespace: 'default', name: 'a' });
    const error = await refusal(pod('a', { labels: '{app: db}' }));
    expect(error).toMatchObject({ code: 'CONFLICT' });
    expect(error.message).toContain('pod default/a is being deleted; wait until it is gone');
  });
});

describe('when a write fails after everything was found in order', () => {
  const withCreate = (create: (draft: Draft<Pod>, options?: WriteOptions) => Promise<Pod>) => {
    const pods = harness.registries.pods;
    const failing: Pick<PodRegistry, 'get' | 'create' | 'update'> = {
      get: (ref) => pods.get(ref),
      update: (ref, change, options) => pods.update(ref, change, options),
      create,
    };
    return { ...harness.registries, pods: Object.assign(Object.create(pods) as PodRegistry, failing) };
  };

  it('says exactly what was applied and what was not', async () => {
    const { pods } = harness.registries;
    const registries = withCreate((draft, options) => {
      if (draft.name === 'b' && !options?.dryRun) throw new ApiError('SERVICE_UNAVAILABLE', 'cannot create pod default/b: the store has no space left. Nothing was changed.', { outcome: 'notApplied', retryAfterSeconds: 30 });
      return pods.create(draft, options);
    });
    const attempt = applyManifest(registries, [pod('a'), pod('b'), pod('c'), pod('d')].join('---\n'), { namespace: 'default' });
    await expect(attempt).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      outcome: 'unknown',
      retryAfterSeconds: 30,
      message: 'line 14: cannot create pod default/b: the store has no space left. Applied before it: CREATED pod default/a. pod default/b was not applied. Not tried: the 2 after it.',
    });
    expect(await podNames()).toEqual(['a']);
  });

  it('says so when it is not known whether the object was applied', async () => {
    const { pods } = harness.registries;
    const registries = withCreate((draft, options) => {
      if (!options?.dryRun) throw new ApiError('TIMEOUT', 'the answer was lost', { outcome: 'unknown' });
      return pods.create(draft, options);
    });
    await expect(applyManifest(registries, pod('a'), { namespace: 'default' })).rejects.toMatchObject({
      code: 'TIMEOUT',
      outcome: 'unknown',
      message: 'line 4: the answer was lost. Nothing was applied before it. Whether pod default/a was applied is not known.',
    });
  });

  it('who loses a race to another creator changes the other\'s object', async () => {
    const { pods } = harness.registries;
    let raced = false;
    const registries = withCreate(async (draft, options) => {
      if (!options?.dryRun && !raced) {
        raced = true;
        await pods.create({ ...draft, labels: { app: 'other' } });
      }
      return pods.create(draft, options);
    });
    const [result] = await applyManifest(registries, pod('a'), { namespace: 'default' });
    expect(result).toMatchObject({ action: 'CONFIGURED', changes: [{ field: 'metadata.labels.app', from: 'other', to: 'web' }] });
  });
});

describe('manifestPath', () => {
  it.each([
    ['name', 'metadata.name'],
    ['labels.app', 'metadata.labels.app'],
    ['annotations[a b]', 'metadata.annotations[a b]'],
    ['spec.template.labels.app', 'spec.template.metadata.labels.app'],
    ['spec.containers[0].livenessProbe.httpGet.headers[1].name', 'spec.containers[0].livenessProbe.httpGet.httpHeaders[1].name'],
    ['spec.containers[0].name', 'spec.containers[0].name'],
  ])('%s stands at %s', (api, manifest) => expect(manifestPath(api)).toBe(manifest));
});
