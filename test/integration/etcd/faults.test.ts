import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '../../../src/base/clock';
import { createFakeRuntime } from '../../../src/kubelet/runtime/fake/fake-runtime';
import { createFakeRuntimeState } from '../../../src/kubelet/runtime/fake/state';
import { EtcdAuth } from '../../support/etcd/etcd-auth';
import { EtcdCluster } from '../../support/etcd/etcd-cluster';
import { describeWithEtcd, describeWithNewerEtcd, EtcdProcess, type EtcdOptions } from '../../support/etcd/etcd-process';
import { ServerOnEtcd } from '../../support/etcd/etcd-server';
import { endpointOf, storeAt } from '../../support/etcd/etcd-store';
import { eventually } from '../../support/eventually';
import { temporaryFolder } from '../../support/temporary-folder';
import { TcpProxy } from '../../support/tcp-proxy';

const unavailable = { code: 'SERVICE_UNAVAILABLE', reason: 'ServiceUnavailable', status: 503, retryable: true, retryAfterSeconds: 2, outcome: 'notApplied' };
const late = { code: 'SERVER_TIMEOUT', reason: 'ServerTimeout', status: 500, retryable: true, retryAfterSeconds: 2, outcome: 'notApplied' };
const unknown = { code: 'TIMEOUT', reason: 'Timeout', status: 504, retryable: false, outcome: 'unknown' };
const full = { ...unavailable, retryAfterSeconds: 30 };

/** For when nobody can say whether the connection is known to be dead yet. */
const anyOf = (...verdicts: unknown[]): unknown => ({ asymmetricMatch: (value: unknown) => verdicts.some((verdict) => isDeepStrictEqual(value, verdict)) });

