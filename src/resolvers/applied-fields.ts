import type { FieldNode, GraphQLError, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { Kind, getArgumentValues, getOperationAST } from 'graphql';
import { collectFields } from 'graphql/execution/collectFields';
import { getVariableValues } from 'graphql/execution/values';
import type { PreparedOperation } from './prepare-operation';

/**
 * Which fields of a mutation took effect although its answer has no data, by their response names. Payloads are never
 * null, so the field that fails takes the results of those before it along; they were applied all the same. Fields are
 * carried out one after the other, and what follows the one that failed is not tried. Pure.
 */
export function appliedFields(
  schema: GraphQLSchema,
  { document, operationName, variables }: Pick<PreparedOperation, 'document' | 'operationName' | 'variables'>,
  errors: readonly GraphQLError[],
): readonly string[] {
  const type = schema.getMutationType();
  const operation = getOperationAST(document, operationName);
  if (!type || operation?.operation !== 'mutation') return [];
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], { ...variables });
  if (!coerced) return [];
  const fragments = Object.fromEntries(document.definitions.flatMap((d) => (d.kind === Kind.FRAGMENT_DEFINITION ? [[d.name.value, d]] : [])));
  const fields = [...collectFields(schema, fragments, coerced, type, operation.selectionSet)];
  const failedAt = Math.max(...errors.map(({ path }) => fields.findIndex(([name]) => name === path?.[0])));
  // An error below a field is one of reading its payload: the field itself was carried out.
  const failedItself = errors.some(({ path }) => path?.length === 1 && path[0] === fields[failedAt]?.[0]);
  const done = fields.slice(0, failedItself ? failedAt : failedAt + 1);
  return done.flatMap(([name, [node]]) => (node && changes(type, node, coerced) ? [name] : []));
}

/** Neither __typename nor a dry run changes anything. */
function changes(type: GraphQLObjectType, node: FieldNode, variables: Readonly<Record<string, unknown>>): boolean {
  const field = type.getFields()[node.name.value];
  if (!field) return false;
  const { input } = getArgumentValues(field, node, variables) as { readonly input?: { readonly dryRun?: unknown } };
  return input?.dryRun !== true;
}
