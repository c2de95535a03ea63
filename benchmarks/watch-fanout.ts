/**
 * Watch fan-out: one change after another, each delivered to many subscribers over WebSockets.
 * Floor in the same run: a plain `ws` server that broadcasts messages of the same bytes to as many sockets.
 */
import { fork } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { PodqlProcess } from '../test/support/podql-process';
import { createPod, shellPod, updatePod } from '../test/support/shell-pod';
import { table } from './support/statistics';

const subscribers = Number(process.env.SUBSCRIBERS ?? 200);
const changes = Number(process.env.CHANGES ?? 200);
const rounds = 3;

/** The floor's other process: on a message from its parent, sends it to every socket. */
function broadcast(): void {
  const server: WebSocketServer = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => process.send?.((server.address() as AddressInfo).port));
  process.on('message', (message: string) => {
    for (const socket of server.clients) socket.send(message);
  });
}

interface Audience {
  /** Resolves when every socket has got this many messages more. */
  heard(messages: number): Promise<void>;
  lastMessage(): string;
  close(): void;
}

async function audience(url: string, protocol: string | undefined, greet: (socket: WebSocket, message: string) => 'greeted' | 'wait' | 'count'): Promise<Audience> {
  const counts = new Array<number>(subscribers).fill(0);
  let wanted = Number.POSITIVE_INFINITY;
  let done: () => void = () => undefined;
  let last = '';
  let missing = subscribers;
  const sockets = await Promise.all(
    counts.map(
      (_, i) =>
        new Promise<WebSocket>((resolve, reject) => {
          const socket = new WebSocket(url, protocol ? [protocol] : []);
          socket.once('error', reject);
          socket.once('open', () => {
            if (greet(socket, '') === 'greeted') resolve(socket);
          });
          socket.on('message', (raw: Buffer) => {
            const message = raw.toString();
            const what = greet(socket, message);
            if (what === 'greeted') resolve(socket);
            if (what !== 'count') return;
            last = message;
            counts[i] = (counts[i] ?? 0) + 1;
            if (counts[i] === wanted && (missing -= 1) === 0) done();
          });
        }),
    ),
  );
  return {
    heard: (messages) =>
      new Promise((resolve) => {
        counts.fill(0);
        missing = subscribers;
        wanted = messages;
        done = resolve;
      }),
    lastMessage: () => last,
    close: () => sockets.forEach((socket) => socket.terminate()),
  };
}

async function main(): Promise<void> {
  const podql = await PodqlProcess.start({ args: ['--runtime', 'none'] });
  const client = podql.client();
  await client.ask(createPod, { input: shellPod('watched', 'true') });
  await client.until('{ pod(name: "watched") { status { conditions { reason } } } }', (data) => JSON.stringify(data).includes('Unschedulable'));
  const subscribe = JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription { podChanges { type resourceVersion pod { name labels status { phase } } } }' } });
  const listeners = await audience(`ws://127.0.0.1:${podql.port}/graphql`, 'graphql-transport-ws', (socket, message) => {
    if (message === '') socket.send(JSON.stringify({ type: 'connection_init' }));
    else if (message.includes('"connection_ack"')) socket.send(subscribe);
    else if (message.includes('"BOOKMARK"')) return 'greeted';
    else if (message.includes('"MODIFIED"')) return 'count';
    return 'wait';
  });
  const change = (step: number): Promise<unknown> => client.ask(updatePod, { input: { name: 'watched', labels: { step: String(step) } } });
  const writesAlone: number[] = [];
  const podqlRates: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const all = listeners.heard(changes);
    const start = performance.now();
    for (let step = 0; step < changes; step += 1) await change(round * changes + step);
    writesAlone.push(performance.now() - start);
    await all;
    podqlRates.push((subscribers * changes * 1000) / (performance.now() - start));
  }
  const message = listeners.lastMessage();
  listeners.close();
  await podql.remove();

  const floorProcess = fork(__filename, ['broadcast'], { execArgv: process.execArgv });
  const port = await new Promise<number>((resolve) => floorProcess.once('message', (value: number) => resolve(value)));
  const floor = await audience(`ws://127.0.0.1:${port}`, undefined, (_, text) => (text === '' ? 'greeted' : 'count'));
  const floorRates: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const all = floor.heard(changes);
    const start = performance.now();
    for (let step = 0; step < changes; step += 1) floorProcess.send(message);
    await all;
    floorRates.push((subscribers * changes * 1000) / (performance.now() - start));
  }
  floor.close();
  floorProcess.kill();

  const best = (rates: number[]): number => Math.max(...rates);
  console.log(`${subscribers} subscribers, ${changes} changes, ${message.length} bytes a message, best of ${rounds}`);
  console.log(
    table([
      ['what', 'deliveries/s', 'ratio to floor'],
      ['podql podChanges (each change a durable write)', best(podqlRates).toFixed(0), `${(best(podqlRates) / best(floorRates)).toFixed(2)} x`],
      ['raw ws broadcast, same bytes', best(floorRates).toFixed(0), '1 x'],
    ]),
  );
}

if (process.argv[2] === 'broadcast') broadcast();
else void main();
