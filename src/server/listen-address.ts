import { isIP, isIPv6 } from 'node:net';
import { StartError } from './start-error';

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Only programs on this machine can connect. */
  readonly loopback: boolean;
}

/** HOST:PORT, [IPv6]:PORT, :PORT (all addresses) or PORT (loopback). INVALID_OPTION otherwise. */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:(?:\[(?<six>[^\]]+)\]|(?<host>[^:[\]]*)):)?(?<port>\d{1,5})$/.exec(text.trim());
  const { six, host: name, port: portText } = match?.groups ?? {};
  const port = Number(portText);
  if (portText === undefined || port > 65_535 || (six !== undefined && !isIPv6(six))) {
    throw new StartError(
      'INVALID_OPTION',
      `--listen ${JSON.stringify(text)} is not an address. Write HOST:PORT, for example 127.0.0.1:4000 or [::1]:4000.`,
    );
  }
  const host = six ?? (name === undefined ? '127.0.0.1' : name === '' ? '0.0.0.0' : name);
  return { host, port, loopback: isLoopbackHost(host) };
}

export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost' || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

/** The address that a person on this machine can open. */
export function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}`;
}
