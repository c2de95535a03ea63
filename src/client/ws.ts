import type { Client } from 'graphql-ws';
import { createClient as createSocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { BoundedBuffer } from '../base/bounded-buffer';
import type { Clock } from '../base/clock';
import { ApiError } from '../errors/api-error';
import { createClient } from './calls';
import type { ControlPlaneClient } from './client';
import type { RemoteOptions } from './remote';
import { apiUrl } from './remote';
import { beatMilliseconds, SocketPulse } from './socket-pulse';
import type { Transport, TransportRequest, TransportResult, WireError } from './transport';
import { ConnectionError } from './transport';
import { toApiError } from './wire-error';

/** A reader that leaves more than this unread is ended; it resumes with `since`. */
const unreadLimit = 65_536;
const connectTimeoutMilliseconds = 10_000;

/** Everything over one WebSocket (graphql-transport-ws). */
export function createWebSocketClient(options: RemoteOptions): ControlPlaneClient {
  return createClient(new WebSocketTransport(options), options);
}

export class WebSocketTransport implements Transport {
  private readonly client: Client;
  private readonly origin: string;
  private readonly clock: Clock;
  private pulse: SocketPulse | undefined;
  /** Why the connection is ended from here; null: it is not. */
  private endedBecause: string | null = null;
  /** How often a connection was made, and whether one is there: tells a request that was sent from one that never was. */
  private connections = 0;
  private connected = false;

  constructor(options: RemoteOptions) {
    const url = apiUrl(options.url);
    url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
    this.origin = url.origin;
    this.clock = options.clock;
    this.client = createSocketClient({
      url: url.href,
      webSocketImpl: ImpatientWebSocket,
      connectionParams: options.token === undefined ? {} : { authorization: `Bearer ${options.token}` },
      // C3: whoever reads decides about resuming; here a lost socket is an error.
      retryAttempts: 0,
      lazy: true,
      connectionAckWaitTimeout: connectTimeoutMilliseconds,
      // The library would print to the console.
      onNonLazyError: () => undefined,
      on: {
        connected: (socket) => {
          this.connections += 1;
          this.connected = true;
          this.watch(socket as WebSocket);
        },
        closed: () => {
          this.connected = false;
          this.pulse?.stop();
        },
      },
    });
  }

  async execute(request: TransportRequest): Promise<TransportResult> {
    for await (const result of this.subscribe(request)) return result;
    throw new ConnectionError(true, `${this.origin} ended the operation without a result`);
  }

  async *subscribe({ operation, variables, signal }: TransportRequest): AsyncGenerator<TransportResult> {
    const connectionsBefore = this.connected ? this.connections - 1 : this.connections;
    const buffer = new BoundedBuffer<TransportResult | Failure>(unreadLimit);
    const onAbort = (): void => buffer.fail(new ConnectionError(true, 'given up'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const stop = this.client.subscribe<unknown>(
      { query: operation.document, operationName: operation.name, variables: { ...variables } },
      {
        next: (result) => void buffer.push(result as TransportResult),
        error: (error) => {
          // Behind what came before it, which is still to be read.
          buffer.push(new Failure(this.explain(error, this.connections > connectionsBefore)));
          buffer.close();
        },
        complete: () => buffer.close(),
      },
    );
    try {
      for await (const item of buffer) {
        if (item instanceof Failure) throw item.error;
        yield item;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      stop();
    }
  }

  async close(): Promise<void> {
    await this.client.dispose();
  }

  /** The library pings, and does nothing if no answer comes: all that is subscribed would wait with the connection until TCP gives it up. */
  private watch(socket: WebSocket): void {
    this.endedBecause = null;
    this.pulse = new SocketPulse(socket, this.clock, () => {
      this.endedBecause = `nothing was heard for ${beatMilliseconds / 1000} s`;
      socket.terminate();
    });
  }

  private explain(error: unknown, sent: boolean): Error {
    if (Array.isArray(error)) return toApiError(error as WireError[]);
    if (isCloseEvent(error)) {
      if (this.endedBecause !== null) return new ConnectionError(sent, `${this.origin} does not answer: ${this.endedBecause}`, error);
      const said = error.reason || `code ${error.code}`;
      if (error.code === 4401) return new ApiError('UNAUTHENTICATED', `${this.origin} refused the connection: ${said}`);
      if (error.code === 4403) return new ApiError('FORBIDDEN', `${this.origin} refused the connection: ${said}`);
      if (error.code === 4429 || error.code === 1013) {
        return new ApiError('TOO_MANY_REQUESTS', `${this.origin} refused the connection: ${said}`, { retryAfterSeconds: 1 });
      }
      return new ConnectionError(sent, `${this.origin} closed the connection (${said})`, error);
    }
    return new ConnectionError(sent, `${this.origin} cannot be reached${detailOf(error)}`, error);
  }
}

/** A server that takes the connection and says nothing is not waited for until TCP gives up. */
class ImpatientWebSocket extends WebSocket {
  constructor(url: string, protocols: string | string[]) {
    super(url, protocols, { handshakeTimeout: connectTimeoutMilliseconds });
  }
}

class Failure {
  constructor(readonly error: Error) {}
}

function isCloseEvent(value: unknown): value is { readonly code: number; readonly reason: string } {
  return typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'number' && 'reason' in value;
}

/** The ErrorEvent of ws, whose `error` has the system's code. */
function detailOf(event: unknown): string {
  if (typeof event !== 'object' || event === null || !('message' in event)) return '';
  return typeof event.message === 'string' && event.message !== '' ? ` (${event.message})` : '';
}
