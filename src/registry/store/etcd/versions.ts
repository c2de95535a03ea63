/** An etcd release, as far as its faults go by it. */
export interface EtcdVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

export function parseVersion(text: string): EtcdVersion | null {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)/.exec(text);
  return parts ? { major: Number(parts[1]), minor: Number(parts[2]), patch: Number(parts[3]) } : null;
}

function isAtLeast({ major, minor, patch }: EtcdVersion, patches: Readonly<Record<string, number>>): boolean {
  if (major !== 3) return major > 3;
  const wanted = patches[`3.${minor}`];
  return wanted === undefined ? minor > 5 : patch >= wanted;
}

/** Before these an answer to a progress request may come before the events that it covers (etcd#15220). */
export function answersProgressInOrder(version: EtcdVersion): boolean {
  return isAtLeast(version, { '3.4': 25, '3.5': 8 });
}

/** What can go wrong with this version although podql does everything right; one sentence each. */
export function knownFaults(version: EtcdVersion): string[] {
  const faults: string[] = [];
  if (version.major < 3 || (version.major === 3 && version.minor < 4)) return ['etcd before 3.4 is not supported'];
  if (!isAtLeast(version, { '3.4': 31, '3.5': 13 })) {
    faults.push('a watch that lags while etcd compacts may lose events (etcd#17529; mended in 3.4.31 and 3.5.13)');
  }
  if (!answersProgressInOrder(version)) {
    faults.push('progress of a watch cannot be asked for safely (etcd#15220; mended in 3.4.25 and 3.5.8): podql reads instead, which costs etcd more');
  }
  return faults;
}
