import type { ContainerConfig, SandboxConfig } from '../runtime';

/**
 * Names of containers in the engine. They are made of an identity, so that making it twice is refused by the engine itself
 * (R2). No part of one has a "_" in it: pods, namespaces and containers are DNS names.
 */
export function containerName({ identity, podName, namespace }: Pick<ContainerConfig, 'identity' | 'podName' | 'namespace'>): string {
  return ['podql', identity.containerName, podName, namespace, identity.podUid, identity.attempt].join('_');
}

const sandboxMark = 'POD';

export function sandboxName({ podUid, podName, namespace }: Pick<SandboxConfig, 'podUid' | 'podName' | 'namespace'>, attempt: number): string {
  return ['podql', sandboxMark, podName, namespace, podUid, attempt].join('_');
}

/** Of a sandbox that was made before its pod: its name is all that says whose it is. Null: nobody's yet. */
export function podOfSandbox(name: string): { readonly podUid: string; readonly podName: string; readonly namespace: string } | null {
  const [, mark, podName, namespace, podUid] = name.replace(/^\//, '').split('_');
  return mark === sandboxMark && podName && namespace && podUid ? { podUid, podName, namespace } : null;
}

/**
 * A name may be a stranger's. Then others are tried in a fixed order, so that two who make the same identity still meet
 * at one name.
 */
export function namesToTry(name: string): readonly string[] {
  return [name, ...[1, 2, 3, 4, 5].map((number) => `${name}_${number}`)];
}
