import type { Key } from '../store';

/** Keys in byte order. Adding one moves the keys behind it, which at a hundred thousand keys costs microseconds. */
export class SortedKeys {
  private keys: Key[];

  constructor(keys: Iterable<Key> = []) {
    this.keys = [...keys].sort();
  }

  get size(): number {
    return this.keys.length;
  }

  add(key: Key): void {
    const index = this.lowerBound(key);
    if (this.keys[index] !== key) this.keys.splice(index, 0, key);
  }

  removeAll(gone: ReadonlySet<Key>): void {
    if (gone.size > 0) this.keys = this.keys.filter((key) => !gone.has(key));
  }

  /** The keys with this prefix that are greater than `afterKey`, in order. Do not change the keys while it runs. */
  *withPrefix(prefix: Key, afterKey: Key | undefined): Generator<Key, void, undefined> {
    let index = this.lowerBound(prefix);
    if (afterKey !== undefined) {
      const next = this.lowerBound(afterKey);
      index = Math.max(index, this.keys[next] === afterKey ? next + 1 : next);
    }
    for (let key = this.keys[index]; key?.startsWith(prefix); key = this.keys[index]) {
      yield key;
      index += 1;
    }
  }

  /** Index of the first key that is not less than this one. */
  private lowerBound(key: Key): number {
    let low = 0;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.keys[middle] as Key) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
