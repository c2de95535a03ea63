import type { ApiHarness } from './harness';
import { openApi } from './harness';

let api: ApiHarness;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const apply = `mutation ($input: ApplyInput!) { apply(input: $input) { results { action changes { field from to }
  object { __typename id name manifest ... on Pod { namespace } ... on ReplicationController { spec { replicas } currentReplicas } } } } }`;
const controller = (replicas: number): string => `
apiVersion: v1
kind: ReplicationController
metadata: { name: web }
spec:
  replicas: ${replicas}
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, image: host }] }
`;
const pod = `
apiVersion: v1
kind: Pod
metadata: { name: db, namespace: team }
spec: { restartPolicy: OnFailure, containers: [{ name: main, image: host }] }
`;
interface Applied {
  apply: { results: { action: string; changes: object[]; object: { __typename: string; name: string; manifest: string } }[] };
}
const results = (manifest: string, more: object = {}) => api.ask<Applied>(apply, { input: { manifest, ...more } }).then((data) => data.apply.results);

test('creates, leaves and changes, and tells which fields', async () => {
  const created = await results(`${controller(2)}---${pod}`);
  expect(created.map(({ action, object }) => [action, object])).toEqual([
    ['CREATED', expect.objectContaining({ __typename: 'ReplicationController', name: 'web', spec: { replicas: 2 }, currentReplicas: 0 })],
    ['CREATED', expect.objectContaining({ __typename: 'Pod', name: 'db', namespace: 'team' })],
  ]);
  const [unchanged] = await results(controller(2));
  expect(unchanged).toMatchObject({ action: 'UNCHANGED', changes: [] });
  const [changed] = await results(controller(3));
  expect(changed).toMatchObject({ action: 'CONFIGURED', changes: [{ field: 'spec.replicas', from: '2', to: '3' }], object: { spec: { replicas: 3 } } });
});

test('what an object prints as its manifest applies to itself without a change', async () => {
  const [created] = await results(pod);
  const [again] = await results(created?.object.manifest ?? '');
  expect(again?.action).toBe('UNCHANGED');
});

test('a dry run tells what would happen and changes nothing', async () => {
  expect(await results(pod, { dryRun: true })).toMatchObject([{ action: 'CREATED', object: { name: 'db' } }]);
  expect((await api.refused('{ pod(namespace: "team", name: "db") { name } }')).extensions.code).toBe('NOT_FOUND');
});

test('a misplaced field is INVALID with its line and a suggestion, and nothing of the call is applied', async () => {
  const bad = pod.replace('metadata: { name: db, namespace: team }', 'metadata: { name: db, namespace: team, restartPolicy: Never }');
  const error = await api.refused(apply, { input: { manifest: `${controller(1)}---${bad}` } });
  expect(error.extensions).toMatchObject({ code: 'INVALID', outcome: 'notApplied' });
  expect(error.message).toMatch(/restartPolicy/);
  expect(error.message).toMatch(/spec/);
  expect(await api.ask('{ replicationControllers { totalCount } pods { totalCount } }')).toEqual({ replicationControllers: { totalCount: 0 }, pods: { totalCount: 0 } });
});
