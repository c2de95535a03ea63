import { systemClock } from '../../../src/base/clock';
import { silentLogger } from '../../../src/base/logger';
import { parseEtcdAddress } from '../../../src/registry/store/etcd/address';
import { plainEtcd } from '../../../src/registry/store/etcd/settings';
import type { EtcdStoreOptions } from '../../../src/registry/store/etcd/store';
import { EtcdStore } from '../../../src/registry/store/etcd/store';
import type { EtcdProcess } from './etcd-process';

/** A store on these HOST:PORT endpoints, below /podql unless told otherwise. */
export function storeAt(endpoints: readonly string[], options: Partial<EtcdStoreOptions> & { readonly root?: string } = {}): EtcdStore {
  const { root = 'podql', ...rest } = options;
  return new EtcdStore({ address: parseEtcdAddress(`//${endpoints.join(',')}/${root}`), settings: plainEtcd, clock: systemClock, logger: silentLogger, ...rest });
}

export function endpointOf(etcd: Pick<EtcdProcess, 'ports'>): string {
  return `127.0.0.1:${etcd.ports.client}`;
}
