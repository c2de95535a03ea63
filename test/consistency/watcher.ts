import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { sleep, systemClock } from '../../src/base/clock';
import { changesDocument, podOf, type PodFields } from './api';
import type { History, SeenChange } from './history';
import type { Random } from './random';

export interface WatcherOptions {
  readonly name: string;
  readonly urls: readonly string[];
  readonly firstServer: number;
  readonly random: Random;
  readonly history: History;
  readonly now: () => number;
  /** Changes after which it leaves by itself, about. */
  readonly sessionLength: number;
  /** Milliseconds until it comes back, at most. */
  readonly pause: number;
}

interface Item {
  readonly podChanges: { readonly type: SeenChange['change']; readonly resourceVersion: string; readonly pod: PodFields | null };
}

/** A subscriber as docs/watch-protocol.md describes it, that goes to another server each time. */
export class Watcher {
  private since: number | null = null;
  private highest = 0;
  private target = Infinity;
  private isInSnapshot = true;

  constructor(private readonly options: WatcherOptions) {}

  get isDone(): boolean {
    return this.highest >= this.target && !this.isInSnapshot;
  }

  /** It may end once it has seen this version. */
  finishAt(version: number): void {
    this.target = version;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { urls, firstServer, random, pause } = this.options;
    for (let session = 0; !this.isDone && !signal.aborted; session += 1) {
      await this.session((firstServer + session) % urls.length, signal).catch(() => undefined);
      // At the end nobody is late any more.
      await sleep(systemClock, this.target < Infinity ? 50 : random.whole(20, pause), signal);
    }
  }

  private async session(server: number, signal: AbortSignal): Promise<void> {
    const { name, urls, random, history, now, sessionLength } = this.options;
    const client = createClient({ url: `${urls[server]?.replace(/^http/, 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0, lazy: true });
    const leave = (): void => void client.dispose();
    signal.addEventListener('abort', leave, { once: true });
    try {
      this.isInSnapshot = this.since === null;
      history.add({ type: 'session', watcher: name, server, at: now(), since: this.since });
      let left = random.whole(1, sessionLength * 2);
      const variables = { since: this.since === null ? null : String(this.since) };
      for await (const { data, errors } of client.iterate<Item>({ query: changesDocument, variables })) {
        if (errors || !data) return;
        this.take(data.podChanges);
        left -= 1;
        if (left <= 0 || this.isDone) return;
      }
    } finally {
      signal.removeEventListener('abort', leave);
      await client.dispose();
    }
  }

  private take({ type: change, resourceVersion, pod }: Item['podChanges']): void {
    const { name: watcher, history, now } = this.options;
    const version = Number(resourceVersion);
    this.since = version;
    if (change === 'RESYNC' || change === 'BOOKMARK') this.isInSnapshot = change === 'RESYNC';
    this.highest = Math.max(change === 'RESYNC' ? 0 : version, this.highest);
    history.add({ type: 'change', watcher, at: now(), change, version, pod: pod && podOf(pod) });
  }
}
