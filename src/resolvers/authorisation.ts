import type { AuthCheckerFn } from 'type-graphql';
import { ApiError } from '../errors/api-error';
import type { RequestContext } from './context';

export const roles = ['ADMIN', 'EDIT', 'VIEW', 'NODE'] as const;
/** ADMIN ⊃ EDIT ⊃ VIEW. NODE is what a kubelet needs: it reads and writes what is its own node's. */
export type Role = (typeof roles)[number];

/** Who asks: what the token says, or the server itself for what runs in its own process. */
export interface Caller {
  /** For messages and the log. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** The node that a NODE caller acts for; null: it may act for none. */
  readonly nodeName: string | null;
}

/** Role → the roles that a holder has with it. */
const implied: Readonly<Record<Role, readonly Role[]>> = {
  ADMIN: ['ADMIN', 'EDIT', 'VIEW', 'NODE'],
  EDIT: ['EDIT', 'VIEW'],
  VIEW: ['VIEW'],
  NODE: ['NODE'],
};

export function hasRole(caller: Caller, role: Role): boolean {
  return caller.roles.some((held) => implied[held].includes(role));
}

/** Passes if the caller has one of the roles. Throws UNAUTHENTICATED without a caller, FORBIDDEN with one that lacks them. */
export function requireRole(caller: Caller | null, allowed: readonly Role[], what: string): Caller {
  if (!caller) {
    throw new ApiError('UNAUTHENTICATED', `${what} needs a token: send "Authorization: Bearer TOKEN" with one from the server's token file.`, {
      outcome: 'notApplied',
    });
  }
  if (allowed.some((role) => hasRole(caller, role))) return caller;
  const needed = allowed.length === 1 ? `the role ${allowed[0]}` : `one of the roles ${allowed.join(', ')}`;
  const held = caller.roles.length === 0 ? 'no role' : caller.roles.join(', ');
  throw new ApiError('FORBIDDEN', `${what} needs ${needed}; ${caller.name} has ${held}.`, { outcome: 'notApplied' });
}

/** A kubelet writes for its own node only; ADMIN for any. */
export function requireNode(caller: Caller | null, nodeName: string, what: string): void {
  const known = requireRole(caller, ['NODE'], what);
  if (hasRole(known, 'ADMIN') || known.nodeName === nodeName) return;
  const bound = known.nodeName === null ? 'no node' : `node ${known.nodeName}`;
  throw new ApiError('FORBIDDEN', `${what} is not allowed for node ${nodeName}: ${known.name} acts for ${bound} only.`, {
    outcome: 'notApplied',
  });
}

/**
 * Who may VIEW sees everything. A caller that is only a kubelet sees its own node and the pods there: a machine that fell into
 * wrong hands must not tell what runs on the others. `nodeName`: the node that is asked about; null: none, or all.
 */
export function requireSight(caller: Caller | null, nodeName: string | null, what: string): void {
  const known = requireRole(caller, ['VIEW', 'NODE'], what);
  if (hasSight(known, nodeName)) return;
  const bound = known.nodeName === null ? 'no node' : `node ${known.nodeName}`;
  const about = nodeName === null ? 'beyond one node' : `for node ${nodeName}`;
  throw new ApiError('FORBIDDEN', `${what} needs the role VIEW ${about}: ${known.name} sees ${bound} only.`, { outcome: 'notApplied' });
}

export function hasSight(caller: Caller, nodeName: string | null): boolean {
  return hasRole(caller, 'VIEW') || (nodeName !== null && caller.nodeName === nodeName);
}

/** Behind every @Authorized: on each root field, and on fields that lead out of what is a node's own, for queries, mutations and each event of a subscription. */
export const checkAuthorisation: AuthCheckerFn<RequestContext, Role> = ({ context, info }, allowed) => {
  requireRole(context.caller, allowed, info.fieldName);
  return true;
};