function describeOn(binary: string): void {
  const closers: (() => unknown)[] = [];
  const later = <T>(thing: T, close: (thing: T) => unknown): T => {
    closers.push(() => close(thing));
    return thing;
  };
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  const anEtcd = async (options: EtcdOptions = {}): Promise<EtcdProcess> => later(await EtcdProcess.start({ binary, ...options }), (etcd) => etcd.stop());
  const aProxy = async (etcd: EtcdProcess): Promise<TcpProxy> => later(await TcpProxy.start(etcd.ports.client), (proxy) => proxy.stop());
  const aServer = async (...call: Parameters<typeof ServerOnEtcd.start>): Promise<ServerOnEtcd> => later(await ServerOnEtcd.start(...call), (server) => server.close());

  it('etcd is not there at the start: the server waits, says so, and becomes ready', async () => {
    const etcd = await anEtcd();
    await etcd.kill();
    const server = later(await ServerOnEtcd.begin([endpointOf(etcd)]), (each) => each.close());
    await eventually(async () => (await server.readiness().catch(() => null))?.status === 503, 'an answer of /readyz');
    await eventually(async () => (await server.readiness()).words.includes('store'), 'words that name the store');
    await etcd.restart();
    await server.recovered();
  });

  it('etcd is killed: reads are stale, writes are refused, and all is well when it is back', async () => {
    const etcd = await anEtcd();
    const server = await aServer([endpointOf(etcd)]);
    await expect(server.createPod('before')).resolves.toBe('done');
    await etcd.kill();
    await server.away();
    await expect(server.pods()).resolves.toEqual({ names: ['before'], stale: true });
    await expect(server.createPod('meanwhile')).resolves.toEqual(unavailable);
    await expect(server.deletePod('before')).resolves.toEqual(unavailable);
    await eventually(async () => !(await server.isReady()), 'the end of readiness');
    await etcd.restart();
    await server.recovered('after');
    await expect(server.pods()).resolves.toEqual({ names: ['after', 'before'], stale: false });
  });

  it('etcd is frozen: reads are stale, of a write nobody knows, and all is well when it thaws', async () => {
    const etcd = await anEtcd();
    const server = await aServer([endpointOf(etcd)]);
    await server.createPod('before');
    await etcd.pause();
    const said = await server.createPod('meanwhile');
    // Not sent, if other calls had given up the connection already.
    expect(said).toEqual(anyOf(unknown, unavailable));
    await expect(server.pods()).resolves.toEqual({ names: ['before'], stale: true });
    await expect(server.deletePod('before')).resolves.toEqual(anyOf(late, unavailable));
    etcd.resume();
    await server.recovered('after');
    if (isDeepStrictEqual(said, unavailable)) expect((await server.pods()).names).toEqual(['after', 'before']);
  });

  it('a connection is half open: gRPC notices, and the watch begins anew', async () => {
    const etcd = await anEtcd();
    const proxy = await aProxy(etcd);
    const server = await aServer([`127.0.0.1:${proxy.port}`]);
    await server.createPod('before');
    proxy.freeze();
    await server.away();
    await eventually(async () => !(await server.isReady()), 'the end of readiness');
    await proxy.pass();
    await server.recovered();
  });

  it('etcd has no space left: writes say so and when to come back, reads and deletes go on', async () => {
    const etcd = await anEtcd({ quotaBytes: 6 * 2 ** 20 });
    const server = await aServer([endpointOf(etcd)]);
    await server.createPod('before');
    await server.createPod('kept');
    const value = 'x'.repeat(500_000);
    await expect((async () => { for (let count = 0; count < 200; count += 1) await etcd.gateway.put('/foreign', value); })()).rejects.toThrow('space');
    await expect(server.createPod('meanwhile')).resolves.toEqual(full);
    await expect(server.pods()).resolves.toEqual({ names: ['before', 'kept'], stale: false });
    await expect(server.deletePod('before')).resolves.toBe('done');
    await expect(server.pods()).resolves.toEqual({ names: ['kept'], stale: false });
    await etcd.gateway.compact(await etcd.gateway.revision());
    await etcd.gateway.defragment();
    await etcd.gateway.disarmAlarms();
    await server.recovered();
  });

  it('etcd fills while podql runs: the log warns before a write is refused, once, and again after a restart', async () => {
    const quotaBytes = 16 * 2 ** 20;
    const etcd = await anEtcd({ quotaBytes });
    const share = async (): Promise<number> => (await etcd.gateway.status()).dbSize / quotaBytes;
    const server = await aServer([endpointOf(etcd)], { etcdQuotaBytes: quotaBytes });
    const warnings = (of: ServerOnEtcd): string[] => of.logger.lines.filter(({ level, message }) => level === 'warn' && message.includes('quota')).map(({ message }) => message);
    const value = 'x'.repeat(500_000);
    // Its size is true only after what etcd has gathered is in the file.
    const fillTo = async (wanted: number): Promise<void> => {
      for (; (await share()) < wanted; await etcd.gateway.defragment()) await etcd.gateway.put('/foreign', value);
    };
    await fillTo(0.7);
    expect(warnings(server)).toEqual([]);
    await fillTo(0.81);
    await eventually(() => warnings(server).length > 0, 'the warning');
    const [warning = ''] = warnings(server);
    const percent = Number(/uses (\d+) % of its quota/.exec(warning)?.[1]);
    expect(warning).toBe(
      `etcd at ${endpointOf(etcd)} uses ${percent} % of its quota of ${quotaBytes} bytes (--etcd-quota-bytes); at 100 % it takes no more writes. Compact and defragment it, or raise --quota-backend-bytes (docs/etcd.md)`,
    );
    expect(percent).toBeGreaterThanOrEqual(80);
    expect(percent).toBeLessThan(100);
    await expect(server.createPod('after-the-warning')).resolves.toBe('done');
    expect(warnings(server)).toHaveLength(1);
    const another = await aServer([endpointOf(etcd)], { etcdQuotaBytes: quotaBytes });
    await eventually(() => warnings(another).length > 0, 'the warning at the start');
    expect(warnings(another)).toEqual([expect.stringContaining(`etcd at ${endpointOf(etcd)} uses `)]);
  });

  it('history is compacted: reads of it expire, subscriptions begin anew, and so does the feed', async () => {
    const etcd = await anEtcd();
    const proxy = await aProxy(etcd);
    const server = await aServer([`127.0.0.1:${proxy.port}`]);
    await server.createPod('first');
    proxy.refuse();
    proxy.cut();
    await server.away();
    // What happens now the server never sees.
    for (let count = 0; count < 20; count += 1) await etcd.gateway.put('/podql/registry/foreign', String(count));
    const head = await etcd.gateway.revision();
    await etcd.gateway.compact(head);
    await proxy.pass();
    await server.recovered('second');
    expect(server.logger.lines.some(({ message }) => message === 'listed the store again')).toBe(true);
    const list = await server.send(`{ pods(at: "2") { totalCount } }`);
    expect(list.errors?.[0]?.extensions).toMatchObject({ code: 'EXPIRED', reason: 'Expired', status: 410, retryable: false });
    const changes = server.client.subscribe<{ type: string }>('subscription { podChanges(since: "2") { type } }');
    await expect(changes.next()).resolves.toMatchObject({ value: { type: 'RESYNC' } });
    await changes.return(undefined);
  });

  it('an object is too large: refused before etcd sees it', async () => {
    const etcd = await anEtcd();
    const server = await aServer([endpointOf(etcd)]);
    const args = Array.from({ length: 900 }, () => 'x'.repeat(1_300));
    const reply = await server.createPod('large', { spec: { containers: [{ name: 'main', image: 'host', command: ['serve'], args }] } });
    expect(reply).toEqual({ code: 'REQUEST_TOO_LARGE', reason: 'RequestEntityTooLarge', status: 413, retryable: false, outcome: 'notApplied' });
  });

  it('a value is damaged by another hand: it hides no other, and by name it is an error', async () => {
    const etcd = await anEtcd();
    const server = await aServer([endpointOf(etcd)]);
    await server.createPod('good');
    await server.createPod('bad');
    await etcd.gateway.put('/podql/registry/pods/default/bad', 'nonsense');
    await etcd.gateway.put('/podql/registry/pods/default/strange', '\x01{"userRevision":null,"object":{"kind":"Pod","name":"strange"}}');
    await eventually(async () => (await server.send('{ pod(name: "bad") { name } }')).errors?.[0]?.extensions.code === 'INTERNAL_SERVER_ERROR', 'the error by name');
    expect((await server.pods()).names).toContain('good');
    await etcd.gateway.delete('/podql/registry/pods/default/strange');
    await etcd.gateway.delete('/podql/registry/pods/default/bad');
    await server.recovered('after');
    await expect(server.pods()).resolves.toEqual({ names: ['after', 'good'], stale: false });
  });

  it('the lease of the leader is revoked: it steps down and is elected again', async () => {
    const etcd = await anEtcd();
    const server = await aServer([endpointOf(etcd)]);
    const { registries } = await server.running;
    await eventually(() => registries.leadership.isLeading(), 'the election');
    const store = later(storeAt([endpointOf(etcd)]), (each) => each.close());
    const { item } = await store.get('/leader');
    await store.leases.revoke(item?.lease ?? '');
    const said = (message: string): number => server.logger.lines.filter((line) => line.message.startsWith(message)).length;
    await eventually(() => said('this server leads no longer') === 1 && said('this server leads:') === 2, 'the second term');
    await server.recovered();
  });

  describe('with a kubelet', () => {
    const aServerWithNode = async (etcd: EtcdProcess): Promise<ServerOnEtcd> => {
      const containerRuntime = createFakeRuntime({ clock: systemClock, state: createFakeRuntimeState() });
      const server = await aServer([endpointOf(etcd)], { containerRuntime, nodeName: 'node-a', kubelet: { leaseDurationSeconds: 3 } });
      await eventually(async () => (await server.send('{ clusterNode(name: "node-a") { name } }')).errors === undefined, 'the node');
      return server;
    };

    it('an outage is a warning once for each who meets it, and then said to be over', async () => {
      const etcd = await anEtcd();
      const server = await aServerWithNode(etcd);
      const said = (level: string, message: string): number => server.logger.lines.filter((line) => line.level === level && line.message.includes(message)).length;
      await etcd.kill();
      await server.away();
      await eventually(() => said('debug', 'cannot renew this node') > 0, 'a second renewal that fails');
      await etcd.restart();
      await server.recovered();
      const warnings = server.logger.lines.filter(({ level, message }) => level === 'warn' && !message.startsWith('etcd ')).map(({ message }) => message);
      for (const message of ['the store does not answer', 'cannot renew this node']) expect(said('warn', message)).toBe(1);
      // A second time if what it met changed, from no connection to no answer.
      expect([1, 2]).toContain(said('warn', 'the watch on the store was lost'));
      expect(warnings.filter((message) => message.startsWith('cannot update node'))).toEqual([]);
      for (const message of ['the watch on the store is there again', 'the store answers again']) expect(said('info', message)).toBe(1);
    });

    it('the lease of its node is revoked: the kubelet registers again', async () => {
      const etcd = await anEtcd();
      const server = await aServerWithNode(etcd);
      const store = later(storeAt([endpointOf(etcd)]), (each) => each.close());
      const leaseOf = async (): Promise<string | null> => (await store.get('/registry/leases/node-a')).item?.lease ?? null;
      const before = await leaseOf();
      await store.leases.revoke(before ?? '');
      await eventually(async () => ![before, null].includes(await leaseOf()), 'a new lease');
      await server.recovered();
    });
  });

  describe('with users', () => {
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    beforeEach(async () => {
      folder = later(await temporaryFolder('etcd-password'), ({ remove }) => remove());
    });
    const credentials = (password: string): { etcdUser: string; etcdPasswordFile: string } => {
      const etcdPasswordFile = join(folder.path, password);
      writeFileSync(etcdPasswordFile, password);
      return { etcdUser: 'podql', etcdPasswordFile };
    };
    const withUsers = async (etcd: EtcdProcess): Promise<EtcdAuth> => later(await EtcdAuth.enable(etcd, 'right'), (auth) => auth.close());

    it('a wrong password, and none, end the start in clear words', async () => {
      const etcd = await anEtcd();
      await withUsers(etcd);
      const start = (options: object): Promise<unknown> => ServerOnEtcd.start([endpointOf(etcd)], options);
      await expect(start(credentials('wrong'))).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining('does not accept user podql with this password') });
      await expect(start({})).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining('wants a user and a password: give --etcd-user') });
    });

    it('a user where etcd knows none ends the start in clear words', async () => {
      const etcd = await anEtcd();
      await expect(ServerOnEtcd.start([endpointOf(etcd)], credentials('right'))).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining('knows no users: leave out --etcd-user') });
    });

    it('a user that may not ends the start in clear words', async () => {
      const etcd = await anEtcd();
      const auth = await withUsers(etcd);
      await auth.takeRole();
      await expect(ServerOnEtcd.start([endpointOf(etcd)], credentials('right'))).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining('grant its role "readwrite" on the prefix /podql/') });
    });

    it('a role that is taken away makes reads stale and writes refused until it is given back', async () => {
      const etcd = await anEtcd();
      const auth = await withUsers(etcd);
      const server = await aServer([endpointOf(etcd)], credentials('right'));
      await server.createPod('before');
      await auth.takeRole();
      await server.away();
      await expect(server.createPod('meanwhile')).resolves.toEqual({ ...unavailable, retryAfterSeconds: 10 });
      await expect(server.pods()).resolves.toEqual({ names: ['before'], stale: true });
      await auth.giveRole();
      await server.recovered();
    });

    it('the log warns of an etcd that is nearly full, whatever the user may', async () => {
      const etcd = await anEtcd();
      await withUsers(etcd);
      const { dbSize } = await etcd.gateway.status();
      const server = await aServer([endpointOf(etcd)], { ...credentials('right'), etcdQuotaBytes: Math.round(dbSize / 0.85) });
      await eventually(() => server.logger.lines.some(({ level, message }) => level === 'warn' && /uses \d+ % of its quota/.test(message)), 'the warning');
    });

    it('tokens that etcd forgot are renewed, and nobody sees it', async () => {
      const etcd = await anEtcd({ args: ['--auth-token-ttl=1'] });
      await withUsers(etcd);
      const server = await aServer([endpointOf(etcd)], credentials('right'));
      await server.createPod('before');
      // Tokens are in etcd's memory: a restart forgets them all.
      await etcd.restart();
      await eventually(async () => (await server.createPod('after')) === 'done', 'a write that is done');
      await server.recovered();
      expect(server.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
    });
  });
}

