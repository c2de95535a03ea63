import type { StoredValue } from './store/store';

export type Value = Pick<StoredValue, 'value' | 'modRevision' | 'createRevision' | 'version'>;

/** A compare-and-swap on what was found, `base`. */
export type PendingWrite = { readonly want: 'put'; readonly base: Value; readonly value: Uint8Array } | { readonly want: 'remove'; readonly base: Value };

/**
 * done     it has happened
 * open     it has not happened so far; it may still be under way
 * never    it has not happened, and cannot any more
 * unknown  it may have happened, and what others did afterwards hides it
 */
export type Fate = 'done' | 'open' | 'never' | 'unknown';

/**
 * What the key holds now says of a write whose answer was lost (D5). Bytes are enough to recognise a put, because each
 * carries a mark of its call: two users who ask for the same change have not both made it.
 */
export function fateOf(write: PendingWrite, found: Value | null): Fate {
  const { base } = write;
  const isSameObject = found !== null && found.createRevision === base.createRevision;
  if (write.want === 'remove') {
    // The object we meant is gone: by this call or another's, which is the same.
    if (!isSameObject) return 'done';
    return found.modRevision === base.modRevision ? 'open' : 'never';
  }
  if (!isSameObject) return 'unknown';
  if (found.modRevision === base.modRevision) return 'open';
  if (Buffer.compare(found.value, write.value) === 0) return 'done';
  // One write since, and it is another's: it took the place that ours needed.
  return found.version === base.version + 1 ? 'never' : 'unknown';
}
