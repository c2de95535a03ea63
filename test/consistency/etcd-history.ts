import { request } from 'node:http';
import type { TrueChange, TrueState } from './check/truth';

const keyPrefix = '/podql/registry/pods/default/';

/** Reads etcd's own history through its JSON gateway, with no part of podql in between. */
export class EtcdHistory {
  readonly changes: TrueChange[] = [];
  private readTo = 0;

  /** Of the members, in the order in which they are asked. */
  constructor(private readonly urls: () => readonly string[]) {}

  /** Everything up to this revision, which must have happened. */
  async read(revision: number): Promise<void> {
    for (let tries = 0; this.readTo < revision; tries += 1) {
      const urls = this.urls();
      try {
        await this.readFrom(urls[tries % urls.length] ?? '', revision);
      } catch (error) {
        if (tries >= 20) throw error;
      }
    }
  }

  private readFrom(url: string, revision: number): Promise<void> {
    return new Promise((resolve, reject) => {
      // The gateway's form of a range over all keys. Every revision has an event then, so it is seen when the end is there.
      const all = Buffer.from('\0').toString('base64');
      const body = JSON.stringify({ create_request: { key: all, range_end: all, start_revision: this.readTo + 1 } });
      const asked = request(new URL('/v3/watch', url), { method: 'POST', agent: false, signal: AbortSignal.timeout(15_000) }, (answer) => {
        let rest = '';
        answer.setEncoding('utf8').on('data', (text: string) => {
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          try {
            for (const line of lines) this.take(JSON.parse(line) as Answer);
          } catch (error) {
            asked.destroy(error as Error);
          }
          if (this.readTo < revision) return;
          resolve();
          asked.destroy();
        });
        answer.once('error', reject);
        answer.once('end', () => reject(new Error('etcd ended the watch')));
      });
      asked.once('error', reject);
      asked.end(body);
    });
  }

  private take({ result, error }: Answer): void {
    if (!result || result.canceled) throw new Error(`etcd ended the watch: ${JSON.stringify(error ?? result)}`);
    for (const { type, kv } of result.events ?? []) {
      const revision = Number(kv.mod_revision);
      const key = Buffer.from(kv.key, 'base64').toString();
      if (key.startsWith(keyPrefix) && revision > (this.changes.at(-1)?.revision ?? 0)) this.changes.push(this.change(type, kv, key.slice(keyPrefix.length)));
      this.readTo = Math.max(this.readTo, revision);
    }
  }

  private change(type: string | undefined, kv: EventKv, name: string): TrueChange {
    const revision = Number(kv.mod_revision);
    if (type === 'DELETE') return { revision, name, count: 0, state: null };
    return { revision, name, count: Number(kv.version), state: stateOf(Buffer.from(kv.value ?? '', 'base64'), { name, revision }) };
  }
}

interface EventKv {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision: string;
  readonly version?: string;
}

interface Answer {
  readonly result?: { readonly events?: readonly { readonly type?: string; readonly kv: EventKv }[]; readonly canceled?: boolean };
  readonly error?: unknown;
}

/** The stored form, read by hand: a byte that says which form it is, then JSON. */
function stateOf(value: Buffer, { name, revision }: { name: string; revision: number }): TrueState {
  const { userRevision, object } = JSON.parse(value.subarray(1).toString()) as {
    userRevision: number | null;
    object: Pick<TrueState, 'uid' | 'labels' | 'annotations'>;
  };
  return { name, uid: object.uid, version: revision, labels: object.labels, annotations: object.annotations, userVersion: userRevision ?? revision };
}
