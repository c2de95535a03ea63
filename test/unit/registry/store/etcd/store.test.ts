import { describeStoreContract } from '../../../../conformance/store';
import { EtcdPool } from '../../../../support/etcd/etcd-pool';
import { describeWithEtcd, describeWithNewerEtcd } from '../../../../support/etcd/etcd-process';
import { endpointOf, storeAt } from '../../../../support/etcd/etcd-store';

function describeOn(binary: string, name: string): void {
  const pool = new EtcdPool({ binary });
  afterAll(() => pool.dispose());
  describeStoreContract({
    name,
    time: 'real',
    capabilities: { durable: true },
    open: async (setup) => {
      const etcd = await pool.take();
      let store = storeAt([endpointOf(etcd)], setup);
      return {
        store,
        reopen: async () => {
          await store.close();
          await etcd.restart();
          store = storeAt([endpointOf(etcd)], setup);
          return store;
        },
        dispose: async () => {
          await store.close();
          await etcd.stop();
        },
      };
    },
  });
}

describeWithEtcd('on etcd', (binary) => describeOn(binary, 'etcd'));
describeWithNewerEtcd('on a newer etcd', (binary) => describeOn(binary, 'newer etcd'));
