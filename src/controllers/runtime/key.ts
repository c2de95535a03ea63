import type { ObjectMeta, ObjectRef } from '../../api/meta';

/** What a work queue holds for an object: NAMESPACE/NAME, or NAME for kinds without namespaces. */
export function keyOf(object: Pick<ObjectMeta, 'namespace' | 'name'>): string {
  return object.namespace === null ? object.name : `${object.namespace}/${object.name}`;
}

/** The reverse of keyOf. Neither part may hold a slash, so the split is never in doubt. */
export function refOf(key: string): ObjectRef {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: null, name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
