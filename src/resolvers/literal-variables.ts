import type { ASTNode, DocumentNode, GraphQLScalarType, GraphQLSchema, OperationDefinitionNode, ValueNode } from 'graphql';
import { BREAK, GraphQLError, Kind, TypeInfo, getNamedType, isScalarType, separateOperations, visit, visitWithTypeInfo } from 'graphql';

/** A literal of a scalar with a variable inside, as in labels: { app: $app }. */
interface OpenLiteral {
  readonly scalar: GraphQLScalarType;
  readonly literal: ValueNode;
  /** As a person writes it: input.labels */
  readonly field: string;
}

/** By operation: most have none, and all that is left of this check is a look-up. */
const known = new WeakMap<OperationDefinitionNode, readonly OpenLiteral[]>();

/**
 * What stands against the values of variables inside literals of scalars. graphql-js validates such a literal without its
 * variables, and during execution says of a bad one only that the whole argument is invalid; here it is said of the field,
 * and before anything is executed.
 */
export function literalVariableErrors(
  { schema, document }: { readonly schema: GraphQLSchema; readonly document: DocumentNode },
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): readonly GraphQLError[] {
  let literals = known.get(operation);
  if (!literals) {
    literals = operation.variableDefinitions?.length ? openLiterals(schema, document, operation) : [];
    known.set(operation, literals);
  }
  return literals.flatMap(({ scalar, literal, field }) => {
    try {
      scalar.parseLiteral(literal, { ...variables });
      return [];
    } catch (error) {
      if (error instanceof GraphQLError) return [new GraphQLError(`${field}: ${error.message}`, { nodes: literal })];
      throw error;
    }
  });
}

/** Of the operation and the fragments that it uses; another operation's fragments have that one's variables. */
function openLiterals(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): OpenLiteral[] {
  const own = separateOperations(document)[operation.name?.value ?? ''];
  const found: OpenLiteral[] = [];
  const types = new TypeInfo(schema);
  if (!own) return found;
  visit(
    own,
    visitWithTypeInfo(types, {
      ObjectValue(literal, _key, parent, _path, ancestors) {
        const scalar = getNamedType(types.getInputType());
        if (!isScalarType(scalar)) return undefined;
        if (hasVariable(literal)) found.push({ scalar, literal, field: fieldOf(parent ? [...ancestors, parent] : ancestors) });
        return false;
      },
    }),
  );
  return found;
}

function hasVariable(literal: ValueNode): boolean {
  let found = false;
  visit(literal, {
    Variable() {
      found = true;
      return BREAK;
    },
  });
  return found;
}

function fieldOf(ancestors: readonly (ASTNode | readonly ASTNode[])[]): string {
  return ancestors.flatMap((node) => ('kind' in node && (node.kind === Kind.ARGUMENT || node.kind === Kind.OBJECT_FIELD) ? [node.name.value] : [])).join('.');
}
