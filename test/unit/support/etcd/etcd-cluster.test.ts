import { EtcdCluster } from '../../../support/etcd/etcd-cluster';
import { describeWithEtcd } from '../../../support/etcd/etcd-process';
import { eventually } from '../../../support/eventually';

describeWithEtcd('EtcdCluster', () => {
  let cluster: EtcdCluster;
  beforeAll(async () => {
    cluster = await EtcdCluster.start();
  });
  afterAll(() => cluster.stop());

  it('is one store with three doors', async () => {
    await cluster.member(0).gateway.put('/a', '1');
    expect(await cluster.member(2).gateway.get('/a')).toBe('1');
    expect(new Set([...cluster.urls, ...cluster.proxiedUrls]).size).toBe(6);
    expect([0, 1, 2]).toContain(await cluster.leader());
  });

  it('survives the death of its leader, elects another, and takes the dead one back', async () => {
    const first = await cluster.elected();
    await cluster.kill(first);
    const second = await cluster.elected({ not: first });
    await cluster.member(second).gateway.put('/a', 'without the first');
    await cluster.restart(first);
    expect(await cluster.member(first).gateway.get('/a')).toBe('without the first');
  });

  it('elects another while its leader is paused', async () => {
    const first = await cluster.elected();
    await cluster.pause(first);
    const second = await cluster.elected({ not: first });
    await cluster.member(second).gateway.put('/a', '1');
    cluster.resume(first);
    await cluster.member(first).healthy();
    expect(await cluster.member(first).gateway.get('/a')).toBe('1');
  });

  it('has no leader while a majority is dead', async () => {
    const leader = await cluster.elected();
    const others = [0, 1, 2].filter((index) => index !== leader);
    await Promise.all(others.map((index) => cluster.kill(index)));
    await eventually(async () => (await cluster.leader()) === undefined, 'the end of the reign');
    await Promise.all(others.map((index) => cluster.restart(index)));
    await cluster.elected();
  });

  it.each(['the leader', 'a follower'])('cuts %s off from its peers and from nobody else', async (who) => {
    const lonely = who === 'the leader' ? await cluster.elected() : await cluster.follower();
    const before = await cluster.member(lonely).gateway.put('/a', 'before');
    cluster.isolate(lonely);
    const leader = await cluster.elected({ not: lonely });
    await cluster.member(leader).gateway.put('/a', 'behind its back');
    await eventually(async () => (await cluster.member(lonely).gateway.status()).leaderId === '0', 'its loneliness');
    expect((await cluster.member(lonely).gateway.status()).revision).toBe(before);
    await cluster.rejoin();
    await cluster.member(lonely).healthy();
    expect(await cluster.member(lonely).gateway.get('/a')).toBe('behind its back');
  });
});
