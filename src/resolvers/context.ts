import type { Clock } from '../base/clock';
import type { VersionRecord } from '../base/version';
import type { LogRequests } from '../registry/pod/log-requests';
import type { Registries } from '../registry/types';
import type { Caller } from './authorisation';
import type { LoaderHooks } from './loaders';
import { Loaders } from './loaders';

/** What resolvers need of the server; one for its whole life. */
export interface ResolverServices {
  readonly registries: Registries;
  readonly logRequests: LogRequests;
  readonly clock: Clock;
  readonly version: VersionRecord;
  readonly hooks?: LoaderHooks;
}

/** One request over HTTP, one operation over a WebSocket, one call from within the process. */
export interface RequestFacts {
  /** Null: no token, or none that is known. */
  readonly caller: Caller | null;
  /** Aborts when the client goes away or the operation's time is over. */
  readonly signal: AbortSignal;
  /** In the log and in every error of this request. */
  readonly requestId: string;
}

export interface RequestContext extends RequestFacts {
  readonly registries: Registries;
  readonly logRequests: LogRequests;
  readonly loaders: Loaders;
  readonly clock: Clock;
  readonly version: VersionRecord;
}

export function createContext(services: ResolverServices, facts: RequestFacts): RequestContext {
  const { registries, logRequests, clock, version, hooks } = services;
  const { caller, signal, requestId } = facts;
  return { caller, signal, requestId, registries, logRequests, clock, version, loaders: new Loaders(registries, clock, hooks) };
}
