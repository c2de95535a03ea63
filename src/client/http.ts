import { createClient } from './calls';
import type { ControlPlaneClient } from './client';
import type { RemoteOptions } from './remote';
import { apiUrl } from './remote';
import type { Transport, TransportRequest, TransportResult } from './transport';
import { ConnectionError } from './transport';
import { WebSocketTransport } from './ws';

/** Queries and mutations over HTTP, subscriptions over one WebSocket that is open as long as there are any. */
export function createHttpClient(options: RemoteOptions): ControlPlaneClient {
  return createClient(new HttpTransport(options), options);
}

class HttpTransport implements Transport {
  private readonly url: URL;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly sockets: WebSocketTransport;

  constructor(options: RemoteOptions) {
    this.url = apiUrl(options.url);
    this.headers = {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.userAgent === undefined ? {} : { 'user-agent': options.userAgent }),
    };
    this.sockets = new WebSocketTransport(options);
  }

  async execute({ operation, variables, signal }: TransportRequest): Promise<TransportResult> {
    const body = JSON.stringify({ query: operation.document, operationName: operation.name, variables });
    let text: string;
    let response: Response;
    try {
      response = await fetch(this.url, { method: 'POST', headers: this.headers, body, signal, redirect: 'error' });
      text = await response.text();
    } catch (error) {
      throw new ConnectionError(!isConnectFailure(error), `${this.url.origin} ${reasonOf(error)}`, error);
    }
    const result = parse(text);
    // Whatever answered, it was not podql's API: a proxy's page, another program on this port.
    if (!result) throw new ConnectionError(true, `${this.url.href} answered ${response.status} without a GraphQL response`);
    return result;
  }

  subscribe(request: TransportRequest): AsyncIterable<TransportResult> {
    return this.sockets.subscribe(request);
  }

  close(): Promise<void> {
    return this.sockets.close();
  }
}

/** Errors that come before the request has left: nothing can have happened. */
const connectFailures = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

function isConnectFailure(error: unknown): boolean {
  return codesOf(error).some((code) => connectFailures.has(code));
}

function reasonOf(error: unknown): string {
  const [code] = codesOf(error);
  return code === undefined ? 'did not answer' : `cannot be reached (${code})`;
}

/** undici hides the reason in `cause`; a name with several addresses gives an AggregateError. */
function codesOf(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  const several = 'errors' in error && Array.isArray(error.errors) ? error.errors.flatMap(codesOf) : [];
  return [...own, ...several, ...('cause' in error ? codesOf(error.cause) : [])];
}

function parse(text: string): TransportResult | null {
  try {
    const value: unknown = JSON.parse(text);
    return isResponse(value) ? value : null;
  } catch {
    return null;
  }
}

function isResponse(value: unknown): value is TransportResult {
  if (typeof value !== 'object' || value === null) return false;
  return 'errors' in value ? Array.isArray(value.errors) : 'data' in value;
}
