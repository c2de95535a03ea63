import { describeWithEtcd, EtcdProcess } from '../../../../support/etcd/etcd-process';
import { endpointOf, storeAt } from '../../../../support/etcd/etcd-store';
import { lastingPort } from '../../../../support/lasting-port';

describeWithEtcd('the diagnosis of an etcd', (binary) => {
  let etcd: EtcdProcess;
  beforeAll(async () => {
    etcd = await EtcdProcess.start({ binary });
  });
  afterAll(() => etcd.stop());

  const diagnosed = async (...call: Parameters<typeof storeAt>): Promise<string[]> => {
    const store = storeAt(...call);
    const findings = await store.diagnose();
    await store.close();
    return findings.map(({ severity, message }) => `${severity}: ${message}`);
  };

  it('names the known faults of its version, and nothing else where all is well', async () => {
    const { version } = await etcd.gateway.status();
    for (const line of await diagnosed([endpointOf(etcd)])) expect(line).toMatch(`advice: etcd ${version} at ${endpointOf(etcd)}: `);
  });

  it('says that nobody listens, and where', async () => {
    const nobody = `127.0.0.1:${await lastingPort()}`;
    expect(await diagnosed([nobody])).toEqual([`trouble: etcd at ${nobody} cannot be reached: nothing listens there: is etcd running, and is this its client port?`]);
  });

  it('looks at every endpoint, also when the first is well', async () => {
    const nobody = `127.0.0.1:${await lastingPort()}`;
    expect(await diagnosed([endpointOf(etcd), nobody])).toContainEqual(expect.stringContaining(`trouble: etcd at ${nobody} cannot be reached`));
  });

  it('says that a name cannot be resolved', async () => {
    expect(await diagnosed(['nowhere.invalid:2379'])).toEqual(['trouble: etcd at nowhere.invalid:2379 cannot be reached: its name cannot be resolved']);
  });

  it('says that it does not answer', async () => {
    await etcd.pause();
    const findings = await diagnosed([endpointOf(etcd)]);
    etcd.resume();
    expect(findings).toEqual([`trouble: etcd at ${endpointOf(etcd)} does not answer`]);
  });

  it('changes nothing', async () => {
    const before = await etcd.gateway.revision();
    await diagnosed([endpointOf(etcd)]);
    expect(await etcd.gateway.revision()).toBe(before);
  });
});
