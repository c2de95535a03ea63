import { StoreError } from '../../errors/store-error';
import type { Key, LeaseId, Revision, StoredValue } from './store';

/** The store's refusals, worded once so that every backend says the same. None of them changed anything. */
export function exists(found: StoredValue): StoreError {
  return new StoreError('EXISTS', `${found.key} exists already, at revision ${found.modRevision}`, { current: currentOf(found) });
}

export function notFound(key: Key): StoreError {
  return new StoreError('NOT_FOUND', `there is no ${key}`);
}

export function conflict(found: StoredValue, expected: Revision): StoreError {
  const message = `${found.key} is at revision ${found.modRevision}, not at ${expected}`;
  return new StoreError('CONFLICT', message, { current: currentOf(found) });
}

export function compacted(asked: Revision, oldest: Revision): StoreError {
  return new StoreError('COMPACTED', `revision ${asked} was compacted; the oldest usable one is ${oldest}`, { oldest });
}

export function future(asked: Revision, head: Revision): StoreError {
  return new StoreError('FUTURE', `revision ${asked} has not happened yet; the newest is ${head}`);
}

export function lagged(unread: number): StoreError {
  return new StoreError('LAGGED', `this watch left ${unread} batches unread and was ended; list again`);
}

export function leaseGone(id: LeaseId): StoreError {
  return new StoreError('LEASE_GONE', `there is no lease ${id}, or it ran out`);
}

export function closed(): StoreError {
  return new StoreError('CLOSED', 'the store is closed');
}

function currentOf({ value, modRevision, createRevision, version }: StoredValue): NonNullable<StoreError['current']> {
  return { value: new Uint8Array(value), modRevision, createRevision, version };
}
