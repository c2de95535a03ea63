import { readFile } from 'node:fs/promises';
import type { PodSpec } from '../../../api/pod';

/** As a resolv.conf has it. */
export interface Dns {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  /** "ndots:5", "rotate". */
  readonly options: readonly string[];
}

export const noDns: Dns = { nameservers: [], searches: [], options: [] };

/** The resolver takes no more. */
const mostNameservers = 3;
const stubResolver = '127.0.0.53';
/** Where there is a stub: what it asks itself. */
const files = { own: '/etc/resolv.conf', behindStub: '/run/systemd/resolve/resolv.conf' };

/** What this machine asks, without servers that only it can reach, as the engine gives it to containers. Nothing where it does not say. */
export async function readNodeDns(): Promise<Dns> {
  const own = parseResolvConf(await read(files.own));
  const isStub = own.nameservers.length > 0 && own.nameservers.every((server) => server === stubResolver);
  const { nameservers, ...others } = isStub ? parseResolvConf(await read(files.behindStub)) : own;
  return { ...others, nameservers: nameservers.filter((server) => !/^(127\.|::1$)/.test(server)) };
}

/** Pure. */
export function parseResolvConf(text: string): Dns {
  const lines = text.split('\n').map((line) => line.replace(/[#;].*$/, '').trim().split(/\s+/));
  const of = (...keys: readonly string[]): string[][] => lines.filter(([key]) => keys.includes(key ?? '')).map(([, ...words]) => words);
  return { nameservers: of('nameserver').flatMap(([server]) => server ?? []), searches: of('search', 'domain').at(-1) ?? [], options: of('options').flat() };
}

/**
 * What a pod is to ask, in the engine's words; null: what the engine gives by itself, the node's. Kubernetes puts the pod's own after
 * what its policy gives, and of an option said twice takes the pod's. Pure.
 */
export function dnsOf({ dnsPolicy, dnsConfig }: Pick<PodSpec, 'dnsPolicy' | 'dnsConfig'>, node: Dns): { Dns: string[]; DnsSearch: string[]; DnsOptions: string[] } | null {
  if (!dnsConfig && dnsPolicy !== 'NONE') return null;
  const base = dnsPolicy === 'NONE' ? noDns : node;
  const own = (dnsConfig?.options ?? []).map(({ name, value }) => (value ? `${name}:${value}` : name));
  const isSaidAgain = (option: string): boolean => own.some((other) => nameOf(other) === nameOf(option));
  const servers = unique([...base.nameservers, ...(dnsConfig?.nameservers ?? [])]).slice(0, mostNameservers);
  const searches = unique([...base.searches, ...(dnsConfig?.searches ?? [])]);
  const options = unique([...base.options.filter((option) => !isSaidAgain(option)), ...own]);
  // The engine takes an empty list for none said, and gives the node's: "." is its word for no domain, and one dot is what is asked by default.
  return { Dns: servers, DnsSearch: searches.length > 0 ? searches : ['.'], DnsOptions: options.length > 0 ? options : ['ndots:1'] };
}

function nameOf(option: string): string {
  return option.split(':')[0] ?? '';
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
