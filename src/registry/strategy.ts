import type { ApiObject } from '../api/meta';
import type { Cause } from '../errors/api-error';
import type { Draft } from './types';

/**
 * What the generic registry does not know: the rules of one kind. All members are pure. Validation never throws and
 * reports every broken rule at once, each with its field path.
 */
export interface Strategy<T extends ApiObject & { readonly spec: unknown; readonly status: unknown }> {
  readonly kind: T['kind'];
  /** Fills in defaults: the complete labels, annotations, spec and first status. A required field that is missing becomes "" (validate reports it). */
  prepareForCreate(draft: Draft<T>): Pick<T, 'labels' | 'annotations' | 'spec' | 'status'>;
  /** The current object with what the draft says put in (apply): what the system wrote (nodeName, status) stays. */
  applyDraft(current: T, draft: Draft<T>): T;
  /** Rules for spec on creation. Metadata rules are common: registry/metadata.ts. */
  validate(object: T): readonly Cause[];
  /** Rules for the change of user-owned fields, validate's included. */
  validateUpdate(next: T, current: T): readonly Cause[];
  /** The status to store: sticky terminal phases and the like. Throws nothing; returns current.status to refuse silently. */
  prepareStatus(next: T, current: T): T['status'];
  /** Whether users write the field at this path in labels, annotations or spec. What the system writes there is no edit of anybody's (D4).
   * `states`: the object before and after, where one field may be either's. */
  isUserField(path: string, states?: readonly T[]): boolean;
  /** Grace for a delete without one given; 0: remove at once (never graceful, or nothing runs any more). */
  gracePeriodSeconds(object: T): number;
}
