import { quoted } from '../../api/names';
import type { Capabilities, PodSecurityContext, SecurityContext } from '../../api/pod';
import type { Causes } from '../causes';
import { greatestInt } from '../causes';

const mostCapabilities = 100;
const mostGroups = 100;

export function validateSecurityContext(causes: Causes, field: string, context: SecurityContext | null): void {
  if (!context) return;
  validateIds(causes, field, { runAsUser: context.runAsUser, runAsGroup: context.runAsGroup });
  validateCapabilities(causes, `${field}.capabilities`, context.capabilities);
  if (context.allowPrivilegeEscalation !== false) return;
  if (context.privileged) {
    causes.invalid(`${field}.allowPrivilegeEscalation`, 'must not be false for a container that is privileged: it has every power already');
  }
  if (context.capabilities.add.some((name) => bare(name) === 'SYS_ADMIN')) {
    causes.invalid(`${field}.allowPrivilegeEscalation`, 'must not be false for a container that gets the capability SYS_ADMIN: it can take every power');
  }
}

export function validatePodSecurityContext(causes: Causes, field: string, context: PodSecurityContext | null): void {
  if (!context) return;
  const { runAsUser, runAsGroup, fsGroup, supplementalGroups } = context;
  validateIds(causes, field, { runAsUser, runAsGroup, fsGroup });
  if (!causes.atMost(`${field}.supplementalGroups`, supplementalGroups.length, mostGroups, 'groups')) return;
  supplementalGroups.forEach((group, index) => validateId(causes, `${field}.supplementalGroups[${index}]`, group));
}

function validateIds(causes: Causes, field: string, ids: Readonly<Record<string, number | null>>): void {
  for (const [name, id] of Object.entries(ids)) if (id !== null) validateId(causes, `${field}.${name}`, id);
}

/** Users and groups of Linux, as far as Kubernetes lets them be chosen. */
function validateId(causes: Causes, field: string, id: number): void {
  causes.wholeNumber(field, id, { min: 0, max: greatestInt });
}

/** Which ones there are is a matter of the node's kernel. */
function validateCapabilities(causes: Causes, field: string, capabilities: Capabilities): void {
  for (const list of ['add', 'drop'] as const) {
    const names = capabilities[list];
    if (!causes.atMost(`${field}.${list}`, names.length, mostCapabilities, 'capabilities')) continue;
    names.forEach((name, index) => {
      if (/^[A-Za-z][A-Za-z0-9_]{0,62}$/.test(name)) return;
      causes.invalid(`${field}.${list}[${index}]`, `must be the name of a capability, like "NET_ADMIN" or "ALL"; ${quoted(name)} is none`);
    });
  }
}

function bare(capability: string): string {
  return capability.toUpperCase().replace(/^CAP_/, '');
}
