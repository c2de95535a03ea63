import { isIP } from 'node:net';
import { dnsSubdomainProblem, quoted } from '../../api/names';
import type { HostAlias, PodDNSConfig, PodSpec } from '../../api/pod';
import { dnsPolicies } from '../../api/pod';
import type { Causes } from '../causes';

/** What the resolvers of Linux take, and Kubernetes' own bounds. */
const mostNameservers = 3;
const mostSearches = 32;
const longestSearches = 2048;
const mostOptions = 100;
const mostAliases = 100;
const mostHostnames = 100;

/** How a pod finds names: its policy, what it adds to that, and its hosts file. */
export function validateNames(causes: Causes, field: string, { dnsPolicy, dnsConfig, hostAliases }: PodSpec): void {
  if (!dnsPolicies.includes(dnsPolicy)) causes.notSupported(`${field}.dnsPolicy`, String(dnsPolicy), dnsPolicies);
  if (dnsPolicy === 'NONE' && !dnsConfig?.nameservers.length) {
    causes.required(`${field}.dnsConfig.nameservers`, 'must name at least one name server, because dnsPolicy is NONE');
  }
  if (dnsConfig) validateDNSConfig(causes, `${field}.dnsConfig`, dnsConfig);
  if (!causes.atMost(`${field}.hostAliases`, hostAliases.length, mostAliases, 'aliases')) return;
  hostAliases.forEach((alias, index) => validateHostAlias(causes, `${field}.hostAliases[${index}]`, alias));
}

function validateDNSConfig(causes: Causes, field: string, { nameservers, searches, options }: PodDNSConfig): void {
  if (causes.atMost(`${field}.nameservers`, nameservers.length, mostNameservers, 'name servers')) {
    nameservers.forEach((address, index) => validateAddress(causes, `${field}.nameservers[${index}]`, address));
  }
  validateSearches(causes, `${field}.searches`, searches);
  if (!causes.atMost(`${field}.options`, options.length, mostOptions, 'options')) return;
  options.forEach(({ name, value }, index) => {
    if (name === '') causes.required(`${field}.options[${index}].name`, 'must be given: the name of an option, like "ndots"');
    else causes.problem(`${field}.options[${index}].name`, wordProblem(name));
    if (value !== null) causes.problem(`${field}.options[${index}].value`, wordProblem(value));
  });
}

function validateSearches(causes: Causes, field: string, searches: readonly string[]): void {
  if (!causes.atMost(field, searches.length, mostSearches, 'domains')) return;
  const length = searches.join(' ').length;
  if (length > longestSearches) {
    causes.add(field, 'FieldValueTooLong', `must have at most ${longestSearches} characters together, spaces between them included, not ${length}`);
    return;
  }
  searches.forEach((search, index) => {
    if (search !== '.' && dnsSubdomainProblem(search.replace(/\.$/, '')) !== null) {
      causes.invalid(`${field}[${index}]`, `must be a DNS name in lower case, like "example.com", or "."; ${quoted(search)} is neither`);
    }
  });
}

function validateHostAlias(causes: Causes, field: string, { ip, hostnames }: HostAlias): void {
  if (ip === '') causes.required(`${field}.ip`, 'must be given: the address that the names shall mean');
  else validateAddress(causes, `${field}.ip`, ip);
  if (!causes.atMost(`${field}.hostnames`, hostnames.length, mostHostnames, 'names')) return;
  hostnames.forEach((name, index) => causes.problem(`${field}.hostnames[${index}]`, dnsSubdomainProblem(name)));
}

/** Without a zone: what comes after "%" means something on one machine only. */
function validateAddress(causes: Causes, field: string, address: string): void {
  if (isIP(address) !== 0 && !address.includes('%')) return;
  causes.invalid(field, `must be an IP address like "10.0.0.10" or "fd00::10"; ${quoted(address)} is none`);
}

/** It becomes a word of a line. */
function wordProblem(text: string): string | null {
  if (text.length > 255) return `must have at most 255 characters, not ${text.length}`;
  return /[\s\p{Cc}]/u.test(text) ? `must contain no white space; ${quoted(text)} does` : null;
}
