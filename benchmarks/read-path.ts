/**
 * The read path: all four counts of 1,000 controllers over 20,000 pods in one query, over HTTP.
 * Floors in the same run: node:http sending the same bytes, and graphql-js with plain values and the same query.
 */
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema, execute, parse } from 'graphql';
import { PodqlProcess } from '../test/support/podql-process';
import { createController, shellController } from '../test/support/shell-pod';
import { median, milliseconds, quantile, table, timed } from './support/statistics';

const controllers = Number(process.env.CONTROLLERS ?? 1000);
const podsEach = Number(process.env.PODS_EACH ?? 20);
const rounds = 30;
const query = '{ replicationControllers(first: 1000) { nodes { name currentReplicas readyReplicas availableReplicas terminatingReplicas } } }';

interface Counts {
  name: string;
  currentReplicas: number;
  readyReplicas: number;
  availableReplicas: number;
  terminatingReplicas: number;
}

/** The other process of the floor: sends the bytes it was given to whoever asks. */
function serveBytes(): void {
  process.once('message', (body: string) => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(body));
    });
    server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  });
}

async function post(url: string): Promise<string> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) });
  return response.text();
}

async function main(): Promise<void> {
  const podql = await PodqlProcess.start({ args: ['--runtime', 'none'] });
  const client = podql.client();
  const filling = await timed(async () => {
    for (let i = 0; i < controllers; i += 50) {
      await Promise.all(Array.from({ length: Math.min(50, controllers - i) }, (_, j) => client.ask(createController, { input: shellController(`rc-${i + j}`, podsEach, { app: `rc-${i + j}` }) })));
    }
    await client.until<{ pods: { totalCount: number } }>('{ pods(first: 1) { totalCount } }', (data) => data.pods.totalCount === controllers * podsEach, { milliseconds: 600_000 });
    // Quiet: no revision passes any more (the scheduler has told every pod why it has no node, and its events are written, a second later).
    let last = '';
    let quiet = 0;
    while (quiet < 20) {
      const { pods } = await client.ask<{ pods: { resourceVersion: string } }>('{ pods(first: 1) { resourceVersion } }');
      quiet = pods.resourceVersion === last ? quiet + 1 : 0;
      last = pods.resourceVersion;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });

  const body = await post(`${podql.url}/graphql`);
  const nodes = (JSON.parse(body) as { data: { replicationControllers: { nodes: Counts[] } } }).data.replicationControllers.nodes;
  if (nodes.length !== controllers || nodes.some((node) => node.currentReplicas !== podsEach)) throw new Error('the answer is wrong');

  const floorProcess = fork(__filename, ['bytes'], { execArgv: process.execArgv });
  const floorPort = await new Promise<number>((resolve) => {
    floorProcess.once('message', (port: number) => resolve(port));
    floorProcess.send(body);
  });
  const schema = buildSchema('type Query { replicationControllers(first: Int): C } type C { nodes: [R!]! } type R { name: String! currentReplicas: Int readyReplicas: Int availableReplicas: Int terminatingReplicas: Int }');
  const document = parse(query);

  const samples = { podql: [] as number[], http: [] as number[], graphql: [] as number[] };
  for (let round = -3; round < rounds; round += 1) {
    const podqlTime = await timed(() => post(`${podql.url}/graphql`));
    const httpTime = await timed(() => post(`http://127.0.0.1:${floorPort}/`));
    const graphqlTime = await timed(async () => JSON.stringify(await execute({ schema, document, rootValue: { replicationControllers: { nodes } } })));
    if (round < 0) continue;
    samples.podql.push(podqlTime);
    samples.http.push(httpTime);
    samples.graphql.push(graphqlTime);
  }
  floorProcess.kill();
  await podql.remove();

  const row = (name: string, values: number[]): string[] => [name, milliseconds(median(values)), milliseconds(quantile(values, 0.99)), `${(median(values) / median(samples.http)).toFixed(1)} x`];
  console.log(`${controllers} controllers, ${controllers * podsEach} pods (made by the controllers in ${(filling / 1000).toFixed(1)} s), ${body.length} bytes, ${rounds} rounds`);
  console.log(table([['what', 'median', 'p99', 'ratio to raw http'], row('podql, four counts over HTTP', samples.podql), row('graphql-js, plain values, no HTTP', samples.graphql), row('raw node:http, same bytes', samples.http)]));
}

if (process.argv[2] === 'bytes') serveBytes();
else void main();
