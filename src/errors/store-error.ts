import type { Outcome } from './api-error';

/**
 * What a Store may throw (the invariants it belongs to in brackets).
 *  EXISTS         create found the key (S2); `current` is what is there
 *  NOT_FOUND      update or delete found no key (S3)
 *  CONFLICT       update or delete found another revision (S3); `current` is what is there
 *  COMPACTED      history that old is gone (S4, S9); `oldest` is the oldest usable revision
 *  FUTURE         the revision has not happened yet (S4)
 *  LAGGED         this watcher left too much unread and was ended (S11)
 *  TOO_LARGE      the value exceeds the store's limit; nothing was written
 *  LEASE_GONE     no such lease, or it ran out
 *  FULL           no space for writes; reads and deletes may still work
 *  BUSY           too much to do now; nothing was done
 *  UNAVAILABLE    cannot be reached or cannot serve now
 *  TIMEOUT        no answer within the deadline
 *  CORRUPT        what is stored cannot be read
 *  CLOSED         the store was closed by us
 *  IN_USE         another process holds the data folder
 *  MISCONFIGURED  wrong address, credentials or permission
 */
export type StoreErrorCode =
  | 'EXISTS'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'COMPACTED'
  | 'FUTURE'
  | 'LAGGED'
  | 'TOO_LARGE'
  | 'LEASE_GONE'
  | 'FULL'
  | 'BUSY'
  | 'UNAVAILABLE'
  | 'TIMEOUT'
  | 'CORRUPT'
  | 'CLOSED'
  | 'IN_USE'
  | 'MISCONFIGURED';

export interface StoreErrorOptions {
  /** Of a write (D5). A refused write is notApplied; that is the default. */
  readonly outcome?: Outcome;
  /** What the key holds now: saves the caller's retry a read. */
  readonly current?: { readonly value: Uint8Array; readonly modRevision: number; readonly createRevision: number; readonly version: number };
  readonly oldest?: number;
  readonly cause?: unknown;
}

export class StoreError extends Error {
  readonly outcome: Outcome;
  readonly current: StoreErrorOptions['current'];
  readonly oldest: number | undefined;

  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options: StoreErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StoreError';
    this.outcome = options.outcome ?? 'notApplied';
    this.current = options.current;
    this.oldest = options.oldest;
  }
}

export function isStoreError(error: unknown, code?: StoreErrorCode): error is StoreError {
  return error instanceof StoreError && (code === undefined || error.code === code);
}
