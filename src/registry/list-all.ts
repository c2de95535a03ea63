import type { BoundedStore } from './bounded-store';
import type { Key, Revision, StoredValue } from './store/store';

const pageSize = 1_000;

/** Everything under the prefix as of one revision, the latest unless given: all pages at the first one's (S5). */
export async function listAll(calls: BoundedStore, prefix: Key, at?: Revision): Promise<{ readonly items: readonly StoredValue[]; readonly revision: Revision }> {
  const items: StoredValue[] = [];
  let revision = at;
  for (;;) {
    const page = await calls.list(prefix, { limit: pageSize, revision, afterKey: items.at(-1)?.key });
    items.push(...page.items);
    revision = page.revision;
    if (!page.more) return { items, revision };
  }
}
