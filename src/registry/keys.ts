import type { Kind } from '../api/kinds';
import { kinds } from '../api/kinds';
import type { ObjectRef } from '../api/meta';
import type { Key } from './store/store';

/** What a store key says: an object of a kind, a node's lease, or neither (then it belongs to somebody else). */
export type ParsedKey =
  | { readonly holds: 'object'; readonly kind: Kind; readonly namespace: string | null; readonly name: string }
  | { readonly holds: 'lease'; readonly nodeName: string };

/** Of all objects and node leases of a cluster. */
export const registryPrefix: Key = '/registry/';

const leaseFolder = 'leases';
const kindByPlural = new Map<string, Kind>(Object.values(kinds).map((info) => [info.plural, info.kind]));

/** What may stand in a key. Narrower rules for names are validation's; this only keeps keys unambiguous. */
const storable = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** An object whose name cannot be part of a key cannot exist. */
export function canBeStored(ref: ObjectRef): boolean {
  return storable.test(ref.name) && (ref.namespace === null || storable.test(ref.namespace));
}

/** Names an object within its kind: "namespace/name", or "name" for kinds without namespaces. */
export function localKey(namespace: string | null, name: string): string {
  return namespace === null ? name : `${namespace}/${name}`;
}

/** Order of lists: namespace, then name, both by bytes. (Keys are ordered otherwise: "a-b/x" stands before "a/x".) */
export function compareRefs(a: ObjectRef, b: ObjectRef): number {
  const left = a.namespace ?? '';
  const right = b.namespace ?? '';
  if (left !== right) return left < right ? -1 : 1;
  return a.name === b.name ? 0 : a.name < b.name ? -1 : 1;
}

/** object <-> store key, below one prefix. */
export class KeySpace {
  constructor(readonly prefix: Key) {
    if (!/^[\x21-\x7e]*\/$/.test(prefix)) throw new Error(`a key prefix is printable ASCII and ends with "/": ${prefix}`);
  }

  ofKind(kind: Kind): Key {
    return `${this.prefix}${kinds[kind].plural}/`;
  }

  ofObject(kind: Kind, ref: ObjectRef): Key {
    return this.ofKind(kind) + localKey(kinds[kind].namespaced ? ref.namespace : null, ref.name);
  }

  ofLease(nodeName: string): Key {
    return `${this.prefix}${leaseFolder}/${nodeName}`;
  }

  parse(key: Key): ParsedKey | null {
    if (!key.startsWith(this.prefix)) return null;
    const [folder, ...rest] = key.slice(this.prefix.length).split('/');
    const [first, second] = rest;
    if (folder === undefined || !first) return null;
    if (folder === leaseFolder) return rest.length === 1 ? { holds: 'lease', nodeName: first } : null;
    const kind = kindByPlural.get(folder);
    if (!kind) return null;
    if (!kinds[kind].namespaced) return rest.length === 1 ? { holds: 'object', kind, namespace: null, name: first } : null;
    return rest.length === 2 && second ? { holds: 'object', kind, namespace: first, name: second } : null;
  }
}
