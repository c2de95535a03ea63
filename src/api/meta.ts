/**
 * The vocabulary: plain types, imported by every room. Their field names are the public API's (schema.graphql): an
 * object here has the shape in which it travels, so that server, kubelet and command line share one form.
 * What is absent is null, a list or map that is absent is empty; a canonical object has every field.
 */
export type Labels = Readonly<Record<string, string>>;

export interface ObjectMeta {
  readonly name: string;
  /** Null for kinds that are not namespaced. */
  readonly namespace: string | null;
  /** Prefix from which the name was generated, or null. */
  readonly generateName: string | null;
  /** Distinguishes two objects that had the same name one after the other. */
  readonly uid: string;
  /** Opaque outside the registry; there it is the store's modification revision in decimal. Empty before storage. */
  readonly resourceVersion: string;
  /** Counts changes of spec; starts at 1. */
  readonly generation: number;
  readonly labels: Labels;
  readonly annotations: Labels;
  /** RFC 3339, UTC. */
  readonly creationTimestamp: string;
  /** When deletion was asked for; the object goes once its containers are gone. */
  readonly deletionTimestamp: string | null;
  readonly deletionGracePeriodSeconds: number | null;
  readonly ownerReferences: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  /** At most one reference of an object is the controlling one. */
  readonly controller: boolean;
}

export type ConditionStatus = 'TRUE' | 'FALSE' | 'UNKNOWN';

export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string | null;
  readonly message: string | null;
  readonly lastTransitionTime: string | null;
}

export interface ApiObject extends ObjectMeta {
  readonly kind: string;
}

/** What names one object of a kind. */
export interface ObjectRef {
  readonly namespace: string | null;
  readonly name: string;
}

// Loops, because lists of frozen objects are frozen too, and V8 has no quick way through those for find and some; these are
// asked of each pod whenever somebody counts.

export function controllerOf(object: ObjectMeta): OwnerReference | undefined {
  for (const owner of object.ownerReferences) if (owner.controller) return owner;
  return undefined;
}

export function conditionOf<C extends Pick<Condition, 'type'>>(conditions: readonly C[], type: string): C | undefined {
  for (const condition of conditions) if (condition.type === type) return condition;
  return undefined;
}

/** The list with this condition put in; lastTransitionTime moves only when the status does. */
export function withCondition(
  conditions: readonly Condition[],
  next: Omit<Condition, 'lastTransitionTime'>,
  now: string,
): readonly Condition[] {
  const old = conditionOf(conditions, next.type);
  const lastTransitionTime = old && old.status === next.status ? old.lastTransitionTime : now;
  const entry: Condition = { ...next, lastTransitionTime };
  return old ? conditions.map((c) => (c.type === next.type ? entry : c)) : [...conditions, entry];
}
