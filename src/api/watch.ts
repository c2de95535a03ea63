import type { ApiObject } from './meta';

/** One change of one object, in store order. `previous` is null for ADDED; for DELETED `object` is the last state. */
export interface ObjectChange<T extends ApiObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
  readonly previous: T | null;
  /** The store revision of this change. */
  readonly revision: number;
}

/** Reading from memory. Objects are deep-frozen and shared: copy before change. */
export interface Lister<T extends ApiObject> {
  get(namespace: string | null, name: string): T | undefined;
  byUid(uid: string): T | undefined;
  /** All, or those of one namespace, ordered by namespace then name (bytes). */
  list(namespace?: string | null): readonly T[];
}

/**
 * A lister that is kept current, and tells of changes. Two implementations share this contract and its conformance
 * suite (test/conformance/informer.ts): registry/cache (beside the store) and client/informer (over the API).
 *
 * I1 The cache is changed before handlers run.
 * I2 Per object, order is kept; states in between may be skipped (after a relist).
 * I3 A handler that subscribes late first gets ADDED for each object present.
 * I4 After a relist only differences are emitted.
 * I5 A changed uid under the same name is DELETED then ADDED.
 * I6 `synced` resolves after the first full list.
 * I7 A handler that throws is logged and does not stop the others.
 * I8 It never gives up: each failure leads to back-off, then resume, or relist when history is gone. It ends by its signal only.
 */
export interface Informer<T extends ApiObject> {
  readonly lister: Lister<T>;
  readonly synced: Promise<void>;
  /** Returns a function that unsubscribes. Handlers are called synchronously, in store order. */
  subscribe(handler: (change: ObjectChange<T>) => void): () => void;
}
