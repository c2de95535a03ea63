/** What a browser wants to hear before it lets a page of another origin in; said only to origins that were let in (origin.ts). */

export type Headers = Readonly<Record<string, string>>;

/** On each answer. No cookies or other credentials of the browser: a token travels in a header that the page sets itself. */
export function crossOriginHeaders(origin: string): Headers {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'x-request-id, retry-after, www-authenticate',
  };
}

/**
 * The question that a browser asks first, for JSON or a token; null: this request is none. The page may send the
 * headers that it asks for, since the whole origin was let in.
 */
export function preflightHeaders(request: {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}): Headers | null {
  const { 'access-control-request-method': method, 'access-control-request-headers': wanted } = request.headers;
  if (request.method !== 'OPTIONS' || method === undefined) return null;
  return {
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': typeof wanted === 'string' ? wanted : 'authorization, content-type',
    'access-control-max-age': '600',
  };
}
