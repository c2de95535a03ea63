import type { CallOptions } from './calls';

export interface RemoteOptions extends CallOptions {
  /** The API's address: http://HOST:PORT/graphql, or the server's without a path. */
  readonly url: string;
  readonly token?: string;
  /** "podql-kubelet/0.3.1": stands in the server's log. */
  readonly userAgent?: string;
}

/** Accepts what people type: a bare server address means its API. */
export function apiUrl(url: string): URL {
  const parsed = new URL(url);
  if (parsed.pathname === '/' || parsed.pathname === '') parsed.pathname = '/graphql';
  return parsed;
}
