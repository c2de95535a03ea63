import { systemIdentity } from '../../../src/base/identity';
import { silentLogger } from '../../../src/base/logger';
import { createHttpClient } from '../../../src/client/http';
import { createKubelet } from '../../../src/kubelet/kubelet';
import { createFakeRuntime } from '../../../src/kubelet/runtime/fake/fake-runtime';
import { createFakeRuntimeState } from '../../../src/kubelet/runtime/fake/state';
import { TestServer } from '../../support/server';
import { TcpProxy } from '../../support/tcp-proxy';

const createPod = 'mutation Create($input: CreatePodInput!) { createPod(input: $input) { pod { name } } }';
const look = 'query Look { clusterNode(name: "far") { ready } pods { nodes { name status { phase } } } }';

interface Look {
  readonly clusterNode: { readonly ready: boolean } | null;
  readonly pods: { readonly nodes: readonly { readonly name: string; readonly status: { readonly phase: string } }[] };
}

function pod(name: string, script: object): object {
  const annotations = { 'fake.podql.io/main': JSON.stringify([script]) };
  return { input: { name, annotations, spec: { nodeName: 'far', restartPolicy: 'NEVER', containers: [{ name: 'main', image: 'host', command: ['serve'] }] } } };
}

const is = (name: string, phase: string) => (data: Look): boolean => data.pods.nodes.some((each) => each.name === name && each.status.phase === phase);

/** A kubelet and its server, both well, and between them a network that loses what it carries and tells nobody. */
describe('a path that dies in silence', () => {
  let cluster: TestServer;
  let proxy: TcpProxy;
  let ending: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    cluster = await TestServer.start();
    proxy = await TcpProxy.start(cluster.server.port);
    const { clock } = cluster;
    const client = createHttpClient({ url: `http://127.0.0.1:${proxy.port}`, clock, identity: systemIdentity });
    const runtime = createFakeRuntime({ clock, state: createFakeRuntimeState() });
    const options = { client, runtime, clock, identity: systemIdentity, logger: silentLogger, version: '1.2.3', address: '127.0.0.1', capacity: { cpu: '4', memory: '8Gi', pods: 110 } };
    ending = new AbortController();
    running = createKubelet({ ...options, nodeName: 'far' }).run(ending.signal).finally(() => client.close());
    await cluster.until<Look>(look, ({ clusterNode }) => clusterNode?.ready === true);
    await cluster.change(createPod, pod('early', { run: 'forever' }));
    await cluster.until<Look>(look, is('early', 'RUNNING'));
  });

  afterEach(async () => {
    ending.abort();
    await running;
    proxy.stop();
    await cluster.close();
    await cluster.store.close();
  });

  test('the kubelet soon hears of new pods over another connection', async () => {
    proxy.strand();
    await cluster.change(createPod, pod('late', { run: 'forever' }));
    const before = cluster.clock.monotonic();
    await cluster.until<Look>(look, is('late', 'RUNNING'));
    expect(cluster.clock.monotonic() - before).toBeLessThan(40_000);
  });

  test('what ended while nothing went through, calls neither, is told when it does again; what was created meanwhile runs', async () => {
    await cluster.change(createPod, pod('brief', { runMs: 5_000, exit: 3 }));
    await cluster.until<Look>(look, is('brief', 'RUNNING'));
    proxy.freeze();
    proxy.strand();
    await cluster.change(createPod, pod('late', { run: 'forever' }));
    const silent = await cluster.until<Look>(look, ({ clusterNode }) => clusterNode?.ready === false);
    expect(is('brief', 'RUNNING')(silent)).toBe(true);

    await proxy.pass();
    await cluster.until<Look>(look, (data) => data.clusterNode?.ready === true && is('brief', 'FAILED')(data) && is('early', 'RUNNING')(data) && is('late', 'RUNNING')(data));
  });
});
