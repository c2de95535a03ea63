import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { BREAK, Kind, getNamedType, getOperationAST, isCompositeType, visit } from 'graphql';
import type { ComplexityEstimator } from 'graphql-query-complexity';
import { getComplexity } from 'graphql-query-complexity';
import { largestPage } from './selection';

/** A plain field; several together cost as much as one object. */
const plainCost = 0.1;
/** What is more work than reading a field, by "Type.field". */
const dearFields: ReadonlyMap<string, number> = new Map([
  ['ReplicationController.currentReplicas', 1],
  ['ReplicationController.readyReplicas', 1],
  ['ReplicationController.availableReplicas', 1],
  ['ReplicationController.terminatingReplicas', 1],
  ['ClusterNode.requested', 5],
  ['ClusterNode.drain', 5],
  ['ClusterNode.lastHeartbeatAt', 1],
  ['Pod.rejectedNodes', 5],
  ['Pod.logs', 500],
]);
const manifestCost = 5;

/**
 * In objects: each costs 1, each plain field a tenth, and what stands below a field with `first` counts so many times.
 * Lists without `first` (containers, conditions) count as one object: most pods have one container, and few have init containers.
 * 1,000 controllers with four counts cost about 6,000; 1,000 pods with everything about 80,000.
 */
const estimate: ComplexityEstimator = ({ field, type, args, childComplexity }) => {
  const dear = dearFields.get(`${type.name}.${field.name}`) ?? (field.name === 'manifest' ? manifestCost : 0);
  const named = getNamedType(field.type);
  if (!isCompositeType(named)) return dear + plainCost;
  if (field.args.some(({ name }) => name === 'first')) return dear + 1 + pageOf(args.first) * childComplexity;
  // The page was counted above.
  if (type.name.endsWith('Connection')) return 1 + childComplexity;
  return dear + 1 + childComplexity;
};

/** Refused numbers are the resolver's to refuse; here they must not make a costly operation look cheap. */
function pageOf(first: unknown): number {
  if (typeof first !== 'number') return 100;
  return Math.min(Math.max(first, 1), largestPage);
}

export interface CostRequest {
  readonly schema: GraphQLSchema;
  /** Validated. */
  readonly document: DocumentNode;
  readonly operationName?: string | null;
  readonly variables?: Readonly<Record<string, unknown>> | null;
}

/** By operation: costs that are the same whatever the variables are. A document is checked against one schema only. */
const fixedCosts = new WeakMap<OperationDefinitionNode, number>();

/**
 * The cost of one operation, rounded up; found once for an operation whose variables cannot change it. Throws a GraphQLError if its variables or arguments do not fit: such an operation
 * must not be executed, because what cannot be read cannot be counted.
 */
export function costOf(request: CostRequest): number {
  const operation = getOperationAST(request.document, request.operationName);
  const known = operation ? fixedCosts.get(operation) : undefined;
  if (known !== undefined) return known;
  const cost = computedCost(request);
  if (operation && isFixed(operation, request.document)) fixedCosts.set(operation, cost);
  return cost;
}

function computedCost({ schema, document, operationName, variables }: CostRequest): number {
  const cost = getComplexity({
    schema,
    query: document,
    operationName: operationName ?? undefined,
    variables: { ...variables },
    estimators: [estimate],
    // The shape of the document is bounded before (document-shape.ts).
    maxQueryNodes: Number.MAX_SAFE_INTEGER,
  });
  return Math.ceil(cost);
}

/**
 * Whether variables decide nothing that costs: no page size, no field left out, and none can be null where null does not
 * fit, so that arguments which could be read once can always be read.
 */
function isFixed(operation: OperationDefinitionNode, document: DocumentNode): boolean {
  if (operation.variableDefinitions?.some(({ type }) => type.kind !== Kind.NON_NULL_TYPE)) return false;
  let fixed = true;
  visit(document, {
    Argument({ name, value }) {
      // `if` is that of @skip and @include.
      if (value.kind === Kind.VARIABLE && (name.value === 'first' || name.value === 'if')) fixed = false;
      return fixed ? undefined : BREAK;
    },
  });
  return fixed;
}
