import { request as requestPlainly } from 'node:http';
import { request as requestByTls } from 'node:https';

export interface EtcdStatus {
  readonly memberId: string;
  /** "0": none known. */
  readonly leaderId: string;
  readonly version: string;
  readonly revision: number;
  readonly dbSize: number;
  readonly dbSizeInUse: number;
}

export interface GatewayTls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

interface Header {
  readonly header: { readonly revision?: string; readonly member_id?: string };
}

/**
 * etcd's JSON dialect: what tests ask and change beside the client under test, without sharing its faults.
 * A connection for each call, so that none is left over from before a restart.
 */
export class EtcdGateway {
  /** `tls`: contents of PEM files, for an https URL. */
  constructor(readonly url: string, private readonly tls: GatewayTls = {}) {}

  async put(key: string, value: string): Promise<number> {
    return revisionOf(await this.post<Header>('/v3/kv/put', { key: base64(key), value: base64(value) }));
  }

  /** undefined: there is no such key. */
  async get(key: string): Promise<string | undefined> {
    const { kvs = [] } = await this.post<Header & { kvs?: { value?: string }[] }>('/v3/kv/range', { key: base64(key) });
    return kvs[0] && Buffer.from(kvs[0].value ?? '', 'base64').toString();
  }

  /** True when there was one. */
  async delete(key: string): Promise<boolean> {
    const { deleted = '0' } = await this.post<Header & { deleted?: string }>('/v3/kv/deleterange', { key: base64(key) });
    return deleted !== '0';
  }

  /** By way of the leader: where a quorum is missing it fails. */
  async revision(): Promise<number> {
    return revisionOf(await this.post<Header>('/v3/kv/range', { key: base64('\0'), count_only: true }));
  }

  async compact(revision: number): Promise<void> {
    await this.post('/v3/kv/compaction', { revision, physical: true });
  }

  async defragment(): Promise<void> {
    await this.post('/v3/maintenance/defragment', {});
  }

  /** Lets an etcd that was full be written to again, once there is space. */
  async disarmAlarms(): Promise<void> {
    const { alarms = [] } = await this.post<{ alarms?: object[] }>('/v3/maintenance/alarm', { action: 'GET' });
    for (const alarm of alarms) await this.post('/v3/maintenance/alarm', { action: 'DEACTIVATE', ...alarm });
  }

  async status(milliseconds?: number): Promise<EtcdStatus> {
    type Answer = Header & { leader?: string; version: string; dbSize: string; dbSizeInUse?: string };
    const answer = await this.post<Answer>('/v3/maintenance/status', {}, milliseconds);
    return {
      memberId: answer.header.member_id ?? '0',
      leaderId: answer.leader ?? '0',
      version: answer.version,
      revision: revisionOf(answer),
      dbSize: Number(answer.dbSize),
      dbSizeInUse: Number(answer.dbSizeInUse ?? 0),
    };
  }

  /** Any other call. Rejects unless it is answered with 200. */
  post<T>(path: string, body: object, milliseconds = 15_000): Promise<T> {
    return ask<T>(new URL(path, this.url), { ...this.tls, body: JSON.stringify(body), milliseconds });
  }
}

/** What GET /health says; false also when nobody answers. */
export async function isHealthy(url: string, milliseconds = 2_000): Promise<boolean> {
  // An etcd that is full is in good health otherwise.
  const answer = ask<{ health: string }>(new URL('/health?exclude=NOSPACE', url), { milliseconds });
  return answer.then(({ health }) => health === 'true', () => false);
}

function ask<T>(url: URL, options: GatewayTls & { body?: string; milliseconds: number }): Promise<T> {
  return new Promise((resolve, reject) => {
    const { body, milliseconds, ...tls } = options;
    const request = url.protocol === 'https:' ? requestByTls : requestPlainly;
    const how = { ...tls, method: body === undefined ? 'GET' : 'POST', agent: false as const, signal: AbortSignal.timeout(milliseconds) };
    const asked = request(url, how, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (answer.statusCode !== 200) return reject(new Error(`etcd answered ${url.pathname} with ${answer.statusCode}: ${text}`));
        // The one cast: callers name what etcd's documentation says it answers.
        resolve(JSON.parse(text) as T);
      });
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const revisionOf = ({ header }: Header): number => Number(header.revision ?? 0);
