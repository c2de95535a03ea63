import type { DefinitionNode, DocumentNode, FragmentDefinitionNode, OperationDefinitionNode, SelectionNode, SelectionSetNode } from 'graphql';
import { Kind } from 'graphql';
import type { Limits } from './limits';

/** How large a document is before anybody looks at what it means. */
export interface DocumentShape {
  /** Fields, inline fragments and spreads, as written. */
  readonly selections: number;
  readonly aliases: number;
  readonly directives: number;
  /** Of the largest operation, with fragments written out. A fragment that contains itself counts once: validation refuses it. */
  readonly expandedSelections: number;
  readonly depth: number;
}

interface Extent {
  readonly selections: number;
  readonly depth: number;
}
const nothing: Extent = { selections: 0, depth: 0 };

/** Pure; linear in the size of the document, however often fragments are spread. */
export function shapeOf(document: DocumentNode): DocumentShape {
  const written = { selections: 0, aliases: 0, directives: 0 };
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if (isExecutable(definition)) count(definition, written);
  }
  const known = new Map<string, Extent | 'open'>();
  const extents = document.definitions.filter((d) => d.kind === Kind.OPERATION_DEFINITION).map((d) => extentOf(d.selectionSet));
  return {
    ...written,
    expandedSelections: Math.max(0, ...extents.map((extent) => extent.selections)),
    depth: Math.max(0, ...extents.map((extent) => extent.depth)),
  };

  function extentOf(set: SelectionSetNode | undefined): Extent {
    let sum = nothing;
    for (const selection of set?.selections ?? []) {
      const one = extentOfSelection(selection);
      sum = { selections: sum.selections + one.selections, depth: Math.max(sum.depth, one.depth) };
    }
    return sum;
  }

  function extentOfSelection(selection: SelectionNode): Extent {
    const isSpread = selection.kind === Kind.FRAGMENT_SPREAD;
    const inner = isSpread ? extentOfFragment(selection.name.value) : extentOf(selection.selectionSet);
    return { selections: inner.selections + 1, depth: inner.depth + (isSpread ? 0 : 1) };
  }

  function extentOfFragment(name: string): Extent {
    const present = known.get(name);
    if (present) return present === 'open' ? nothing : present;
    known.set(name, 'open');
    const extent = extentOf(fragments.get(name)?.selectionSet);
    known.set(name, extent);
    return extent;
  }
}

/** Each limit that is exceeded, as a sentence. */
export function exceededLimits(shape: DocumentShape, limits: Limits): string[] {
  const rows: readonly [number, number, string][] = [
    [shape.depth, limits.maxDepth, 'levels of fields deep'],
    [shape.aliases, limits.maxAliases, 'aliases'],
    [shape.directives, limits.maxDirectives, 'directives'],
    [shape.selections, limits.maxSelections, 'fields'],
    [shape.expandedSelections, limits.maxExpandedSelections, 'fields with its fragments written out'],
  ];
  return rows.filter(([actual, limit]) => actual > limit).map(([actual, limit, what]) => `it has ${actual} ${what}; at most ${limit} are allowed`);
}

function isExecutable(definition: DefinitionNode): definition is OperationDefinitionNode | FragmentDefinitionNode {
  return definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION;
}

function isSelection(node: OperationDefinitionNode | FragmentDefinitionNode | SelectionNode): node is SelectionNode {
  return node.kind !== Kind.OPERATION_DEFINITION && node.kind !== Kind.FRAGMENT_DEFINITION;
}

interface Written {
  selections: number;
  aliases: number;
  directives: number;
}

function count(node: OperationDefinitionNode | FragmentDefinitionNode | SelectionNode, written: Written): void {
  written.directives += node.directives?.length ?? 0;
  if (isSelection(node)) written.selections += 1;
  if (node.kind === Kind.FIELD && node.alias) written.aliases += 1;
  if (node.kind === Kind.FRAGMENT_SPREAD) return;
  for (const selection of node.selectionSet?.selections ?? []) count(selection, written);
}
