import { isStoreError } from '../../../src/errors/store-error';
import type { Key, Revision, Store } from '../../../src/registry/store/store';

export interface SeenEvent {
  readonly revision: Revision;
  readonly key: Key;
}

/** What a watch tells from after one revision up to another, however often it is cut: resumed as registry/cache/feed.ts does. */
export async function readThrough(store: Store, prefix: Key, range: { readonly after: Revision; readonly upTo: Revision }): Promise<{ seen: SeenEvent[]; cuts: number }> {
  const seen: SeenEvent[] = [];
  const reading = new AbortController();
  let { after } = range;
  let cuts = 0;
  while (after < range.upTo) {
    try {
      for await (const batch of store.watch(prefix, { after, signal: reading.signal })) {
        seen.push(...batch.events.map(({ key }) => ({ revision: batch.revision, key })));
        after = batch.revision;
        if (after >= range.upTo) break;
      }
    } catch (error) {
      if (!isStoreError(error, 'UNAVAILABLE') && !isStoreError(error, 'TIMEOUT')) throw error;
      cuts += 1;
    }
  }
  return { seen, cuts };
}
