import { StoreError } from '../../errors/store-error';
import type { Key, Revision, Store } from './store';

/** Outside the prefix of objects: no cache sees it. */
export const originKey: Key = '/origin';

/**
 * What a store that was filled by `podql store copy` says of itself (copy.ts writes it, continued-store.ts goes by it).
 *
 *  copying   a copy has begun and has not ended: what is in here is half of something, and nobody may serve it
 *  complete  all is here. Revisions are shown raised by `shift`, so that they go on where the store it came from ended;
 *            what was before this record's own revision is the copying and no history of the cluster
 */
export interface Origin {
  readonly phase: 'copying' | 'complete';
  /** For people: the address of the store it came from. */
  readonly from: string;
  readonly shift: Revision;
}

export interface StoredOrigin extends Origin {
  readonly modRevision: Revision;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeOrigin({ phase, from, shift }: Origin): Uint8Array {
  return encoder.encode(JSON.stringify({ phase, from, shift }));
}

/** Null: this store was never copied into. */
export async function readOrigin(store: Store): Promise<StoredOrigin | null> {
  const { item } = await store.get(originKey);
  if (!item) return null;
  const { phase, from, shift } = parsed(item.value);
  if ((phase !== 'copying' && phase !== 'complete') || typeof from !== 'string' || typeof shift !== 'number' || !Number.isSafeInteger(shift)) {
    throw new StoreError('CORRUPT', `the record ${originKey}, which says where this store's content came from, cannot be read`);
  }
  return { phase, from, shift, modRevision: item.modRevision };
}

function parsed(value: Uint8Array): Partial<Record<keyof Origin, unknown>> {
  try {
    const record: unknown = JSON.parse(decoder.decode(value));
    return typeof record === 'object' && record !== null ? record : {};
  } catch {
    return {};
  }
}
