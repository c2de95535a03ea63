export interface EtcdPorts {
  readonly client: number;
  readonly peer: number;
  /** Health and metrics, always without TLS. */
  readonly metrics: number;
}

/** Paths of PEM files. */
export interface EtcdTls {
  readonly certificate: string;
  readonly key: string;
  /** Clients must show a certificate of this authority. */
  readonly clientAuthority?: string;
}

export interface EtcdOptions {
  /** Default: etcdBinary(). */
  readonly binary?: string;
  /** Default: three free ones. */
  readonly ports?: EtcdPorts;
  /** Wait for the disk, as in real life; by default it does not. */
  readonly fsync?: boolean;
  /** In milliseconds; default 10. */
  readonly heartbeatInterval?: number;
  /** In milliseconds; default 100. The shortest lease is one and a half times this, rounded up to seconds. */
  readonly electionTimeout?: number;
  readonly quotaBytes?: number;
  /** For clients. Peers speak without. */
  readonly tls?: EtcdTls;
  /** A member of a cluster. Default: alone. */
  readonly member?: EtcdMember;
  /** Any other flags, after these. */
  readonly args?: readonly string[];
}

export interface EtcdMember {
  readonly name: string;
  /** Where the others find it, by the name of each member: the same for all of them. */
  readonly cluster: Readonly<Record<string, string>>;
}

/** Elections in a tenth of a second instead of one, leases of a second instead of two, no waiting for the disk. */
export function etcdArguments(options: EtcdOptions, place: { ports: EtcdPorts; data: string }): string[] {
  const { ports, data } = place;
  const clientUrl = `${options.tls ? 'https' : 'http'}://127.0.0.1:${ports.client}`;
  const peerUrl = `http://127.0.0.1:${ports.peer}`;
  const { name, cluster } = options.member ?? { name: 'alone', cluster: { alone: peerUrl } };
  const { tls, quotaBytes } = options;
  const flags: Record<string, string | number | true | undefined> = {
    name,
    'data-dir': data,
    'listen-client-urls': clientUrl,
    'advertise-client-urls': clientUrl,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': cluster[name],
    'initial-cluster': Object.entries(cluster).map(([member, url]) => `${member}=${url}`).join(','),
    'listen-metrics-urls': `http://127.0.0.1:${ports.metrics}`,
    'heartbeat-interval': options.heartbeatInterval ?? 10,
    'election-timeout': options.electionTimeout ?? 100,
    'auto-compaction-retention': 0,
    'unsafe-no-fsync': options.fsync ? undefined : true,
    'quota-backend-bytes': quotaBytes,
    'cert-file': tls?.certificate,
    'key-file': tls?.key,
    'trusted-ca-file': tls?.clientAuthority,
    'client-cert-auth': tls?.clientAuthority ? true : undefined,
    logger: 'zap',
  };
  const set = Object.entries(flags).filter(([, value]) => value !== undefined);
  return [...set.map(([flag, value]) => (value === true ? `--${flag}` : `--${flag}=${value}`)), ...(options.args ?? [])];
}

/** etcd takes ETCD_… for flags, and ends where such a one contradicts the command line. */
export function etcdEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ETCD_')));
}
