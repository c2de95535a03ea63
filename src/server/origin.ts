import { isIP } from 'node:net';
import type { ListenAddress } from './listen-address';
import { isLoopbackHost } from './listen-address';

export interface OriginRules {
  readonly listen: Pick<ListenAddress, 'host' | 'loopback'>;
  /** Of other sites whose pages were let in with --allow-origin. */
  readonly allowOrigins: readonly string[];
}

export type OriginVerdict =
  /** A program that is no browser, or a page of this server. */
  | { readonly kind: 'own' }
  /** A page of another site that was let in: its answers need CORS headers (cors.ts). */
  | { readonly kind: 'allowed'; readonly origin: string }
  | { readonly kind: 'refused'; readonly because: string };

/**
 * What keeps a page of another site from acting in a user's name, in place of Apollo's preflight header rule:
 *  - Host. On loopback only loopback names are served: a site that rebinds its own name to 127.0.0.1 gets 403.
 *  - Origin. A browser says where a request comes from; only our own pages may, and those of origins that were let in. A
 *    page is our own if it came from the host and port that it now speaks to, and that host is surely us: an address, a
 *    loopback name or the name we listen on. Any other name may have been bound to our address by somebody else.
 *  - Content type. POST takes application/json only, which a foreign page cannot send without a preflight, and preflights
 *    are answered to origins that were let in only. GET runs queries only, whose answers a foreign page cannot read.
 * Programs that are no browsers send no Origin and pass. Pure.
 */
export function judgeOrigin(
  { host, origin }: { readonly host: string | undefined; readonly origin: string | undefined },
  { listen, allowOrigins }: OriginRules,
): OriginVerdict {
  const hostName = hostNameOf(host);
  if (hostName === null) return refused('the Host header is missing or malformed');
  if (listen.loopback && !isLoopbackHost(hostName)) {
    return refused(`the host ${hostName} is not served here: this server listens on loopback only; use localhost or 127.0.0.1`);
  }
  if (origin === undefined) return { kind: 'own' };
  const page = URL.canParse(origin) ? new URL(origin) : null;
  if (page === null || !/^https?:$/.test(page.protocol)) return refused(`requests from the origin ${JSON.stringify(origin)} are not accepted`);
  const cameFromHere = page.host === new URL(`${page.protocol}//${host}/`).host;
  if (cameFromHere && isSurelyUs(hostName, listen.host)) return { kind: 'own' };
  if (allowOrigins.includes(page.origin)) return { kind: 'allowed', origin: page.origin };
  const doubt = cameFromHere ? ` (this server does not know ${hostName} for a name of its own)` : '';
  return refused(`requests from pages of ${page.origin} are not accepted${doubt}; to let them in, start the server with --allow-origin ${page.origin}`);
}

function refused(because: string): OriginVerdict {
  return { kind: 'refused', because };
}

function isSurelyUs(hostName: string, listenHost: string): boolean {
  return isLoopbackHost(hostName) || isIP(hostName.replace(/^\[|\]$/g, '')) !== 0 || hostName === listenHost.toLowerCase();
}

function hostNameOf(host: string | undefined): string | null {
  if (host === undefined || !URL.canParse(`http://${host}/`)) return null;
  const url = new URL(`http://${host}/`);
  return url.pathname === '/' && url.username === '' ? url.hostname : null;
}
