/**
 * What kubelet and command line know of the control plane: GraphQL documents (client/operations) over one of three
 * transports: http.ts with ws.ts, or in-process.ts.
 *
 * C1 Errors are ApiError with the code the server gave; a connection that cannot be made is SERVICE_UNAVAILABLE (notApplied),
 *    a reply that never came is TIMEOUT (outcome unknown) for a mutation and SERVER_TIMEOUT for a query.
 * C2 Each call has a deadline, the client's or its own if that is sooner. Queries are retried, with back-off and jitter, when the code is retryable; mutations never.
 * C3 subscribe yields results in order, and ends or throws: it does not reconnect. Resuming with `since` is the informer's work.
 */
export interface ControlPlaneClient {
  query<Data, Variables extends object>(operation: Operation<Data, Variables>, variables: Variables): Promise<Data>;
  mutate<Data, Variables extends object>(operation: Operation<Data, Variables>, variables: Variables, limits?: CallLimits): Promise<Data>;
  subscribe<Data, Variables extends object>(
    operation: Operation<Data, Variables>,
    variables: Variables,
    signal: AbortSignal,
  ): AsyncIterable<Data>;
  close(): Promise<void>;
}

export interface CallLimits {
  /** For an answer that is of no use later. */
  readonly timeoutMilliseconds?: number;
}

/** A named document. The phantom types say what goes in and what comes out; a test validates each against schema.graphql. */
export interface Operation<Data, Variables extends object> {
  readonly name: string;
  readonly document: string;
  readonly __data?: Data;
  readonly __variables?: Variables;
}
