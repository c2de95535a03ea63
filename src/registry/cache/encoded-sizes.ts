import type { Key } from '../store/store';

/** How long the encoded form of each cached object is: the cheapest honest measure of what a state costs while it is kept. */
export class EncodedSizes {
  private readonly sizes = new Map<Key, number>();

  /** Notes the size of the state that is there now (null: none), and answers with that of the state it ended. */
  replace(key: Key, bytes: number | null): number {
    const ended = this.sizes.get(key) ?? 0;
    if (bytes === null) this.sizes.delete(key);
    else this.sizes.set(key, bytes);
    return ended;
  }
}
