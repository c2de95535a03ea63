import { StoreError } from '../../../errors/store-error';

export interface EtcdAddress {
  /** HOST:PORT each. */
  readonly endpoints: readonly string[];
  /** Of this cluster's keys in etcd: "/podql". No slash at the end; a store key, which begins with one, is put behind it. */
  readonly root: string;
}

const endpointPattern = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?):(\d{1,5})$/;
const rootPattern = /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/;

/** What follows `etcd:`, as in `//10.0.0.1:2379,10.0.0.2:2379/podql`. MISCONFIGURED, with what is wrong. */
export function parseEtcdAddress(rest: string): EtcdAddress {
  const wrong = (reason: string): StoreError =>
    new StoreError('MISCONFIGURED', `store etcd:${withoutSecrets(rest)}: ${reason}. The form is etcd://HOST:PORT,HOST:PORT/PREFIX`);
  if (!rest.startsWith('//')) throw wrong('the address is missing');
  if (rest.includes('@')) throw wrong('user and password do not belong into the address: use --etcd-user and --etcd-password-file');
  const slash = rest.indexOf('/', 2);
  const hosts = slash === -1 ? rest.slice(2) : rest.slice(2, slash);
  const path = slash === -1 ? 'podql' : rest.slice(slash + 1).replace(/\/$/, '') || 'podql';
  const endpoints = hosts.split(',');
  for (const endpoint of endpoints) {
    const port = Number(endpointPattern.exec(endpoint)?.[1] ?? 0);
    if (port < 1 || port > 65_535) throw wrong(`${JSON.stringify(endpoint)} is not HOST:PORT`);
  }
  if (new Set(endpoints).size !== endpoints.length) throw wrong('an endpoint is named twice');
  if (!rootPattern.test(path)) throw wrong(`${JSON.stringify(path)} is not a prefix: letters, digits, "-", "_" and ".", in parts divided by "/"`);
  return { endpoints, root: `/${path}` };
}

function withoutSecrets(rest: string): string {
  return rest.replace(/\/\/[^/]*@/, '//');
}
