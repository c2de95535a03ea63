/**
 * What one operation may ask for. Plain numbers, shared by every way an operation can arrive: HTTP, WebSocket, in-process.
 * Room for the honest: 1,000 controllers with all four counts, 1,000 whole pods, an introspection by any tool.
 */
export const limits = {
  /** Words and signs of the document. More is GRAPHQL_PARSE_FAILED; the rest of the limits are QUERY_TOO_COSTLY. */
  maxTokens: 10_000,
  /** Fields and fragments as written. Bounds the validation, whose effort grows with the square of fields of one name. */
  maxSelections: 2_000,
  /** The same with every fragment written out where it is spread. */
  maxExpandedSelections: 10_000,
  /** Fields and inline fragments within one another. Introspection tools need 15. */
  maxDepth: 20,
  maxAliases: 100,
  maxDirectives: 50,
  /** See cost.ts. */
  maxCost: 150_000,
  /** Validation stops after so many errors. */
  maxErrors: 10,
  /** Documents kept parsed and validated per schema, and their total length in characters. */
  cachedDocuments: 500,
  cachedCharacters: 4_000_000,
} as const;

export type Limits = { readonly [Name in keyof typeof limits]: number };
