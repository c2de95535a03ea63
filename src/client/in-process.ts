import { linkAbort } from '../base/abort';
import type { CallOptions } from './calls';
import { createClient } from './calls';
import type { ControlPlaneClient } from './client';
import type { Transport, TransportRequest, TransportResult } from './transport';

/**
 * What a server in the same process offers: the pipeline that requests from the network go through, with the same
 * validation, limits, authorisation and masking, for a caller that the server has fixed.
 */
export interface InProcessExecutor {
  execute(request: InProcessRequest): Promise<TransportResult>;
  /** A single result when the subscription could not be set up. */
  subscribe(request: InProcessRequest): Promise<AsyncIterable<TransportResult> | TransportResult>;
}

export interface InProcessRequest {
  readonly query: string;
  readonly operationName: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

export function createInProcessClient(executor: InProcessExecutor, options: CallOptions): ControlPlaneClient {
  const closing = new AbortController();
  return createClient(new InProcessTransport(executor, closing), options);
}

class InProcessTransport implements Transport {
  constructor(
    private readonly executor: InProcessExecutor,
    private readonly closing: AbortController,
  ) {}

  async execute(request: TransportRequest): Promise<TransportResult> {
    const link = linkAbort(request.signal, this.closing.signal);
    try {
      return await this.executor.execute(toRequest(request, link.signal));
    } finally {
      link.end();
    }
  }

  async *subscribe(request: TransportRequest): AsyncGenerator<TransportResult> {
    const link = linkAbort(request.signal, this.closing.signal);
    try {
      const stream = await this.executor.subscribe(toRequest(request, link.signal));
      if (Symbol.asyncIterator in stream) yield* stream;
      else yield stream;
    } finally {
      link.end();
    }
  }

  close(): Promise<void> {
    this.closing.abort();
    return Promise.resolve();
  }
}

function toRequest({ operation, variables }: TransportRequest, signal: AbortSignal): InProcessRequest {
  return { query: operation.document, operationName: operation.name, variables: { ...variables }, signal };
}
