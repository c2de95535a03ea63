import type { CST, Document, Node, ParsedNode } from 'yaml';
import { Composer, Lexer, LineCounter, Parser, isAlias, isNode, visit } from 'yaml';
import type { Position } from './problems';
import { Problems } from './problems';

/** Bounds on what one text may cost: its bytes, its tokens, how deep it nests. */
const longestText = 1024 * 1024;
const mostTokens = 100_000;
const deepest = 64;

/** One document of a text, with where each of its nodes stands, and what each alias means. */
export interface SourceDocument {
  /** Null: there is nothing in it but comments. */
  readonly root: Node | null;
  position(node: Node): Position;
  /** What an alias stands for; any other node stands for itself. */
  resolve(node: Node): Node;
}

/**
 * Splits a text of YAML or JSON into documents. Throws INVALID with every syntax error and its line.
 * The token stream is bounded before the library composes nodes: its composer recurses, and deep nesting would end the process.
 */
export function readSource(text: string): readonly SourceDocument[] {
  const problems = new Problems();
  const refuse = (position: Position, message: string): never => {
    problems.add(position, { field: '', reason: 'FieldValueInvalid', message });
    throw problems.error();
  };
  if (text.length > longestText) refuse({ line: 1, column: 1 }, `the manifest has more than ${longestText} characters; apply it in parts`);
  const lines = new LineCounter();
  lines.addNewLine(0);
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };

  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    count += 1;
    if (count > mostTokens) refuse(at(parser.offset), `the manifest has more than ${mostTokens} words and signs; apply it in parts`);
    tokens.push(...parser.next(lexeme));
  }
  tokens.push(...parser.end());
  for (const token of tokens) {
    const offset = tooDeep(token);
    if (offset !== null) refuse(at(offset), `the manifest nests more than ${deepest} levels deep here`);
  }

  const documents = [...new Composer({ uniqueKeys: false, version: '1.2' }).compose(tokens)];
  for (const document of documents) {
    for (const fault of [...document.errors, ...document.warnings]) {
      problems.add(at(fault.pos[0]), { field: '', reason: 'FieldValueInvalid', message: syntaxMessage(fault.code, fault.message) });
    }
  }
  const position = (node: Node): Position => at(node.range?.[0] ?? 0);
  const sources = documents.map((document): SourceDocument => {
    const targets = aliasTargets(document, (name, node) =>
      problems.add(position(node), { field: '', reason: 'FieldValueInvalid', message: `the alias *${name.slice(0, 80)} has no anchor &${name.slice(0, 80)} before it` }),
    );
    return { root: document.contents, position, resolve: (node) => targets.get(node) ?? node };
  });
  problems.throwIfAny();
  return sources;
}

function syntaxMessage(code: string, message: string): string {
  if (code === 'TAB_AS_INDENT') return 'a tab stands where YAML wants spaces; indent with spaces';
  const [first = message] = message.split('\n');
  return `this is not YAML: ${first.charAt(0).toLowerCase()}${first.slice(1)}`;
}

/** The offset of the first token that nests too deep, found without recursion. */
function tooDeep(root: CST.Token): number | null {
  const waiting: { token: CST.Token; depth: number }[] = [{ token: root, depth: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { token, depth } = next;
    if (depth > deepest) return token.offset;
    if (token.type === 'document' && token.value) waiting.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    for (const { key, value } of token.items) {
      if (key) waiting.push({ token: key, depth: depth + 1 });
      if (value) waiting.push({ token: value, depth: depth + 1 });
    }
  }
  return null;
}

/** In the order of the text: an alias means the last anchor of its name before it. */
function aliasTargets(document: Document.Parsed<ParsedNode>, missing: (name: string, alias: Node) => void): ReadonlyMap<Node, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(document, (_key, node) => {
    if (!isNode(node)) return;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target) targets.set(node, target);
      else missing(node.source, node);
    } else if (node.anchor) {
      anchors.set(node.anchor, node);
    }
  });
  return targets;
}
