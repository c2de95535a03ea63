import type { Caller } from '../resolvers/authorisation';
import type { Tokens } from './tokens';

/** What a refusal says; it becomes UNAUTHENTICATED. */
export interface Refusal {
  readonly refused: string;
}

/** Who is it? With no token file this server listens on loopback only, and whoever reaches it is its user. */
export class Access {
  constructor(private readonly tokens: Tokens | null) {}

  get mode(): 'local' | 'tokens' {
    return this.tokens ? 'tokens' : 'local';
  }

  /** `authorization` as it stands in the header, or in a socket's connectionParams. */
  identify(authorization: string | undefined): Caller | Refusal {
    if (!this.tokens) return localAdmin;
    if (authorization === undefined || authorization.trim() === '') {
      return { refused: 'This server wants a token: send the header "Authorization: Bearer TOKEN".' };
    }
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization.trim()) ?? [];
    if (token === undefined) return { refused: 'The Authorization header must have the form "Bearer TOKEN".' };
    return this.tokens.find(token) ?? { refused: 'This token is not known here.' };
  }
}

/** Whoever reaches a server without tokens; also what runs in its own process on a person's behalf. */
export const localAdmin: Caller = Object.freeze({ name: 'local', roles: Object.freeze(['ADMIN'] as const), nodeName: null });

/** The kubelet that runs in the server's own process. */
export function nodeCaller(nodeName: string): Caller {
  return { name: `node:${nodeName}`, roles: ['NODE'], nodeName };
}
