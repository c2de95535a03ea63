import { isDeepStrictEqual } from 'node:util';
import { entryPath } from './causes';

/** One field that differs. A side that is not there is undefined. */
export interface ChangedField {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

/**
 * What differs between two plain values, at the deepest path both have; lists are compared place by place.
 * Equal values give nothing.
 */
export function changedFields(from: unknown, to: unknown, field: string): readonly ChangedField[] {
  if (isDeepStrictEqual(from, to)) return [];
  if (Array.isArray(from) && Array.isArray(to)) {
    const length = Math.max(from.length, to.length);
    return Array.from({ length }).flatMap((_, index) => changedFields(from[index], to[index], `${field}[${index}]`));
  }
  if (isMap(from) && isMap(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return names.flatMap((name) => changedFields(from[name], to[name], field === '' ? name : entryPath(field, name)));
  }
  return [{ field, from, to }];
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
