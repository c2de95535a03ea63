import { describeWatchCacheContract } from '../../../../conformance/watch-cache';
import { describeInformerContract } from '../../../../conformance/informer';
import { cacheInformer } from '../../../../support/cache-informer';
import { EtcdPool } from '../../../../support/etcd/etcd-pool';
import { describeWithEtcd, describeWithNewerEtcd } from '../../../../support/etcd/etcd-process';
import { endpointOf, storeAt } from '../../../../support/etcd/etcd-store';

function describeOn(binary: string, name: string): void {
  const pool = new EtcdPool({ binary });
  afterAll(() => pool.dispose());
  const openStore = async () => storeAt([endpointOf(await pool.take())], { progressInterval: 200 });
  describeWatchCacheContract({ name: `the watch cache on ${name}`, openStore, runs: 4 });
  describeInformerContract({ name: `an informer on ${name}`, create: (prepare) => cacheInformer(openStore, prepare) });
}

describeWithEtcd('on etcd', (binary) => describeOn(binary, 'etcd'));
describeWithNewerEtcd('on a newer etcd', (binary) => describeOn(binary, 'a newer etcd'));
