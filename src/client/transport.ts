import type { Operation } from './client';

/** One GraphQL request, however it travels. */
export interface TransportRequest {
  readonly operation: Operation<unknown, object>;
  readonly variables: object;
  readonly signal: AbortSignal;
}

/** A GraphQL response as it stands on the wire. */
export interface TransportResult {
  readonly data?: unknown;
  readonly errors?: readonly WireError[];
}

export interface WireError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/**
 * Carries requests; knows neither deadlines nor retries (calls.ts does). Both methods reject with a ConnectionError when
 * the request or its answer was lost on the way; an abort of the signal ends them promptly.
 */
export interface Transport {
  execute(request: TransportRequest): Promise<TransportResult>;
  subscribe(request: TransportRequest): AsyncIterable<TransportResult>;
  close(): Promise<void>;
}

/** `sent` says whether the server can have seen the request: that decides what is known of a mutation's outcome. */
export class ConnectionError extends Error {
  constructor(
    readonly sent: boolean,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ConnectionError';
  }
}
