import type { ApiObject } from '../../api/meta';
import type { Lister } from '../../api/watch';
import { compareRefs, localKey } from '../keys';

/** For each index the values under which an object is found. Pure. */
export type IndexRules<T, Name extends string> = { readonly [N in Name]: (object: T) => readonly string[] };

type Bucket<T> = Map<string, T>;

/**
 * Objects of one kind by key, by uid and by whatever the rules say. Lists are ordered by namespace, then name; a list
 * that was handed out never changes (it is made anew after a change), so holding it pins that state.
 */
export class Indexer<T extends ApiObject, Name extends string = never> implements Lister<T> {
  private readonly namespaces = new Map<string, NamespaceTable<T>>();
  private readonly uids = new Map<string, T>();
  private readonly indexes: ReadonlyMap<Name, Map<string, Bucket<T>>>;
  private readonly rules: readonly (readonly [Name, (object: T) => readonly string[]])[];
  private everything: readonly T[] | null = [];

  constructor(rules: IndexRules<T, Name>) {
    // Object.entries forgets that its keys are those of the type.
    this.rules = Object.entries(rules) as [Name, (object: T) => readonly string[]][];
    this.indexes = new Map(this.rules.map(([name]) => [name, new Map()]));
  }

  get(namespace: string | null, name: string): T | undefined {
    return this.namespaces.get(namespace ?? '')?.get(name);
  }

  byUid(uid: string): T | undefined {
    return this.uids.get(uid);
  }

  list(namespace?: string | null): readonly T[] {
    if (namespace != null) return this.namespaces.get(namespace)?.list() ?? [];
    this.everything ??= this.listAll();
    return this.everything;
  }

  private listAll(): readonly T[] {
    const parts = [...this.namespaces].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, table]) => table.list());
    const [only] = parts;
    return parts.length === 1 && only ? only : new Array<T>().concat(...parts);
  }

  /** Ordered as lists are. */
  find(index: Name, value: string): readonly T[] {
    return [...this.bucket(index, value).values()].sort(compareRefs);
  }

  /** In no order: for whoever filters on. */
  bucket(index: Name, value: string): ReadonlyMap<string, T> {
    return this.indexes.get(index)?.get(value) ?? nothing;
  }

  /** Puts the object in, or in the place of the one of that name. */
  set(object: T): void {
    const space = object.namespace ?? '';
    let table = this.namespaces.get(space);
    if (!table) this.namespaces.set(space, (table = new NamespaceTable()));
    const before = table.get(object.name);
    if (before) this.forget(before);
    table.set(object);
    this.everything = null;
    this.uids.set(object.uid, object);
    const key = localKey(object.namespace, object.name);
    for (const [name, valuesOf] of this.rules) {
      const index = this.indexes.get(name);
      for (const value of valuesOf(object)) {
        const bucket = index?.get(value);
        if (bucket) bucket.set(key, object);
        else index?.set(value, new Map([[key, object]]));
      }
    }
  }

  remove(namespace: string | null, name: string): void {
    const table = this.namespaces.get(namespace ?? '');
    const object = table?.get(name);
    if (!table || !object) return;
    this.forget(object);
    table.remove(name);
    if (table.size === 0) this.namespaces.delete(namespace ?? '');
    this.everything = null;
  }

  private forget(object: T): void {
    if (this.uids.get(object.uid) === object) this.uids.delete(object.uid);
    const key = localKey(object.namespace, object.name);
    for (const [name, valuesOf] of this.rules) {
      const index = this.indexes.get(name);
      for (const value of valuesOf(object)) {
        const bucket = index?.get(value);
        bucket?.delete(key);
        if (bucket?.size === 0) index?.delete(value);
      }
    }
  }
}

const nothing: ReadonlyMap<string, never> = new Map<string, never>();

/**
 * One namespace. Names are sorted, and the list is made, when somebody asks; what changed since the last time is put into a
 * copy of the last list, so that a read after each write of a large cluster does not walk all of it.
 */
class NamespaceTable<T extends ApiObject> {
  private readonly objects = new Map<string, T>();
  private names: readonly string[] = [];
  private listed: readonly T[] = [];
  /** Since the list was made. */
  private readonly changed = new Set<string>();
  private added: string[] = [];
  private removed = 0;

  get size(): number {
    return this.objects.size;
  }

  get(name: string): T | undefined {
    return this.objects.get(name);
  }

  list(): readonly T[] {
    if (this.added.length > 0 || this.removed > 0) this.remake();
    else if (this.changed.size > 0) this.patch();
    return this.listed;
  }

  set(object: T): void {
    if (this.objects.has(object.name)) this.changed.add(object.name);
    else this.added.push(object.name);
    this.objects.set(object.name, object);
  }

  remove(name: string): void {
    this.objects.delete(name);
    this.removed += 1;
    // Nobody may ever ask for a list: what waits for that must not grow for ever.
    if (this.removed > 1000 + this.objects.size) this.remake();
  }

  private remake(): void {
    const listed: T[] = [];
    const names = [...this.names, ...this.added];
    // Only what was removed can be in there in vain, or twice.
    this.names = (this.removed === 0 ? names : [...new Set(names)].filter((name) => this.objects.has(name))).sort();
    for (const name of this.names) {
      const object = this.objects.get(name);
      if (object) listed.push(object);
    }
    this.keep(listed);
  }

  private patch(): void {
    const listed = this.listed.slice();
    for (const name of this.changed) {
      const object = this.objects.get(name);
      if (object) listed[this.placeOf(name)] = object;
    }
    this.keep(listed);
  }

  private keep(listed: readonly T[]): void {
    this.listed = listed;
    this.changed.clear();
    this.added = [];
    this.removed = 0;
  }

  private placeOf(name: string): number {
    let low = 0;
    let high = this.names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.names[middle] ?? '') < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
