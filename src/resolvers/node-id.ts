import type { ApiObject } from '../api/meta';
import type { Kind } from '../api/kinds';
import { kinds } from '../api/kinds';
import { ApiError } from '../errors/api-error';

export interface NodeId {
  readonly kind: Kind;
  readonly uid: string;
}

/** Opaque, and never the name: an object that replaces another of the same name has another id. */
export function encodeNodeId(object: Pick<ApiObject, 'kind' | 'uid'>): string {
  return Buffer.from(`${object.kind}:${object.uid}`, 'utf8').toString('base64url');
}

/** BAD_USER_INPUT for what this server never gave out. */
export function decodeNodeId(id: string): NodeId {
  const text = Buffer.from(id, 'base64url').toString('utf8');
  const colon = text.indexOf(':');
  const kind = text.slice(0, Math.max(colon, 0));
  const uid = text.slice(colon + 1);
  if (isKind(kind) && uid !== '' && encodeNodeId({ kind, uid }) === id) return { kind, uid };
  throw new ApiError('BAD_USER_INPUT', `${JSON.stringify(id.slice(0, 100))} is no id: give back one that an answer of this server contained.`);
}

function isKind(text: string): text is Kind {
  return Object.hasOwn(kinds, text);
}
