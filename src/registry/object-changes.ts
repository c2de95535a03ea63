import { isDeepStrictEqual } from 'node:util';
import type { ApiObject } from '../api/meta';
import type { Cause } from '../errors/api-error';
import type { Stored } from './codec';
import { canonical, thisWrite } from './codec';
import type { Strategy } from './strategy';
import type { Revision } from './store/store';
import type { Draft } from './types';

/** What every kind has; the generic registry needs no more. */
export type ResourceObject = ApiObject & { readonly spec: unknown; readonly status: unknown };

/** What a write wants to make of the object it found. */
export type Decision<T> =
  | { readonly want: 'keep' }
  | { readonly want: 'put'; readonly object: T; readonly userRevision: Revision | typeof thisWrite }
  | { readonly want: 'remove' };

export interface NewObject {
  readonly name: string;
  readonly namespace: string | null;
  readonly uid: string;
  readonly now: string;
}

/** The object a draft describes, stamped; not validated yet. */
export function newObject<T extends ResourceObject>(strategy: Strategy<T>, draft: Draft<T>, made: NewObject): T {
  const prepared = strategy.prepareForCreate(draft);
  const meta: ApiObject = {
    kind: strategy.kind,
    name: made.name,
    namespace: made.namespace,
    generateName: draft.generateName || null,
    uid: made.uid,
    resourceVersion: '',
    generation: 1,
    labels: prepared.labels,
    annotations: prepared.annotations,
    creationTimestamp: made.now,
    deletionTimestamp: null,
    deletionGracePeriodSeconds: null,
    ownerReferences: draft.ownerReferences ?? [],
  };
  // ApiObject, spec and status of kind T together are a T; the compiler cannot add up a generic.
  return canonical({ ...meta, spec: prepared.spec, status: prepared.status }) as unknown as T;
}

/**
 * A change by the user: spec, labels and annotations are taken from `wanted`, all else stays. Remembers that it
 * was this write (D4); counts a generation when spec changed.
 */
export function withUserChange<T extends ResourceObject>(current: Stored<T>, wanted: T): Decision<T> {
  const { labels, annotations, spec } = canonical({ labels: wanted.labels, annotations: wanted.annotations, spec: wanted.spec });
  const old = current.object;
  const specChanged = !isDeepStrictEqual(spec, old.spec);
  if (!specChanged && isDeepStrictEqual(labels, old.labels) && isDeepStrictEqual(annotations, old.annotations)) {
    return { want: 'keep' };
  }
  const generation = specChanged ? old.generation + 1 : old.generation;
  return { want: 'put', object: { ...old, labels, annotations, spec, generation }, userRevision: thisWrite };
}

/** A change by the system: whatever of `wanted` differs is put in; no user's precondition becomes stale by it. */
export function withSystemChange<T extends ResourceObject>(current: Stored<T>, wanted: T): Decision<T> {
  const object = canonical(wanted);
  if (isDeepStrictEqual(object, canonical(current.object))) return { want: 'keep' };
  return { want: 'put', object, userRevision: current.userRevision };
}

/**
 * Deletion. Grace 0 removes; else the object is marked and stays. What is marked already can only get less time. A kind or
 * a state that needs no grace (`gracePeriodSeconds` of its strategy is 0) is removed whatever was asked: nobody would come to remove it later.
 */
export function withDeletion<T extends ResourceObject>(
  current: Stored<T>,
  strategy: Pick<Strategy<T>, 'gracePeriodSeconds'>,
  asked: { readonly gracePeriodSeconds: number | null | undefined; readonly now: string },
): Decision<T> {
  const old = current.object;
  const usual = strategy.gracePeriodSeconds(old);
  const wanted = usual === 0 ? 0 : asked.gracePeriodSeconds;
  if (old.deletionTimestamp === null) {
    const grace = wanted ?? usual;
    if (grace === 0) return { want: 'remove' };
    const object = { ...old, deletionTimestamp: asked.now, deletionGracePeriodSeconds: grace };
    return { want: 'put', object, userRevision: current.userRevision };
  }
  if (wanted === 0) return { want: 'remove' };
  const left = old.deletionGracePeriodSeconds;
  if (wanted == null || (left !== null && wanted >= left)) return { want: 'keep' };
  return { want: 'put', object: { ...old, deletionGracePeriodSeconds: wanted }, userRevision: current.userRevision };
}

export function gracePeriodCauses(gracePeriodSeconds: number | null | undefined): readonly Cause[] {
  if (gracePeriodSeconds == null || (Number.isSafeInteger(gracePeriodSeconds) && gracePeriodSeconds >= 0)) return [];
  return [{ field: 'gracePeriodSeconds', reason: 'FieldValueInvalid', message: 'must be a whole number of seconds, 0 or more' }];
}
