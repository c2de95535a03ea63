import type { ApiObject } from '../api/meta';
import type { Lister, ObjectChange } from '../api/watch';

/** What happened to one object, before it is compared with what is known of it. */
export type Incoming<T extends ApiObject> = { readonly type: 'PRESENT' | 'GONE'; readonly object: T; readonly revision: number };

/**
 * The objects a remote informer knows, and the rules by which a change of one becomes a change for handlers: what is
 * already known makes no noise (I4), a new uid under an old name is a deletion and an addition (I5).
 */
export class ObjectCache<T extends ApiObject> implements Lister<T> {
  private readonly byKey = new Map<string, T>();
  private readonly keyByUid = new Map<string, string>();
  private sorted: readonly T[] | undefined;

  get(namespace: string | null, name: string): T | undefined {
    return this.byKey.get(keyOf(namespace, name));
  }

  byUid(uid: string): T | undefined {
    const key = this.keyByUid.get(uid);
    return key === undefined ? undefined : this.byKey.get(key);
  }

  list(namespace?: string | null): readonly T[] {
    this.sorted ??= [...this.byKey.values()].sort(byNamespaceThenName);
    return namespace === undefined || namespace === null ? this.sorted : this.sorted.filter((object) => object.namespace === namespace);
  }

  /** Changes the cache and returns what handlers are to be told of it, in order. */
  apply({ type, object, revision }: Incoming<T>): readonly ObjectChange<T>[] {
    const known = this.get(object.namespace, object.name);
    if (type === 'GONE') {
      if (!known || known.uid !== object.uid) return [];
      this.remove(known);
      return [{ type: 'DELETED', object: deepFreeze(object), previous: known, revision }];
    }
    if (known?.uid === object.uid) {
      if (known.resourceVersion === object.resourceVersion) return [];
      this.put(object);
      return [{ type: 'MODIFIED', object, previous: known, revision }];
    }
    const replaced: readonly ObjectChange<T>[] = known ? [{ type: 'DELETED', object: known, previous: known, revision }] : [];
    if (known) this.remove(known);
    this.put(object);
    return [...replaced, { type: 'ADDED', object, previous: null, revision }];
  }

  /** What has to be applied to make the cache equal to a full list. */
  differenceTo(objects: Iterable<T>, revision: number): readonly Incoming<T>[] {
    const next = new Map([...objects].map((object) => [keyOf(object.namespace, object.name), object]));
    const gone = this.list().filter((object) => !next.has(keyOf(object.namespace, object.name)));
    return [
      ...gone.map((object) => ({ type: 'GONE', object, revision }) as const),
      ...[...next.values()].map((object) => ({ type: 'PRESENT', object, revision }) as const),
    ];
  }

  private put(object: T): void {
    deepFreeze(object);
    const key = keyOf(object.namespace, object.name);
    this.byKey.set(key, object);
    this.keyByUid.set(object.uid, key);
    this.sorted = undefined;
  }

  private remove(object: T): void {
    this.byKey.delete(keyOf(object.namespace, object.name));
    this.keyByUid.delete(object.uid);
    this.sorted = undefined;
  }
}

export function keyOf(namespace: string | null, name: string): string {
  return namespace === null ? name : `${namespace}/${name}`;
}

/** Names are ASCII, for which this is the order of bytes. */
function byNamespaceThenName(a: ApiObject, b: ApiObject): number {
  const [left, right] = a.namespace === b.namespace ? [a.name, b.name] : [a.namespace ?? '', b.namespace ?? ''];
  return left < right ? -1 : left > right ? 1 : 0;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
