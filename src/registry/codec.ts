import type { Kind } from '../api/kinds';
import type { ApiObject } from '../api/meta';
import { addLaterFields } from './later-fields';
import type { Revision, StoredValue } from './store/store';

/**
 * An object and what the store knows of it. `userRevision` is the revision of the last write that changed its user-owned
 * fields (spec, labels, annotations), the creation included (D4).
 */
export interface Stored<T extends ApiObject> {
  readonly object: T;
  readonly modRevision: Revision;
  readonly createRevision: Revision;
  readonly userRevision: Revision;
}

/** First byte of every value: which form the rest has. A new form gets a new number; old ones stay readable. */
const jsonEnvelope = 1;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The value is not one of ours, or is damaged. The message is for the log. */
export class UndecodableValue extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`the stored value cannot be decoded: ${reason}`, { cause });
    this.name = 'UndecodableValue';
  }
}

/** A write's own revision, which nobody knows before it happened. */
export const thisWrite = null;

/**
 * resourceVersion is never stored: it is the revision of the write that stores the rest. So is a userRevision of `thisWrite`.
 * `mark` makes the bytes those of one call, and means nothing else.
 */
export function encodeObject(object: ApiObject, userRevision: Revision | typeof thisWrite, mark?: string): Uint8Array {
  return envelope({ ...object, resourceVersion: undefined }, userRevision, mark);
}

/** A deep-frozen object with its resourceVersion. Throws UndecodableValue only. */
export function decodeObject<T extends ApiObject>(
  kind: T['kind'],
  item: Pick<StoredValue, 'value' | 'modRevision' | 'createRevision'>,
): Stored<T> {
  const { userRevision, object } = readEnvelope(item.value);
  if (object['kind'] !== kind) throw new UndecodableValue(`it holds a ${String(object['kind'])}, not a ${kind}`);
  object['resourceVersion'] = String(item.modRevision);
  addLaterFields(kind as Kind, object['spec'] as Record<string, unknown>);
  return {
    // What encodeObject wrote under this kind is a T: every write went through the kind's strategy and validation.
    object: deepFreeze(object) as unknown as T,
    modRevision: item.modRevision,
    createRevision: item.createRevision,
    userRevision: userRevision ?? item.modRevision,
  };
}

/**
 * The value with its userRevision written out, for a store where it will be written at another revision: what a user saw before
 * stays fresh, or stale, as it was. A value that is not one of ours is left as it is.
 */
export function withUserRevision({ value, modRevision }: Pick<StoredValue, 'value' | 'modRevision'>): Uint8Array {
  try {
    const { userRevision, object } = readEnvelope(value);
    return userRevision === thisWrite ? envelope(object, modRevision) : value;
  } catch (error) {
    if (error instanceof UndecodableValue) return value;
    throw error;
  }
}

function envelope(object: object, userRevision: Revision | typeof thisWrite, mark?: string): Uint8Array {
  const text = encoder.encode(JSON.stringify({ userRevision, mark, object }));
  const bytes = new Uint8Array(text.length + 1);
  bytes[0] = jsonEnvelope;
  bytes.set(text, 1);
  return bytes;
}

function readEnvelope(value: Uint8Array): { userRevision: Revision | typeof thisWrite; object: Record<string, unknown> } {
  if (value[0] !== jsonEnvelope) throw new UndecodableValue(`format ${String(value[0])} is not known`);
  let envelope: unknown;
  try {
    envelope = JSON.parse(decoder.decode(value.subarray(1)));
  } catch (cause) {
    throw new UndecodableValue('it is not JSON', cause);
  }
  if (!isRecord(envelope) || !isRecord(envelope['object'])) {
    throw new UndecodableValue('its envelope is incomplete');
  }
  const missing = missingIn(envelope['object']);
  if (missing !== undefined) throw new UndecodableValue(`it has no ${missing}`);
  const { userRevision } = envelope;
  if (userRevision !== thisWrite && (typeof userRevision !== 'number' || !Number.isSafeInteger(userRevision))) throw new UndecodableValue('its userRevision is no revision');
  return { userRevision, object: envelope['object'] };
}

/** What every reader takes for granted. Whoever else writes to this store may not: one object must not make lists fail. */
function missingIn(object: Record<string, unknown>): string | undefined {
  return (
    ['name', 'uid', 'creationTimestamp'].find((field) => typeof object[field] !== 'string') ??
    ['labels', 'annotations', 'spec', 'status'].find((field) => !isRecord(object[field])) ??
    (Array.isArray(object['ownerReferences']) ? undefined : 'ownerReferences')
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What caches and registries hand out is shared, so nobody may change it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

/** The plain JSON form: without undefined members, prototypes or anything the caller could still change. */
export function canonical<T>(value: T): T {
  // JSON in, JSON out: what the API's types describe is JSON.
  return JSON.parse(JSON.stringify(value)) as T;
}
