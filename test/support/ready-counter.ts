import type { TestClient } from './graphql-client';

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'RESYNC';
  readonly pod: { readonly uid: string; readonly ready: boolean; readonly deletionTimestamp: string | null } | null;
}

const document = `subscription ($labelSelector: LabelSelector) { podChanges(labelSelector: $labelSelector) { type pod { uid ready deletionTimestamp } } }`;

/** Counts, after each change in order, how many pods of an app are ready and not on their way out. */
export class ReadyCounter {
  /** Since the snapshot that it began with. */
  fewest = Number.POSITIVE_INFINITY;
  changes = 0;
  private readonly ready = new Set<string>();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: TestClient,
    private readonly app: string,
  ) {}

  /** Resolves when it knows what there is. */
  async start(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.running = this.follow(resolve).catch(reject);
    });
    return this;
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.running;
  }

  private async follow(started: () => void): Promise<void> {
    let isStarted = false;
    for await (const { type, pod } of this.client.subscribe<Change>(document, { labelSelector: `app=${this.app}` })) {
      if (pod && type !== 'DELETED' && pod.ready && pod.deletionTimestamp === null) this.ready.add(pod.uid);
      else if (pod) this.ready.delete(pod.uid);
      if (type === 'BOOKMARK') {
        isStarted = true;
        started();
      }
      if (!isStarted) continue;
      if (pod) this.changes += 1;
      this.fewest = Math.min(this.fewest, this.ready.size);
    }
  }
}
