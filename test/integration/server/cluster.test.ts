import WebSocket from 'ws';
import { TestServer } from '../../support/server';

const container = { name: 'main', image: 'host', command: ['serve'] };
const createController = 'mutation Create($input: CreateReplicationControllerInput!) { createReplicationController(input: $input) { replicationController { name } } }';
const look = `query Look {
  replicationControllers { nodes { name currentReplicas readyReplicas } }
  pods { totalCount nodes { name ready restartCount clusterNode { name } owner { name } status { phase } } }
}`;

interface Look {
  readonly replicationControllers: { nodes: { name: string; currentReplicas: number; readyReplicas: number }[] };
  readonly pods: { totalCount: number; nodes: { name: string; ready: boolean; restartCount: number; clusterNode: { name: string }; status: { phase: string } }[] };
}

function controller(name: string, replicas: number): object {
  return { input: { name, spec: { replicas, selector: { app: name }, template: { labels: { app: name }, spec: { containers: [container] } } } } };
}

const allReady = (count: number) => (data: Look): boolean =>
  data.pods.totalCount === count && data.pods.nodes.every((pod) => pod.ready && pod.status.phase === 'RUNNING');

describe('a whole cluster in one process', () => {
  let cluster: TestServer;
  beforeEach(async () => {
    cluster = await TestServer.start();
  });
  afterEach(async () => {
    await cluster.close();
    await cluster.store.close();
  });

  test('a replication controller becomes running pods, and its counts are true', async () => {
    await cluster.change(createController, controller('web', 3));
    const data = await cluster.until<Look>(look, allReady(3));
    expect(data.replicationControllers.nodes).toEqual([{ name: 'web', currentReplicas: 3, readyReplicas: 3 }]);
    expect(data.pods.nodes.map((pod) => pod.clusterNode.name)).toEqual(['node-a', 'node-a', 'node-a']);
  });

  test('the node of a server has the labels that the server was given', async () => {
    const labelled = await TestServer.start({ nodeLabels: 'disk=ssd' });
    const labels = { disk: 'ssd', 'kubernetes.io/hostname': 'node-a' };
    await labelled.until<{ clusterNode: { labels: object } | null }>('query Labels { clusterNode(name: "node-a") { labels } }', ({ clusterNode }) => {
      if (clusterNode) expect(clusterNode.labels).toMatchObject(labels);
      return clusterNode !== null;
    });
    await labelled.close();
    await labelled.store.close();
  });

  test('what is told over HTTP is streamed over a WebSocket of the same port', async () => {
    const client = cluster.client();
    const changes = client.subscribe<{ type: string; pod: { name: string } | null }>('subscription { podChanges { type pod { name } } }');
    await expect(changes.next()).resolves.toMatchObject({ value: { type: 'BOOKMARK' } });
    const next = changes.next();
    await client.ask('mutation ($input: CreatePodInput!) { createPod(input: $input) { pod { name } } }', {
      input: { name: 'solo', spec: { containers: [container] } },
    });
    await expect(next).resolves.toMatchObject({ value: { type: 'ADDED', pod: { name: 'solo' } } });
    await changes.return(undefined);
  });

  test('closing leaves pods running, and the next server on the same store and node adopts them', async () => {
    await cluster.change(createController, controller('web', 2));
    const before = await cluster.until<Look>(look, allReady(2));
    const { clock, store, containers } = cluster;
    await cluster.close();
    expect([...containers.containers.values()].map((running) => running.exit)).toEqual([null, null]);

    cluster = await TestServer.start({ on: { clock, store, containers } });
    const after = await cluster.until<Look>(look, allReady(2));
    expect(after.pods.nodes).toEqual(before.pods.nodes);
    expect(containers.containers.size).toBe(2);
  });

  test('closing tells sockets to come back (1001) and leaves no port open', async () => {
    const socket = new WebSocket(`${cluster.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await new Promise((resolve) => socket.once('open', resolve));
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    await cluster.close();
    await expect(closed).resolves.toBe(1001);
    await expect(fetch(`${cluster.url}/livez`)).rejects.toThrow();
  });

  test('the version query shows what was built and the hash of the schema', async () => {
    const { version } = await cluster.ask<{ version: { version: string; schemaHash: string } }>('query Version { version { version schemaHash } }');
    expect(version.version).toBe(cluster.server.version.version);
    expect(version.schemaHash).toMatch(/^[0-9a-f]{64}$/);
  });
});
