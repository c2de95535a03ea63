import type { Labels } from './meta';
import { parseRequirements } from './selector-grammar';
import type { Requirement } from './selector-grammar';

export { LabelSelectorError } from './selector-grammar';
export type { Requirement, SelectorOperator } from './selector-grammar';

/** A parsed label selector: all requirements must hold. Without requirements it matches everything. */
export interface LabelSelector {
  /** Sorted by key. */
  readonly requirements: readonly Requirement[];
  /**
   * What the selector demands of single labels by equality: an index may be asked for these first. Whatever matches the
   * selector carries all of them; the reverse is not true, so ask `matches` afterwards.
   */
  readonly equalities: Labels;
  matches(labels: Labels): boolean;
  /** The canonical form: parsing it gives an equal selector. */
  toString(): string;
}

/**
 * Parses Kubernetes' grammar: "app=web,tier in (front,back),!canary". The empty text selects everything.
 * Throws LabelSelectorError (message, position) if the text is no selector.
 */
export function parseLabelSelector(text: string): LabelSelector {
  const requirements = [...parseRequirements(text)].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const equalities = new Map<string, string>();
  for (const { key, operator, values } of requirements) {
    const isEquality = (operator === '=' || operator === '==' || operator === 'in') && values.length === 1;
    if (isEquality && !equalities.has(key)) equalities.set(key, values[0] ?? '');
  }
  const canonical = requirements.map(formatRequirement).join(',');
  return {
    requirements,
    equalities: Object.fromEntries(equalities),
    matches: (labels) => requirements.every((requirement) => satisfies(labels, requirement)),
    toString: () => canonical,
  };
}

/** A selector that is a map (a replication controller's): the labels carry each of its entries. */
export function matchesLabels(selector: Labels, labels: Labels): boolean {
  for (const key in selector) {
    if (Object.hasOwn(selector, key) && (!Object.hasOwn(labels, key) || labels[key] !== selector[key])) return false;
  }
  return true;
}

/** The map as a selector in canonical form: "app=web,tier=front". */
export function formatLabels(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`)
    .join(',');
}

function satisfies(labels: Labels, { key, operator, values }: Requirement): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case 'doesNotExist':
      return value === undefined;
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case '>':
    case '<':
      return compares(value, operator, values[0] ?? '');
    default: {
      const never: never = operator;
      throw new Error(`unknown operator ${String(never)}`);
    }
  }
}

const integerPattern = /^[+-]?[0-9]+$/;

/** A label that is missing or no integer never matches. */
function compares(value: string | undefined, operator: '>' | '<', operand: string): boolean {
  if (value === undefined || !integerPattern.test(value)) return false;
  const [left, right] = [BigInt(value.replace(/^\+/, '')), BigInt(operand.replace(/^\+/, ''))];
  return operator === '>' ? left > right : left < right;
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case 'doesNotExist':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    default:
      return `${key}${operator}${values[0] ?? ''}`;
  }
}
