import type { Clock } from '../../../base/clock';
import type { Logger } from '../../../base/logger';
import { StoreError } from '../../../errors/store-error';
import type { WatchLimits } from '../limits';
import { parseEtcdAddress } from './address';
import type { EtcdSettings } from './settings';
import { EtcdStore } from './store';

export interface OpenEtcdOptions extends WatchLimits {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: EtcdSettings;
}

/**
 * What follows `etcd:` in the address. Says in the log what is not as it should be. MISCONFIGURED when the address cannot be
 * read, or every etcd that answers refuses this user; an etcd that is not there yet is waited for.
 */
export async function openEtcdStore(rest: string, { clock, logger, settings, ...limits }: OpenEtcdOptions): Promise<EtcdStore> {
  const address = parseEtcdAddress(rest);
  const store = new EtcdStore({ address, settings, clock, logger, ...limits });
  const findings = await store.diagnose();
  for (const { severity, message } of findings) logger[severity === 'wrong' ? 'error' : 'warn'](message);
  const wrong = findings.filter(({ severity }) => severity === 'wrong');
  const isHopeless = wrong.length > 0 && !findings.some(({ severity }) => severity === 'trouble');
  if (!isHopeless) return store;
  await store.close();
  throw new StoreError('MISCONFIGURED', wrong.map(({ message }) => message).join('; '));
}
