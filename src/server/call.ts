import type { Caller } from '../resolvers/authorisation';
import type { TransportName } from './metrics';

/** One operation by somebody, however it came. */
export interface Call {
  readonly caller: Caller;
  readonly transport: TransportName;
  /** In each error's extensions and in the log. */
  readonly requestId: string;
  /** Aborts when the client goes away, when the operation is ended, or when its time is over. */
  readonly signal: AbortSignal;
}

/** The three things a client says. Not checked yet. */
export interface RawOperation {
  readonly query: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
}
