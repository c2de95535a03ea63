/** How to reach etcd, beyond its address. */
export interface EtcdSettings {
  /** TLS to every endpoint; without it the connection is plain. */
  readonly tls: EtcdTls | null;
  readonly auth: { readonly username: string; readonly password: string } | null;
  /** Bytes at which etcd takes no more writes (its --quota-backend-bytes; it does not tell before 3.6). */
  readonly quotaBytes: number;
}

/** PEM. */
export interface EtcdTls {
  readonly ca: Buffer;
  /** The client's certificate and key, where etcd asks for one. */
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
}

/** etcd's own default: 2 GiB. */
export const defaultQuotaBytes = 2 * 2 ** 30;

export const plainEtcd: EtcdSettings = { tls: null, auth: null, quotaBytes: defaultQuotaBytes };

/**
 * Milliseconds. A read may try several endpoints within `call`; a write is sent once. Both end before the registry's own
 * deadline (bounded-store.ts), so that what is known of the outcome still comes through.
 */
export const limits = {
  call: 4_500,
  /** One try of a read at one endpoint. */
  attempt: 1_500,
  /** Between two rounds over all endpoints. */
  pause: 50,
  /** From opening a stream to etcd's first word on it. */
  streamStart: 4_000,
  /** gRPC's keep-alive: a peer that is silent so long is asked, and given up when it does not answer. etcd forbids less than 5 s. */
  keepAliveTime: 6_000,
  keepAliveTimeout: 2_000,
};
