import { sleep, systemClock } from '../../src/base/clock';
import type { TestClient } from './graphql-client';

export interface FollowedChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'RESYNC';
  readonly resourceVersion: string;
  readonly pod: { readonly name: string; readonly uid: string } | null;
}

const document = `subscription ($since: ResourceVersion) { podChanges(since: $since) { type resourceVersion pod { name uid } } }`;

/** A subscriber that goes to the next server with `since` when its stream ends, and keeps what it was told. */
export class Follower {
  /** Without bookmarks. */
  readonly changes: FollowedChange[] = [];
  sessions = 0;
  private since: string | null = null;
  private isStopped = false;
  private readonly listeners = new Set<(change: FollowedChange) => void>();
  private running: Promise<void> = Promise.resolve();

  /** The first of them first. */
  constructor(private readonly clients: readonly TestClient[]) {}

  /** Resolves when it knows what there is: from then on it is told each change. */
  async start(): Promise<this> {
    const known = this.next(({ type }) => type === 'BOOKMARK');
    this.running = this.run();
    await known;
    return this;
  }

  /** Resolves with the first change that fits, from now on or before. */
  async saw(fits: (change: FollowedChange) => boolean): Promise<FollowedChange> {
    return this.changes.find(fits) ?? this.next(fits);
  }

  /** Of each change: its kind, whose it is, and its version. */
  get story(): string[] {
    return this.changes.map(({ type, pod, resourceVersion }) => `${type} ${pod?.name ?? ''} ${pod?.uid ?? ''} ${resourceVersion}`);
  }

  /** Its stream must be at an end, or will be soon: the servers' end is its own. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.clients.map((client) => client.close()));
    await this.running;
  }

  /** Bookmarks too. */
  private next(fits: (change: FollowedChange) => boolean): Promise<FollowedChange> {
    return new Promise((resolve) => {
      const listener = (change: FollowedChange): void => {
        if (!fits(change)) return;
        this.listeners.delete(listener);
        resolve(change);
      };
      this.listeners.add(listener);
    });
  }

  private async run(): Promise<void> {
    for (; !this.isStopped; this.sessions += 1) {
      const client = this.clients[this.sessions % this.clients.length];
      // Whatever ended it: the next one goes on where this one was.
      await this.follow(client!).catch(() => undefined);
      await sleep(systemClock, 20);
    }
  }

  private async follow(client: TestClient): Promise<void> {
    for await (const change of client.subscribe<FollowedChange>(document, { since: this.since })) {
      this.since = change.resourceVersion;
      if (change.type !== 'BOOKMARK') this.changes.push(change);
      for (const listener of [...this.listeners]) listener(change);
      if (this.isStopped) return;
    }
  }
}
