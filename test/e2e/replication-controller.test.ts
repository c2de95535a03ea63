import { deleteEverything, PodqlProcess } from '../support/podql-process';
import type { TestClient } from '../support/graphql-client';
import { createController, deletePod, scaleController, shellController, updatePod } from '../support/shell-pod';

interface ControllerView {
  replicationController: {
    currentReplicas: number;
    readyReplicas: number;
    terminatingReplicas: number;
    pods: { nodes: { name: string; uid: string; status: { phase: string } }[] };
  };
}
const view = `query ($name: String!) { replicationController(name: $name) { currentReplicas readyReplicas availableReplicas terminatingReplicas
  pods { nodes { name uid status { phase } } } } }`;

describe('replication controllers, with real processes', () => {
  let podql: PodqlProcess;
  let client: TestClient;
  beforeAll(async () => {
    podql = await PodqlProcess.start();
    client = podql.client();
  }, 60_000);
  afterAll(async () => {
    await deleteEverything(client);
    await podql.remove();
  }, 60_000);

  const settled = (name: string, replicas: number): Promise<ControllerView> =>
    client.until<ControllerView>(
      view,
      ({ replicationController: rc }) => rc.currentReplicas === replicas && rc.readyReplicas === replicas && rc.terminatingReplicas === 0,
      { variables: { name } },
    );

  test('three pods, scaled to five and to one; a deleted pod is replaced', async () => {
    const name = 'web';
    await client.ask(createController, { input: shellController(name, 3, { app: name }) });
    const three = await settled(name, 3);
    expect(three.replicationController.pods.nodes).toHaveLength(3);
    await client.ask(scaleController, { input: { name, replicas: 5 } });
    await settled(name, 5);
    await client.ask(scaleController, { input: { name, replicas: 1 } });
    const one = await settled(name, 1);
    // One that has ended, and whose object is about to go, is neither current nor terminating.
    const victim = one.replicationController.pods.nodes.find(({ status }) => status.phase === 'RUNNING');
    await client.ask(deletePod, { input: { name: victim?.name } });
    const replaced = await client.until<ControllerView>(
      view,
      ({ replicationController: rc }) => rc.readyReplicas === 1 && rc.pods.nodes.every((pod) => pod.uid !== victim?.uid),
      { variables: { name } },
    );
    expect(replaced.replicationController.currentReplicas).toBe(1);
  });

  test('a pod that is relabelled out is released, stays, and is replaced', async () => {
    const name = 'relabel';
    await client.ask(createController, { input: shellController(name, 2, { app: name }) });
    const { replicationController } = await settled(name, 2);
    const freed = replicationController.pods.nodes[0]?.name;
    await client.ask(updatePod, { input: { name: freed, labels: { app: 'debug' } } });
    const after = await client.until<ControllerView>(
      view,
      ({ replicationController: rc }) => rc.readyReplicas === 2 && rc.pods.nodes.every((pod) => pod.name !== freed),
      { variables: { name } },
    );
    expect(after.replicationController.currentReplicas).toBe(2);
    const { pod } = await client.until<{ pod: { owner: unknown; status: { phase: string } } }>(
      'query ($name: String!) { pod(name: $name) { owner { name } status { phase } } }',
      ({ pod }) => pod.owner === null,
      { variables: { name: freed } },
    );
    expect(pod.status.phase).toBe('RUNNING');
  });

  test('two controllers with overlapping selectors do not fight', async () => {
    await client.ask(createController, { input: shellController('wide', 2, { tier: 'shared' }) });
    await client.ask(createController, { input: shellController('narrow', 2, { tier: 'shared', app: 'narrow' }) });
    const [wide, narrow] = await Promise.all([settled('wide', 2), settled('narrow', 2)]);
    const uids = (of: ControllerView): string[] => of.replicationController.pods.nodes.map((pod) => pod.uid).sort();
    const revision = async (): Promise<string> =>
      (await client.ask<{ pods: { resourceVersion: string; totalCount: number } }>('{ pods(labelSelector: "tier=shared") { resourceVersion totalCount } }')).pods
        .resourceVersion;
    const all = await client.ask<{ pods: { totalCount: number } }>('{ pods(labelSelector: "tier=shared") { totalCount } }');
    expect(all.pods.totalCount).toBe(4);
    // They are quiet when no revision passes while something else is asked for, many times.
    let quiet = 0;
    let last = await revision();
    for (let round = 0; round < 400 && quiet < 40; round += 1) {
      const now = await revision();
      quiet = now === last ? quiet + 1 : 0;
      last = now;
    }
    expect(quiet).toBe(40);
    const [wideLater, narrowLater] = await Promise.all([settled('wide', 2), settled('narrow', 2)]);
    expect(uids(wideLater)).toEqual(uids(wide));
    expect(uids(narrowLater)).toEqual(uids(narrow));
  });
});
