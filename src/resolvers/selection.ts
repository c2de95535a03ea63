import type { ApiObject } from '../api/meta';
import type { Pod } from '../api/pod';
import { isReady } from '../api/pod';
import { LabelSelectorError, parseLabelSelector } from '../api/selectors';
import { ApiError } from '../errors/api-error';
import { everyObject } from '../registry/pages';
import type { ObjectPage } from '../registry/types';
import type { PodFilter } from './inputs/pod';
import type { RequestSnapshots } from './request-snapshots';
import type { Connection } from './types/connection';

/** Arguments that choose: pages, selectors, filters. Every refusal is BAD_USER_INPUT. */

export const largestPage = 1000;
const usualPage = 100;

export function pageSize(first: number | null | undefined): number {
  if (first == null) return usualPage;
  if (first >= 1 && first <= largestPage) return first;
  throw new ApiError('BAD_USER_INPUT', `first must be from 1 to ${largestPage}; ${first} is not. Ask for more pages with after.`);
}

type Predicate<T> = (object: T) => boolean;

/** A selector read: what it lets through, and its canonical text, however it was written. */
export interface ChosenLabels {
  readonly matches: Predicate<ApiObject>;
  readonly text: string;
}

export function chosenLabels(selector: string | null | undefined): ChosenLabels {
  if (selector == null || selector.trim() === '') return { matches: everyObject, text: '' };
  try {
    const parsed = parseLabelSelector(selector);
    return { matches: (object) => parsed.matches(object.labels), text: parsed.toString() };
  } catch (error) {
    if (!(error instanceof LabelSelectorError)) throw error;
    throw new ApiError('BAD_USER_INPUT', `labelSelector ${JSON.stringify(selector)} cannot be read: ${error.message}`, { cause: error });
  }
}

export function labelPredicate(selector: string | null | undefined): Predicate<ApiObject> {
  return chosenLabels(selector).matches;
}

export function podPredicate(filter: PodFilter | null | undefined): Predicate<Pod> {
  if (!filter) return everyObject;
  const { phase, nodeName, ready, restartPolicy } = filter;
  return (pod) =>
    (phase == null || pod.status.phase === phase) &&
    (nodeName == null || (pod.spec.nodeName ?? '') === nodeName) &&
    (ready == null || isReady(pod) === ready) &&
    (restartPolicy == null || pod.spec.restartPolicy === restartPolicy);
}

/** An object of this namespace and name, where they are given. */
export function refPredicate(ref: { readonly namespace?: string | null; readonly name?: string | null }): Predicate<ApiObject> {
  const { namespace, name } = ref;
  if (namespace == null && name == null) return everyObject;
  return (object) => (namespace == null || object.namespace === namespace) && (name == null || object.name === name);
}

export function allOf<T>(...predicates: readonly Predicate<T>[]): Predicate<T> {
  const needed = predicates.filter((predicate) => predicate !== everyObject);
  const [only = everyObject] = needed;
  return needed.length < 2 ? only : (object) => needed.every((predicate) => predicate(object));
}

/** Edges and cursors are made only for those who ask for them. */
export function connectionFrom<T extends ApiObject>(page: ObjectPage<T>, snapshots: RequestSnapshots): Connection<T> {
  const { snapshot, hasNextPage, hasPreviousPage, totalCount, resourceVersion } = page;
  const items = page.items.map((item) => snapshots.handOut(item, snapshot));
  return {
    nodes: items,
    totalCount,
    resourceVersion,
    get edges() {
      return items.map((node, index) => ({ node, cursor: page.cursors[index] ?? '' }));
    },
    get pageInfo() {
      return { hasNextPage, hasPreviousPage, startCursor: page.cursors[0] ?? null, endCursor: page.cursors.at(-1) ?? null };
    },
  };
}
