import type { Cause, CauseReason } from '../errors/api-error';

/** Greatest whole number of a field: GraphQL's Int has 32 bits. */
export const greatestInt = 2 ** 31 - 1;

/** One broken object can break a rule in each of 100,000 lines: what is told is bounded. */
const mostCauses = 100;

/**
 * Collects every broken rule of one object. Messages go on from the field's path: "spec.replicas must be 0 or more".
 * A path is passed as a person writes it.
 */
export class Causes {
  private readonly found: Cause[] = [];
  private omitted = 0;

  add(field: string, reason: CauseReason, message: string): void {
    if (this.found.length < mostCauses) this.found.push({ field, reason, message });
    else this.omitted += 1;
  }

  required(field: string, message: string): void {
    this.add(field, 'FieldValueRequired', message);
  }

  invalid(field: string, message: string): void {
    this.add(field, 'FieldValueInvalid', message);
  }

  forbidden(field: string, message: string): void {
    this.add(field, 'FieldValueForbidden', message);
  }

  duplicate(field: string, message: string): void {
    this.add(field, 'FieldValueDuplicate', message);
  }

  /** What a function of api/names says: null is fine. */
  problem(field: string, message: string | null): void {
    if (message !== null) this.invalid(field, message);
  }

  notSupported(field: string, value: string, words: readonly string[]): void {
    const shown = JSON.stringify(value.slice(0, 80));
    this.add(field, 'FieldValueNotSupported', `must be one of ${words.join(', ')}; ${shown} is none of them`);
  }

  /** False, with a cause, when there are more than `most`; the caller then looks at none of them. */
  atMost(field: string, count: number, most: number, noun: string): boolean {
    if (count <= most) return true;
    this.add(field, 'FieldValueTooMany', `must have at most ${most} ${noun}, not ${count}`);
    return false;
  }

  wholeNumber(field: string, value: number, range: { readonly min: number; readonly max: number }): void {
    if (Number.isInteger(value) && value >= range.min && value <= range.max) return;
    this.invalid(field, `must be a whole number from ${range.min} to ${range.max}, not ${value}`);
  }

  list(): readonly Cause[] {
    if (this.omitted === 0) return this.found;
    const message = `has ${this.omitted} more problems that are not listed here`;
    return [...this.found, { field: '', reason: 'FieldValueInvalid', message }];
  }
}

/** The path of one entry of a map: plain keys with a dot, others in brackets. */
export function entryPath(map: string, key: string): string {
  const shown = key.length > 300 ? `${key.slice(0, 297)}...` : key;
  return /^[A-Za-z0-9_-]+$/.test(shown) ? `${map}.${shown}` : `${map}[${shown}]`;
}

/** Names that come a second time in a list, each with its path. */
export function reportDuplicates(
  causes: Causes,
  entries: readonly { readonly field: string; readonly key: string }[],
  message: (key: string, first: string) => string,
): void {
  const firstOf = new Map<string, string>();
  for (const { field, key } of entries) {
    const first = firstOf.get(key);
    if (first === undefined) firstOf.set(key, field);
    else causes.duplicate(field, message(key, first));
  }
}
