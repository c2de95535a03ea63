import type { DocumentNode, GraphQLSchema, OperationDefinitionNode, OperationTypeNode } from 'graphql';
import { BREAK, GraphQLError, Kind, getOperationAST, parse, specifiedRules, validate, visit } from 'graphql';
import { getVariableValues } from 'graphql/execution/values';
import { ApiError } from '../errors/api-error';
import type { Caller } from './authorisation';
import type { CostRequest } from './cost';
import { costOf } from './cost';
import { DocumentCache } from './document-cache';
import { exceededLimits, shapeOf } from './document-shape';
import { limits } from './limits';
import { literalVariableErrors } from './literal-variables';

/** The three things a client says, not checked yet, and who it is. */
export interface OperationRequest {
  readonly schema: GraphQLSchema;
  readonly source: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
  /** Null: nobody known, who may not introspect. Undefined: whoever calls this has seen to it. */
  readonly caller?: Caller | null;
}

/** May be executed. */
export interface PreparedOperation {
  readonly document: DocumentNode;
  readonly type: `${OperationTypeNode}`;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  /** See cost.ts. */
  readonly cost: number;
}

const caches = new WeakMap<GraphQLSchema, DocumentCache>();

/**
 * The gate that every operation passes before it is executed, whichever way it came: syntax, limits, validation, the one
 * operation that is meant, cost with these variables, and no introspection for strangers. Returns what to execute, or all
 * that stands against it; each error has its code.
 */
export function prepareOperation(request: OperationRequest): PreparedOperation | readonly GraphQLError[] {
  const { schema, source, operationName = null, variables, caller } = request;
  if (typeof source !== 'string' || source.trim() === '') return [badRequest('the request has no query: send {"query": "…"}')];
  if (operationName !== null && typeof operationName !== 'string') return [badRequest('operationName must be a string')];
  if (variables != null && !isRecord(variables)) return [badRequest('variables must be an object')];
  const document = checkedDocument(schema, source, caller);
  if (!('kind' in document)) return document;
  const operation = getOperationAST(document, operationName);
  if (!operation) return [withCode('OPERATION_RESOLUTION_FAILURE', unresolvedMessage(document, operationName))];
  const wanted = { schema, document, operationName: operation.name?.value ?? null, variables: variables ?? {} };
  const cost = operationCost({ ...wanted, caller }, operation);
  return typeof cost === 'number' ? { ...wanted, type: operation.operation, cost } : cost;
}

function checkedDocument(schema: GraphQLSchema, source: string, caller: Caller | null | undefined): DocumentNode | readonly GraphQLError[] {
  const cache = cacheOf(schema);
  const known = cache.get(source);
  if (known) return known;
  const document = parseDocument(source);
  if (document instanceof GraphQLError) return [document];
  const errors = documentErrors(schema, document, caller);
  if (errors.length > 0) return errors;
  cache.set(source, document);
  return document;
}

/** The text as a document; GRAPHQL_PARSE_FAILED for what is none, or has too many tokens. */
export function parseDocument(source: string): DocumentNode | GraphQLError {
  try {
    return parse(source, { maxTokens: limits.maxTokens });
  } catch (error) {
    if (error instanceof GraphQLError) return withCode('GRAPHQL_PARSE_FAILED', error.message, error);
    // Nested so deep that the parser's stack is not enough.
    if (error instanceof RangeError) return tooCostly('its parts are nested too deep');
    throw error;
  }
}

/** What stands against a document whatever its variables are: limits first, because validation takes time. */
export function documentErrors(schema: GraphQLSchema, document: DocumentNode, caller?: Caller | null): readonly GraphQLError[] {
  const exceeded = exceededLimits(shapeOf(document), limits);
  if (exceeded.length > 0) return exceeded.map(tooCostly);
  // Suggestions name the schema's fields: for those who may introspect it.
  const options = { maxErrors: limits.maxErrors, hideSuggestions: caller === null };
  return validate(schema, document, specifiedRules, options).map((error) => withCode('GRAPHQL_VALIDATION_FAILED', error.message, error));
}

/** The cost of one operation of a valid document with its variables, or what stands against it. */
export function operationCost(
  request: CostRequest & { readonly caller?: Caller | null },
  operation: OperationDefinitionNode,
): number | readonly GraphQLError[] {
  if (request.caller === null && introspects(request.document)) {
    return [asGraphQLError(new ApiError('UNAUTHENTICATED', 'introspection needs a token: send "Authorization: Bearer TOKEN".'))];
  }
  const variables = getVariableValues(request.schema, operation.variableDefinitions ?? [], { ...request.variables }, { maxErrors: limits.maxErrors });
  const errors = variables.errors ?? literalVariableErrors(request, operation, variables.coerced);
  if (errors.length > 0) return errors.map((error) => withCode('BAD_USER_INPUT', error.message, error));
  try {
    const cost = costOf(request);
    if (cost <= limits.maxCost) return cost;
    return [tooCostly(`what it may return costs ${cost}; at most ${limits.maxCost} is allowed. Ask for smaller pages (first)`)];
  } catch (error) {
    if (error instanceof GraphQLError) return [withCode('BAD_USER_INPUT', error.message, error)];
    throw error;
  }
}

function cacheOf(schema: GraphQLSchema): DocumentCache {
  const cache = caches.get(schema) ?? new DocumentCache({ documents: limits.cachedDocuments, characters: limits.cachedCharacters });
  caches.set(schema, cache);
  return cache;
}

/** Anywhere in the document; __typename alone is harmless. */
function introspects(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field({ name }) {
      found ||= name.value === '__schema' || name.value === '__type';
      return found ? BREAK : undefined;
    },
  });
  return found;
}

function unresolvedMessage(document: DocumentNode, operationName: string | null | undefined): string {
  const names = document.definitions.flatMap((d) => (d.kind === Kind.OPERATION_DEFINITION ? [d.name?.value ?? '(no name)'] : []));
  if (names.length === 0) return 'the document has no operation';
  if (operationName == null) return `the document has ${names.length} operations: say in operationName which of ${names.join(', ')}`;
  return `the document has no operation ${JSON.stringify(operationName)}; it has ${names.join(', ')}`;
}

function tooCostly(what: string): GraphQLError {
  return asGraphQLError(new ApiError('QUERY_TOO_COSTLY', `the operation is too large: ${what}.`));
}

function badRequest(what: string): GraphQLError {
  return asGraphQLError(new ApiError('BAD_USER_INPUT', `${what}.`, { outcome: 'notApplied' }));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asGraphQLError(error: ApiError): GraphQLError {
  return new GraphQLError(error.message, { originalError: error });
}

function withCode(code: string, message: string, error?: GraphQLError): GraphQLError {
  const { nodes, source, positions } = error ?? {};
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
