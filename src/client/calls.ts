import { backoffDelay } from '../base/backoff';
import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import type { Identity } from '../base/identity';
import { ApiError, isApiError } from '../errors/api-error';
import type { CallLimits, ControlPlaneClient, Operation } from './client';
import type { Transport, TransportResult } from './transport';
import { ConnectionError } from './transport';
import { toApiError } from './wire-error';

export interface CallOptions {
  readonly clock: Clock;
  readonly identity: Identity;
  /** For one call with all its retries (C2); 15 seconds unless given. */
  readonly timeoutMilliseconds?: number;
}

const retryPolicy = { initial: 100, max: 2_000, jitter: 0.5 };
const longestRetryAfterSeconds = 5;

/** Deadlines, retries and errors (C1, C2), the same over each transport. */
export function createClient(transport: Transport, options: CallOptions): ControlPlaneClient {
  const { clock, identity, timeoutMilliseconds: longest = 15_000 } = options;

  async function call<Data, Variables extends object>(
    kind: 'query' | 'mutation',
    operation: Operation<Data, Variables>,
    variables: Variables,
    limits: CallLimits = {},
  ): Promise<Data> {
    const timeoutMilliseconds = Math.min(longest, limits.timeoutMilliseconds ?? longest);
    const deadline = new AbortController();
    const timer = clock.after(timeoutMilliseconds, () => deadline.abort());
    try {
      let last: unknown;
      for (let failures = 0; ; ) {
        try {
          return dataOf<Data>(await attempt(kind, operation, variables, { signal: deadline.signal, timeoutMilliseconds }));
        } catch (error) {
          // The deadline came during a retry: what the try before ended with says more than "no answer in time".
          if (deadline.signal.aborted) throw last ?? error;
          if (kind === 'mutation' || !isApiError(error) || !error.retryable) throw error;
          last = error;
          failures += 1;
          const asked = Math.min(error.retryAfterSeconds ?? 0, longestRetryAfterSeconds) * 1000;
          await sleep(clock, Math.max(asked, backoffDelay(retryPolicy, failures, identity.random())), deadline.signal);
          if (deadline.signal.aborted) throw error;
        }
      }
    } finally {
      timer.cancel();
    }
  }

  async function attempt<Data, Variables extends object>(
    kind: 'query' | 'mutation',
    operation: Operation<Data, Variables>,
    variables: Variables,
    { signal, timeoutMilliseconds }: { readonly signal: AbortSignal; readonly timeoutMilliseconds: number },
  ): Promise<TransportResult> {
    try {
      return await untilAborted(transport.execute({ operation, variables, signal }), signal);
    } catch (error) {
      if (signal.aborted) throw lost(kind, operation.name, `no answer within ${timeoutMilliseconds} ms`, error);
      if (error instanceof ConnectionError) {
        if (!error.sent) throw unreachable(operation.name, error);
        throw lost(kind, operation.name, error.message, error);
      }
      throw error;
    }
  }

  return {
    query: (operation, variables) => call('query', operation, variables),
    mutate: (operation, variables, limits) => call('mutation', operation, variables, limits),
    async *subscribe<Data, Variables extends object>(
      operation: Operation<Data, Variables>,
      variables: Variables,
      signal: AbortSignal,
    ): AsyncGenerator<Data> {
      if (signal.aborted) return;
      try {
        for await (const result of transport.subscribe({ operation, variables, signal })) yield dataOf<Data>(result);
      } catch (error) {
        if (signal.aborted) return;
        throw error instanceof ConnectionError ? unreachable(operation.name, error) : error;
      }
    },
    close: () => transport.close(),
  };
}

/** graphql gives data and errors together when only some fields failed; a kubelet or a command wants all or an error. */
function dataOf<Data>(result: TransportResult): Data {
  if (result.errors && result.errors.length > 0) throw toApiError(result.errors);
  if (result.data === null || result.data === undefined) throw toApiError([{ message: 'the server sent neither data nor errors' }]);
  // The operation's document, which is checked against the schema, is what makes this true.
  return result.data as Data;
}

function unreachable(name: string, error: ConnectionError): ApiError {
  return new ApiError('SERVICE_UNAVAILABLE', `${name}: ${error.message}`, { outcome: 'notApplied', cause: error });
}

function lost(kind: 'query' | 'mutation', name: string, what: string, cause: unknown): ApiError {
  return kind === 'mutation'
    ? new ApiError('TIMEOUT', `${name}: ${what}; it is not known whether it happened`, { outcome: 'unknown', cause })
    : new ApiError('SERVER_TIMEOUT', `${name}: ${what}`, { outcome: 'notApplied', cause });
}

/** A transport should end by the signal; this makes sure that its caller does. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new ConnectionError(true, 'given up'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
