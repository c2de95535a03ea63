import type { Key, ListOptions, ListResult, Revision, StoredValue } from '../store';
import type { Endpoints } from './endpoints';
import { limits } from './settings';
import type { KeyRange } from './values';
import { headOf } from './values';

/** One answer is decoded in one go: this much keeps the event loop free. */
const pageBytes = 1 * 2 ** 20;
/** etcd counts the whole range for each page, so pages must not be small either. */
const fewest = 100;
const most = 2_000;
/** A caller that pages itself gets no more at once. */
const mostBytes = 16 * 2 ** 20;

/** Lists, in pages at one revision (S5) that fit the size of the values. */
export class Pages {
  /** Of a value, as last seen: the size of the next page depends on it. */
  private averageBytes = pageBytes / fewest;

  constructor(
    private readonly endpoints: Endpoints,
    private readonly keys: KeyRange,
  ) {}

  async list(prefix: Key, { limit, afterKey, revision, signal }: ListOptions): Promise<ListResult> {
    const items: StoredValue[] = [];
    let at: Revision | undefined = revision;
    let bytes = 0;
    for (;;) {
      const left = limit === undefined ? Infinity : limit - items.length;
      const page = await this.page(prefix, { limit: Math.min(left, this.pageLimit()), afterKey: items.at(-1)?.key ?? afterKey, revision: at, signal });
      items.push(...page.items);
      at = page.revision;
      const pageSum = page.items.reduce((sum, { value }) => sum + value.byteLength, 0);
      if (page.items.length > 0) this.averageBytes = pageSum / page.items.length;
      bytes += pageSum;
      const isEnough = limit !== undefined && (items.length >= limit || bytes >= mostBytes);
      if (!page.more || isEnough) return { items, revision: at, more: page.more };
    }
  }

  private pageLimit(): number {
    return Math.max(Math.min(Math.floor(pageBytes / Math.max(1, this.averageBytes)), most), fewest);
  }

  private page(prefix: Key, { limit, afterKey, revision, signal }: ListOptions): Promise<ListResult> {
    return this.endpoints.read(
      async (client, options) => {
        const { header, kvs, more } = await client.kv.range({ ...this.keys.rangeOf(prefix, afterKey), limit, revision: revision ?? 0 }, options);
        return { items: kvs.map((kv) => this.keys.itemOf(kv)), revision: revision ?? headOf(header), more };
      },
      { attempt: limits.call, signal },
    );
  }
}
