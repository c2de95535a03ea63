import { describeRegistryContract } from '../../../../conformance/registry';
import { EtcdPool } from '../../../../support/etcd/etcd-pool';
import { describeWithEtcd, describeWithNewerEtcd } from '../../../../support/etcd/etcd-process';
import { endpointOf, storeAt } from '../../../../support/etcd/etcd-store';

function describeOn(binary: string, name: string): void {
  const pool = new EtcdPool({ binary });
  afterAll(() => pool.dispose());
  describeRegistryContract({ name: `registry on ${name}`, leaseTime: 'real', openStore: async () => storeAt([endpointOf(await pool.take())]) });
}

describeWithEtcd('on etcd', (binary) => describeOn(binary, 'etcd'));
describeWithNewerEtcd('on a newer etcd', (binary) => describeOn(binary, 'a newer etcd'));
