import type { Key, Revision, Store, StoreEvent, WatchBatch } from '../../src/registry/store/store';

/** Reads one watch step by step, and ends it. */
export class WatchReader {
  private readonly controller = new AbortController();
  private readonly iterator: AsyncIterator<WatchBatch>;

  constructor(store: Store, prefix: Key, after: Revision) {
    this.iterator = store.watch(prefix, { after, signal: this.controller.signal })[Symbol.asyncIterator]();
  }

  /** The next batch, progress included; undefined when the watch has ended without an error. */
  async next(): Promise<WatchBatch | undefined> {
    const result = await this.iterator.next();
    return result.done ? undefined : result.value;
  }

  /** The next batch that has events. */
  async nextEvents(): Promise<WatchBatch> {
    for (;;) {
      const batch = await this.next();
      if (!batch) throw new Error('the watch ended');
      if (batch.events.length > 0) return batch;
    }
  }

  /** The next batch without events. */
  async progress(): Promise<Revision> {
    const batch = await this.next();
    if (!batch || batch.events.length > 0) throw new Error(`not progress: ${JSON.stringify(batch)}`);
    return batch.revision;
  }

  /** Everything up to the first progress: what a reader who starts has to catch up with. */
  async untilProgress(): Promise<{ batches: WatchBatch[]; revision: Revision }> {
    const batches: WatchBatch[] = [];
    for (;;) {
      const batch = await this.next();
      if (!batch) throw new Error('the watch ended');
      if (batch.events.length === 0) return { batches, revision: batch.revision };
      batches.push(batch);
    }
  }

  /** Reads until the watch fails, and answers what came before and the error. */
  async untilError(): Promise<{ batches: WatchBatch[]; error: unknown }> {
    const batches: WatchBatch[] = [];
    try {
      for (;;) {
        const batch = await this.next();
        if (!batch) throw new Error('the watch ended without an error');
        batches.push(batch);
      }
    } catch (error) {
      return { batches, error };
    }
  }

  abort(): void {
    this.controller.abort();
  }
}

const decoder = new TextDecoder();

/** "put /a=1" or "delete /a (was 1)", with its revision: what a test wants to compare. */
export function inWords(batches: readonly WatchBatch[]): string[] {
  return batches.flatMap(({ revision, events }) => events.map((event) => `${revision} ${eventInWords(event)}`));
}

function eventInWords({ type, key, item, previous }: StoreEvent): string {
  const now = item ? `=${decoder.decode(item.value)}` : '';
  const was = previous ? ` (was ${decoder.decode(previous.value)})` : '';
  return `${type} ${key}${now}${was}`;
}