describeWithEtcd('a server whose etcd fails', describeOn);
describeWithNewerEtcd('a server whose newer etcd fails', describeOn);

describeWithEtcd('a server on three etcds', (binary) => {
  let cluster: EtcdCluster;
  let server: ServerOnEtcd;
  beforeEach(async () => {
    cluster = await EtcdCluster.start({ binary });
    server = await ServerOnEtcd.start([0, 1, 2].map((index) => endpointOf(cluster.member(index))));
  }, 60_000);
  afterEach(async () => {
    await server.close();
    await cluster.stop();
  });

  it('goes on when their leader dies', async () => {
    await server.createPod('before');
    const leader = await cluster.elected();
    await cluster.kill(leader);
    // An election may take longer than a call may wait: then nothing was sent.
    await expect(server.createPod('during')).resolves.toEqual(anyOf('done', unknown, unavailable));
    let tries = 0;
    await eventually(async () => (await server.createPod(`elected-${(tries += 1)}`)) === 'done', 'a write under the new leader');
    await expect(server.createPod('after')).resolves.toBe('done');
    await eventually(async () => !(await server.pods()).stale, 'an answer that is not stale');
    expect((await server.pods()).names).toEqual(expect.arrayContaining(['after', 'before']));
    await cluster.restart(leader);
    await server.recovered('end');
  }, 60_000);

  it('goes on when the member that it talks to is cut off from the others, and when it hangs', async () => {
    await server.createPod('before');
    cluster.isolate(0);
    await eventually(async () => (await server.createPod('isolated')) !== undefined && (await server.pods()).names.includes('isolated'), 'a write by another member');
    await cluster.rejoin();
    await cluster.pause(1);
    await eventually(async () => (await server.createPod('hanging')) !== undefined && (await server.pods()).names.includes('hanging'), 'a write by another member');
    cluster.resume(1);
    await server.recovered('end');
  }, 60_000);

  it('serves stale reads and refuses writes while most of them are gone', async () => {
    await server.createPod('before');
    await cluster.kill(1);
    await cluster.kill(2);
    await server.away();
    await expect(server.pods()).resolves.toEqual({ names: ['before'], stale: true });
    await expect(server.createPod('meanwhile')).resolves.toEqual(anyOf(unknown, unavailable, late));
    await eventually(async () => JSON.stringify(await server.createPod('meanwhile')).includes('notApplied'), 'a refusal');
    await cluster.restart(1);
    await server.recovered('after');
    expect((await server.pods()).names).toEqual(expect.arrayContaining(['after', 'before']));
  }, 90_000);
});
