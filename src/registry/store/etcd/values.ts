import type { IKeyValue, IResponseHeader } from 'etcd3';
import { StoreError } from '../../../errors/store-error';
import type { Key, Revision, StoredValue } from '../store';

/** Between our keys and etcd's: every key of this cluster begins with the root. */
export class KeyRange {
  constructor(private readonly root: string) {}

  keyOf(key: Key): Buffer {
    return Buffer.from(this.root + key, 'latin1');
  }

  /** All keys that begin with the prefix, or those of them greater than `afterKey`. */
  rangeOf(prefix: Key, afterKey?: Key): { key: Buffer; range_end: Buffer } {
    const start = this.keyOf(prefix);
    const end = Buffer.from(start);
    // Keys are printable ASCII: the last byte never overflows.
    end[end.length - 1] = (end[end.length - 1] ?? 0) + 1;
    const after = afterKey !== undefined && afterKey >= prefix ? Buffer.concat([this.keyOf(afterKey), Buffer.of(0)]) : start;
    return { key: after, range_end: end };
  }

  itemOf(kv: IKeyValue): StoredValue {
    return {
      key: this.nameOf(kv.key),
      value: new Uint8Array(kv.value),
      createRevision: revisionOf(kv.create_revision),
      modRevision: revisionOf(kv.mod_revision),
      version: revisionOf(kv.version),
      lease: kv.lease === '0' ? null : kv.lease,
    };
  }

  nameOf(key: Buffer): Key {
    return key.toString('latin1').slice(this.root.length);
  }
}

export function headOf(header: IResponseHeader): Revision {
  return revisionOf(header.revision);
}

/** etcd's 64-bit numbers come as strings. Ours are safe integers: at a million writes a second that is enough for 285 years. */
export function revisionOf(text: string): Revision {
  const revision = Number(text);
  if (!Number.isSafeInteger(revision)) throw new StoreError('CORRUPT', `etcd's revision ${text} is beyond what this version can count`);
  return revision;
}
