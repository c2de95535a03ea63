import { existsSync } from 'node:fs';
import { EtcdGateway, isHealthy } from '../../../support/etcd/etcd-gateway';
import { EtcdPool } from '../../../support/etcd/etcd-pool';
import { describeWithEtcd, EtcdProcess } from '../../../support/etcd/etcd-process';
import { eventually } from '../../../support/eventually';
import { isRunning } from '../../../support/supervised-process';
import { TcpProxy } from '../../../support/tcp-proxy';

describeWithEtcd('EtcdProcess', () => {
  let etcd: EtcdProcess;
  beforeAll(async () => {
    etcd = await EtcdProcess.start();
  });
  afterAll(() => etcd.stop());

  it('is healthy and empty when it has started', async () => {
    const fresh = await EtcdProcess.start();
    try {
      expect(await isHealthy(fresh.metricsUrl)).toBe(true);
      expect(await fresh.gateway.revision()).toBe(1);
    } finally {
      await fresh.stop();
    }
  });

  it('has its data after a kill and a restart, at the same address', async () => {
    const { url } = etcd;
    const revision = await etcd.gateway.put('/kept', 'yes');
    await etcd.kill();
    expect(etcd.isAlive).toBe(false);
    await expect(etcd.gateway.revision()).rejects.toThrow('ECONNREFUSED');
    await etcd.restart();
    expect(etcd.url).toBe(url);
    expect(await etcd.gateway.get('/kept')).toBe('yes');
    expect(await etcd.gateway.revision()).toBe(revision);
  });

  it('answers nobody while it is paused, and everybody afterwards', async () => {
    await etcd.pause();
    const asked = etcd.gateway.put('/asked', 'while paused');
    expect(await isHealthy(etcd.metricsUrl, 50)).toBe(false);
    etcd.resume();
    await asked;
    expect(await etcd.gateway.get('/asked')).toBe('while paused');
  });

  it('has applied a write whose reply the proxy loses', async () => {
    const proxy = await TcpProxy.start(etcd.ports.client);
    try {
      const written = new EtcdGateway(`http://127.0.0.1:${proxy.port}`).put('/lost', 'reply');
      const outcome = expect(written).rejects.toThrow('socket hang up');
      await proxy.loseReplies(() => eventually(async () => (await etcd.gateway.get('/lost')) === 'reply', 'the write'));
      await outcome;
    } finally {
      proxy.stop();
    }
  });

  it('leaves neither process nor data behind, also when it is paused', async () => {
    const other = await EtcdProcess.start();
    const pid = other.pid!;
    await other.pause();
    await other.stop();
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(other.directory)).toBe(false);
    await expect(other.restart()).rejects.toThrow('was stopped');
  });

  it('says at once with the end of its log why it does not start', async () => {
    await expect(EtcdProcess.start({ args: ['--no-such-flag'] })).rejects.toThrow('no-such-flag');
  });

  it('refuses writes when it is full, is still healthy, and takes writes again when there is space', async () => {
    const small = await EtcdProcess.start({ quotaBytes: 2 ** 20 });
    try {
      const fill = async (): Promise<void> => {
        for (let round = 0; round < 64; round += 1) await small.gateway.put('/filling', 'x'.repeat(2 ** 16));
      };
      await expect(fill()).rejects.toThrow('space exceeded');
      await small.restart();
      await expect(small.gateway.put('/more', '')).rejects.toThrow('space exceeded');
      await small.gateway.delete('/filling');
      await small.gateway.compact(await small.gateway.revision());
      await small.gateway.defragment();
      await small.gateway.disarmAlarms();
      await small.gateway.put('/more', '');
    } finally {
      await small.stop();
    }
  });
});

describeWithEtcd('EtcdPool', () => {
  it('hands out empty ones, each to one taker, and ends all', async () => {
    const pool = new EtcdPool();
    const first = await pool.take();
    await first.gateway.put('/a', '1');
    const second = await pool.take();
    expect(second.url).not.toBe(first.url);
    expect(await second.gateway.revision()).toBe(1);
    const pids = [first.pid!, second.pid!];
    await pool.dispose();
    expect(pids.map(isRunning)).toEqual([false, false]);
    await expect(pool.take()).rejects.toThrow('disposed');
  });

  it('says to the taker why none could be started', async () => {
    const pool = new EtcdPool({ args: ['--no-such-flag'] });
    await expect(pool.take()).rejects.toThrow('no-such-flag');
    await pool.dispose();
  });
});
