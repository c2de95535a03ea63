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
    this.everything ??= [...this.namespaces.keys()].sort().flatMap((key) => this.namespaces.get(key)?.list() ?? []);
    return this.everything;
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

/** One namespace. Names are sorted when somebody asks; new ones wait at the end, which makes the next sort cheap. */
class NamespaceTable<T extends ApiObject> {
  private readonly objects = new Map<string, T>();
  private names: readonly string[] = [];
  private added: string[] = [];
  private removed = 0;
  private listed: readonly T[] | null = [];

  get size(): number {
    return this.objects.size;
  }

  get(name: string): T | undefined {
    return this.objects.get(name);
  }

  list(): readonly T[] {
    if (!this.listed) {
      this.sortNames();
      this.listed = this.names.flatMap((name) => this.objects.get(name) ?? []);
    }
    return this.listed;
  }

  set(object: T): void {
    if (!this.objects.has(object.name)) this.added.push(object.name);
    this.objects.set(object.name, object);
    this.listed = null;
  }

  remove(name: string): void {
    this.objects.delete(name);
    this.removed += 1;
    this.listed = null;
    // Nobody may ever ask for a list: what waits to be sorted must not grow for ever.
    if (this.removed > 1000 + this.objects.size) this.sortNames();
  }

  private sortNames(): void {
    if (this.added.length === 0 && this.removed === 0) return;
    this.names = [...new Set([...this.names, ...this.added])].filter((name) => this.objects.has(name)).sort();
    this.added = [];
    this.removed = 0;
  }
}
