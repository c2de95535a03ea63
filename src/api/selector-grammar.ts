import { labelKeyProblem, labelValueProblem, quoted } from './names';

export type SelectorOperator = 'exists' | 'doesNotExist' | '=' | '==' | '!=' | 'in' | 'notin' | '>' | '<';

export interface Requirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  /** None for exists and doesNotExist; one for comparisons; for in and notin a sorted set, never empty. */
  readonly values: readonly string[];
}

/** Not a selector. The message says what stands where it must not; position counts characters from 0. */
export class LabelSelectorError extends Error {
  constructor(
    problem: string,
    readonly position: number,
  ) {
    super(`not a label selector: ${problem} at position ${position}. Examples: "app=web", "tier in (front,back)", "!canary"`);
    this.name = 'LabelSelectorError';
  }
}

const longestSelector = 16_384;

interface Token {
  readonly text: string;
  readonly position: number;
  readonly isWord: boolean;
}

// Longest first: "!=" is one token, "!" before a word another.
const symbols = ['==', '!=', '=', '!', '(', ')', ',', '<', '>'] as const;
const endOfText = '';

function tokens(text: string): readonly Token[] {
  const found: Token[] = [];
  let position = 0;
  while (position < text.length) {
    const char = text[position] ?? '';
    if (/[ \t\r\n]/.test(char)) {
      position += 1;
      continue;
    }
    const symbol = symbols.find((candidate) => text.startsWith(candidate, position));
    const token = symbol ?? /[^ \t\r\n=!(),<>]+/y.exec(text.slice(position))?.[0] ?? char;
    found.push({ text: token, position, isWord: symbol === undefined });
    position += token.length;
  }
  found.push({ text: endOfText, position: text.length, isWord: false });
  return found;
}

/**
 * The grammar by recursive descent. "in" and "notin" are operators only where an operator may stand; elsewhere they are
 * words like any other. A value may be missing: it is then the empty text.
 */
export function parseRequirements(text: string): readonly Requirement[] {
  if (text.length > longestSelector) throw new LabelSelectorError(`it has more than ${longestSelector} characters`, longestSelector);
  const queue = tokens(text);
  const last: Token = { text: endOfText, position: text.length, isWord: false };
  let index = 0;
  const peek = (): Token => queue[index] ?? last;
  const take = (): Token => {
    const token = peek();
    index += 1;
    return token;
  };
  const refuse = (token: Token, expected: string): never => {
    const found = token.text === endOfText ? 'the end' : quoted(token.text);
    throw new LabelSelectorError(`found ${found} where ${expected} is expected`, token.position);
  };

  const requirements: Requirement[] = [];
  if (peek().text === endOfText) return requirements;
  for (;;) {
    requirements.push(parseRequirement());
    const next = take();
    if (next.text === endOfText) return requirements;
    if (next.text !== ',') refuse(next, '"," or the end');
  }

  function parseRequirement(): Requirement {
    const negated = peek().text === '!';
    if (negated) take();
    const key = take();
    if (!key.isWord) refuse(key, negated ? 'a label key' : 'a label key or "!"');
    const keyProblem = labelKeyProblem(key.text);
    if (keyProblem !== null) throw new LabelSelectorError(`the key ${quoted(key.text)} ${keyProblem};`, key.position);
    if (negated) return { key: key.text, operator: 'doesNotExist', values: [] };
    if (peek().text === ',' || peek().text === endOfText) return { key: key.text, operator: 'exists', values: [] };
    const operator = take();
    switch (operator.text) {
      case 'in':
      case 'notin':
        return { key: key.text, operator: operator.text, values: parseSet() };
      case '=':
      case '==':
      case '!=':
        return { key: key.text, operator: operator.text, values: [parseValue()] };
      case '<':
      case '>':
        return { key: key.text, operator: operator.text, values: [parseInteger()] };
      default:
        return refuse(operator, 'one of =, ==, !=, in, notin, <, >');
    }
  }

  function parseValue(): string {
    if (peek().text === ',' || peek().text === endOfText) return '';
    return checkedValue(take());
  }

  function parseInteger(): string {
    const token = peek();
    const value = parseValue();
    if (!/^[+-]?[0-9]{1,18}$/.test(value)) refuse(token, 'a whole number');
    return value;
  }

  function parseSet(): readonly string[] {
    const open = take();
    if (open.text !== '(') refuse(open, '"("');
    const values = new Set<string>();
    for (;;) {
      const isEmpty = peek().text === ',' || peek().text === ')';
      values.add(isEmpty ? '' : checkedValue(take()));
      const next = take();
      if (next.text === ')') return [...values].sort();
      if (next.text !== ',') refuse(next, '"," or ")"');
    }
  }

  function checkedValue(token: Token): string {
    if (!token.isWord) refuse(token, 'a value');
    const problem = labelValueProblem(token.text);
    if (problem !== null) throw new LabelSelectorError(`the value ${quoted(token.text)} ${problem};`, token.position);
    return token.text;
  }
}
