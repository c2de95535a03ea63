import type { CallOptions } from '@grpc/grpc-js';
import type { Etcd3, IRequestOp } from 'etcd3';
import type { Key, Revision } from '../store';
import type { KeyRange } from './values';
import { headOf } from './values';

/** etcd takes 128 operations in a transaction. */
const mostRevisions = 100;

/**
 * Proves, without the watch protocol, that nothing happened under the prefix after `seen`: for versions whose own word on
 * progress cannot be trusted. Answers the revision up to which that is so, or null when something did happen.
 *
 * No key was written later, as of R; so whatever was written between is gone again, and at the revision where the last of it
 * went there were fewer keys than before. It is enough that the number of keys is the same at every revision. (One revision that
 * adds and takes away would be overlooked: podql writes one key at a time, and a lease that ends only takes away.)
 */
export async function provenProgress(
  client: Etcd3,
  { keys, prefix, seen }: { readonly keys: KeyRange; readonly prefix: Key; readonly seen: Revision },
  options: CallOptions,
): Promise<Revision | null> {
  const range = keys.rangeOf(prefix);
  const head = headOf((await client.kv.range({ key: keys.keyOf('/'), count_only: true }, options)).header);
  if (head <= seen) return head;
  const from = Math.max(1, seen);
  const upTo = Math.min(head, from + mostRevisions);
  const later: IRequestOp = { request_range: { ...range, min_mod_revision: seen + 1, limit: 1, keys_only: true, revision: upTo } };
  const counts = Array.from({ length: upTo - from + 1 }, (_, index): IRequestOp => ({ request_range: { ...range, count_only: true, revision: from + index } }));
  const { responses } = await client.kv.txn({ success: [later, ...counts] }, options);
  const [written, first, ...rest] = responses.map((response) => response.response_range);
  if (!written || !first || written.kvs.length > 0 || rest.some(({ count }) => count !== first.count)) return null;
  return upTo;
}
