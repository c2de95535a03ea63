import { isLoopbackHost } from './listen-address';

/**
 * What keeps a page of another site from acting in a user's name, in place of Apollo's preflight header rule:
 *  - Host. On loopback only loopback names are served: a site that rebinds its own name to 127.0.0.1 gets 403.
 *  - Origin. A browser says where a request comes from; only our own pages and pages of this machine may.
 *  - Content type. POST takes application/json only, which a foreign page cannot send without a preflight, and no
 *    preflight is ever answered. GET runs queries only, whose answers a foreign page cannot read.
 * Programs that are no browsers send no Origin and pass. Pure.
 */
export function refuseOrigin(request: {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly listensOnLoopback: boolean;
}): string | null {
  const { host, origin, listensOnLoopback } = request;
  const hostName = hostNameOf(host);
  if (hostName === null) return 'the Host header is missing or malformed';
  if (listensOnLoopback && !isLoopbackHost(hostName)) {
    return `the host ${hostName} is not served here: this server listens on loopback only; use localhost or 127.0.0.1`;
  }
  if (origin === undefined) return null;
  if (!URL.canParse(origin)) return `requests from the origin ${JSON.stringify(origin)} are not accepted`;
  const from = new URL(origin);
  const isSameHost = from.host === host?.toLowerCase();
  const isThisMachine = isLoopbackHost(from.hostname) && isLoopbackHost(hostName);
  return isSameHost || isThisMachine ? null : `requests from pages of ${origin} are not accepted`;
}

function hostNameOf(host: string | undefined): string | null {
  if (host === undefined || !URL.canParse(`http://${host}/`)) return null;
  const url = new URL(`http://${host}/`);
  return url.pathname === '/' && url.username === '' ? url.hostname : null;
}
