import type { Loose } from '../../api/loose';
import type { HostAlias, PodDNSConfig } from '../../api/pod';

/** A config that says nothing is none. */
export function dnsConfigWithDefaults(config: Loose<PodDNSConfig> | null | undefined): PodDNSConfig | null {
  const nameservers = config?.nameservers ?? [];
  const searches = config?.searches ?? [];
  const options = (config?.options ?? []).map(({ name, value }) => ({ name: name ?? '', value: value ?? null }));
  return nameservers.length + searches.length + options.length === 0 ? null : { nameservers, searches, options };
}

export function hostAliasWithDefaults(alias: Loose<HostAlias>): HostAlias {
  return { ip: alias.ip ?? '', hostnames: alias.hostnames ?? [] };
}
