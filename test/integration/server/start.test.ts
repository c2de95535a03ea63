import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../src/base/logger';
import { startServer, type ServerOptions } from '../../../src/server';
import { TestServer } from '../../support/server';

describe('starting a server', () => {
  let folder: string;
  let blocker: Server;
  let taken: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'podql-start-'));
    blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    taken = (blocker.address() as AddressInfo).port;
  });
  afterEach(async () => {
    await new Promise((resolve) => blocker.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (options: ServerOptions = {}): ReturnType<typeof startServer> =>
    startServer({ listen: '127.0.0.1:0', store: `embedded:${join(folder, 'data')}`, runtime: 'none', logger: silentLogger, ...options });

  test('on a port that is taken is refused, and leaves nothing open behind it', async () => {
    await expect(start({ listen: `127.0.0.1:${taken}`, runtime: 'process' })).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    const server = await start({ runtime: 'process' });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await server.close('done');
  });

  test('on data that another server uses is refused, and the other goes on', async () => {
    const first = await start();
    await expect(start()).rejects.toMatchObject({ code: 'DATA_IN_USE', message: expect.stringContaining(join(folder, 'data')) });
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
    await first.close('done');
  });

  test('on a folder that is none is refused', async () => {
    await expect(start({ store: 'embedded:/dev/null/data' })).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await expect(start({ store: 'embedded:/proc/podql' })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringMatching(/\/proc\/podql: .*choose another folder/),
    });
    await expect(start({ runtime: 'process', runtimeFolder: '/proc/podql' })).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
  });

  test('can be given up', async () => {
    await expect(start({ signal: AbortSignal.abort() })).rejects.toBeDefined();
    const server = await start();
    await server.close('done');
  });

  test('keeps what was acknowledged over a restart', async () => {
    const create = { name: 'Create', document: 'mutation Create { createPod(input: { name: "kept", spec: { containers: [{ name: "a", image: "host" }] } }) { pod { uid } } }' };
    const read = { name: 'Read', document: 'query Read { pod(name: "kept") { uid } }' };
    const first = await start();
    const writer = first.client();
    const { createPod } = await writer.mutate<{ createPod: { pod: { uid: string } } }, object>(create, {});
    await writer.close();
    await first.close('done');
    const second = await start();
    const reader = second.client();
    await expect(reader.query(read, {})).resolves.toEqual({ pod: { uid: createPod.pod.uid } });
    await reader.close();
    await second.close('done');
  });

  test('without a kubelet has no node', async () => {
    const server = await start();
    expect(server.kubelet).toBeNull();
    const client = server.client();
    await expect(client.query({ name: 'Nodes', document: 'query Nodes { clusterNodes { totalCount } }' }, {})).resolves.toEqual({ clusterNodes: { totalCount: 0 } });
    await client.close();
    await server.close('done');
  });
});

describe('ending a server', () => {
  test('twice waits for the first', async () => {
    const cluster = await TestServer.start();
    await Promise.all([cluster.server.close('one'), cluster.server.close('two')]);
    await expect(cluster.server.ended).resolves.toBeNull();
    await cluster.close();
  });

  test('a client in its process learns that it is gone', async () => {
    const cluster = await TestServer.start();
    const client = cluster.server.client();
    await cluster.close();
    await expect(client.mutate({ name: 'M', document: 'mutation M { deletePod(input: { name: "x" }) { pod { name } } }' }, {})).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    await client.close();
  });
});
