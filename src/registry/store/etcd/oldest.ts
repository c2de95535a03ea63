import type { Revision } from '../store';

/**
 * The oldest revision that can be read, found by asking: etcd does not tell it. `known` is what was found last time (it only
 * grows), so that mostly one question is enough. After a compaction: one question per halving.
 */
export async function oldestReadable(known: Revision, head: Revision, isReadable: (revision: Revision) => Promise<boolean>): Promise<Revision> {
  if (known >= head || (await isReadable(known))) return Math.min(known, head);
  let gone = known;
  let there = head;
  while (there - gone > 1) {
    const middle = Math.floor((gone + there) / 2);
    if (await isReadable(middle)) there = middle;
    else gone = middle;
  }
  return there;
}
