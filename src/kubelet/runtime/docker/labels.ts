import type { ContainerConfig, ContainerIdentity, SandboxConfig } from '../runtime';

/** What a container of the engine is to us. Prepared: a sandbox that no pod had when it was made. Trial: it finds out what the engine can do. */
export type Role = 'container' | 'sandbox' | 'prepared' | 'trial';

export type Labels = Readonly<Record<string, string>>;

/** Every name that podql gives to a label. Public: people filter `docker ps` by them. */
export const labelNames = {
  /** The id of the runtime's folder: what is ours, and nothing else is (R11). */
  runtime: 'podql.runtime',
  node: 'podql.node',
  role: 'podql.role',
  podUid: 'podql.pod.uid',
  namespace: 'podql.pod.namespace',
  podName: 'podql.pod.name',
  container: 'podql.container.name',
  attempt: 'podql.container.attempt',
  init: 'podql.container.init',
  sandbox: 'podql.sandbox',
  image: 'podql.image',
  created: 'podql.created',
  notes: 'podql.notes',
  termination: 'podql.termination',
} as const;

export interface Owner {
  readonly runtimeId: string;
  readonly nodeName: string;
}

/** What all that is ours bears. */
export function ourLabels({ runtimeId }: Owner): Labels {
  return { [labelNames.runtime]: runtimeId };
}

export function ownerLabels({ runtimeId, nodeName }: Owner, role: Role): Labels {
  return { [labelNames.runtime]: runtimeId, [labelNames.node]: nodeName, [labelNames.role]: role };
}

export function sandboxLabels(owner: Owner, { podUid, namespace, podName }: Pick<SandboxConfig, 'podUid' | 'namespace' | 'podName'>): Labels {
  return {
    ...ownerLabels(owner, 'sandbox'),
    [labelNames.podUid]: podUid,
    [labelNames.namespace]: namespace,
    [labelNames.podName]: podName,
  };
}

export function containerLabels(owner: Owner, config: ContainerConfig, made: { readonly sandboxId: string; readonly createdAt: number }): Labels {
  const { identity, namespace, podName, container, notes } = config;
  return {
    ...ownerLabels(owner, 'container'),
    [labelNames.podUid]: identity.podUid,
    [labelNames.namespace]: namespace,
    [labelNames.podName]: podName,
    [labelNames.container]: identity.containerName,
    [labelNames.attempt]: String(identity.attempt),
    [labelNames.init]: String(identity.init),
    [labelNames.sandbox]: made.sandboxId,
    [labelNames.image]: container.image,
    [labelNames.created]: String(made.createdAt),
    [labelNames.notes]: JSON.stringify(notes),
    [labelNames.termination]: container.terminationMessagePolicy,
  };
}

/** Null when they are not of a container of ours, or somebody made them by hand. */
export function identityOf(labels: Labels): ContainerIdentity | null {
  const podUid = labels[labelNames.podUid];
  const containerName = labels[labelNames.container];
  const attempt = Number(labels[labelNames.attempt]);
  if (!podUid || !containerName || !Number.isSafeInteger(attempt)) return null;
  return { podUid, containerName, attempt, init: labels[labelNames.init] === 'true' };
}

export function notesOf(labels: Labels): Readonly<Record<string, string>> {
  try {
    const notes: unknown = JSON.parse(labels[labelNames.notes] ?? '{}');
    return typeof notes === 'object' && notes !== null ? Object.fromEntries(Object.entries(notes).map(([key, value]) => [key, String(value)])) : {};
  } catch {
    return {};
  }
}
