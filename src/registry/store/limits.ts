import { StoreError } from '../../errors/store-error';
import type { Key } from './store';

/** etcd refuses a request above 1.5 MiB, key and envelope included; all backends keep to what fits into that. */
export const maxValueBytes = 1_572_864 - 4_096;

/** S10: an idle watch says at least this often how far it is; milliseconds. */
export const defaultProgressInterval = 10_000;

/** S11: batches that a watch, once it has caught up, may leave unread. */
export const defaultWatchCapacity = 10_000;

/** What the two embedded backends let their owner tune; tests make these small. */
export interface WatchLimits {
  /** Milliseconds; see defaultProgressInterval. */
  readonly progressInterval?: number;
  /** Batches; see defaultWatchCapacity. */
  readonly watchCapacity?: number;
}

const keyPattern = /^[\x21-\x7e]{1,1024}$/;

/** A key that breaks this is a fault in podql, not of a user: names are checked long before. */
export function checkKey(key: Key): void {
  if (!keyPattern.test(key)) throw new RangeError(`not a store key (1 to 1024 printable ASCII characters): ${JSON.stringify(key)}`);
}

export function checkValue(key: Key, value: Uint8Array): void {
  if (value.byteLength > maxValueBytes) {
    throw new StoreError('TOO_LARGE', `the value of ${key} has ${value.byteLength} bytes; the limit is ${maxValueBytes}`);
  }
}

/** Whole seconds, at least one; a store may lengthen what was asked for. */
export function grantedSeconds(ttlSeconds: number): number {
  if (!Number.isFinite(ttlSeconds)) throw new RangeError(`not a time to live: ${ttlSeconds}`);
  return Math.max(1, Math.ceil(ttlSeconds));
}
