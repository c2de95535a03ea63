import type { GraphQLFormattedError } from 'graphql';
import { createSourceEventStream, execute, type GraphQLError } from 'graphql';
import type { LogFields, Logger } from '../../../src/base/logger';
import { readVersion } from '../../../src/base/version';
import { presentError } from '../../../src/errors/graphql';
import { LogRequests } from '../../../src/registry/pod/log-requests';
import type { Registries } from '../../../src/registry/types';
import type { Caller, Role } from '../../../src/resolvers/authorisation';
import type { RequestContext } from '../../../src/resolvers/context';
import { createContext } from '../../../src/resolvers/context';
import { prepareOperation } from '../../../src/resolvers/prepare-operation';
import { createSchema } from '../../../src/resolvers/schema';
import { systemIdentity } from '../../../src/base/identity';
import type { HarnessOptions, RegistriesHarness } from '../../support/registries';
import { openRegistries } from '../../support/registries';

export const schema = createSchema();

export interface Reply<Data> {
  readonly data: Data;
  readonly errors?: readonly GraphQLFormattedError[];
}

export function caller(role: Role, nodeName: string | null = null): Caller {
  return { name: `a ${role}`, roles: [role], nodeName };
}
export const admin = caller('ADMIN');

export interface ApiOptions extends HarnessOptions {
  /** What resolvers see instead of the real registries. */
  readonly disguise?: (registries: Registries) => Registries;
}

/** The resolvers over real registries (memory store, fake clock), called as a transport does: prepared, executed, errors presented. */
export class ApiHarness {
  readonly batches: number[] = [];
  readonly logged: { message: string; fields: LogFields }[] = [];
  readonly logRequests: LogRequests;
  private readonly seen: Registries;
  private requests = 0;

  constructor(
    private readonly harness: RegistriesHarness,
    options: ApiOptions,
  ) {
    this.logRequests = new LogRequests({ clock: harness.clock, identity: systemIdentity });
    this.seen = options.disguise?.(harness.registries) ?? harness.registries;
  }

  get registries(): Registries {
    return this.harness.registries;
  }

  get clock() {
    return this.harness.clock;
  }

  get store() {
    return this.harness.store;
  }

  context(who: Caller | null = admin, signal: AbortSignal = new AbortController().signal): RequestContext {
    this.requests += 1;
    return createContext(
      {
        registries: this.seen,
        logRequests: this.logRequests,
        clock: this.clock,
        version: readVersion(),
        hooks: { onPodListerBatch: (controllers) => this.batches.push(controllers) },
      },
      { caller: who, signal, requestId: `request-${this.requests}` },
    );
  }

  async run<Data = Record<string, never>>(source: string, variables: object = {}, who: Caller | null = admin): Promise<Reply<Data>> {
    const prepared = prepareOperation({ schema, source, variables, caller: who });
    const facts = (operation?: 'query' | 'mutation' | 'subscription') => ({ requestId: `request-${this.requests}`, operation, logger: this.logger });
    if (!('document' in prepared)) return { data: null as Data, errors: prepared.map((error) => presentError(error, facts())) };
    const result = await execute({ schema, document: prepared.document, variableValues: prepared.variables, contextValue: this.context(who) });
    const errors = result.errors?.map((error) => presentError(error, facts(prepared.type)));
    // As on the wire: plain objects, nothing but JSON.
    return JSON.parse(JSON.stringify({ data: result.data ?? null, errors })) as Reply<Data>;
  }

  /** The data, or a failed test that shows the errors. */
  async ask<Data = Record<string, never>>(source: string, variables: object = {}, who: Caller | null = admin): Promise<Data> {
    const reply = await this.run<Data>(source, variables, who);
    if (reply.errors) throw new Error(`unexpected errors: ${JSON.stringify(reply.errors, null, 2)}`);
    return reply.data;
  }

  /** The one error of a request that must fail. */
  async refused(source: string, variables: object = {}, who: Caller | null = admin): Promise<GraphQLFormattedError & { extensions: Record<string, unknown> }> {
    const reply = await this.run(source, variables, who);
    if (reply.errors?.length !== 1) throw new Error(`expected one error: ${JSON.stringify(reply, null, 2)}`);
    const [error] = reply.errors;
    if (!error?.extensions) throw new Error('an error without extensions');
    return { ...error, extensions: error.extensions };
  }

  /** Results of a subscription; an error that kept it from starting is its only result. */
  async *subscribe<Item>(source: string, variables: object = {}, options: { caller?: Caller | null; signal?: AbortSignal } = {}): AsyncGenerator<Reply<Record<string, Item>>> {
    const who = options.caller === undefined ? admin : options.caller;
    const prepared = prepareOperation({ schema, source, variables, caller: who });
    const present = (errors: readonly GraphQLError[]) =>
      errors.map((error) => presentError(error, { requestId: 'subscription', operation: 'subscription', logger: this.logger }));
    if (!('document' in prepared)) {
      yield { data: {}, errors: present(prepared) };
      return;
    }
    const args = { schema, document: prepared.document, variableValues: prepared.variables };
    const contextValue = this.context(who, options.signal);
    const events = await createSourceEventStream({ ...args, contextValue });
    if (!(Symbol.asyncIterator in events)) {
      yield { data: {}, errors: present(events.errors ?? []) };
      return;
    }
    for await (const rootValue of events) {
      const result = await execute({ ...args, rootValue, contextValue });
      yield JSON.parse(JSON.stringify({ data: result.data ?? null, errors: result.errors && present(result.errors) })) as Reply<Record<string, Item>>;
    }
  }

  close(): Promise<void> {
    return this.harness.close();
  }

  private get logger(): Logger {
    const write = (message: string, fields: LogFields = {}): void => void this.logged.push({ message, fields });
    const logger: Logger = { debug: () => undefined, info: write, warn: write, error: write, child: () => logger };
    return logger;
  }
}

export async function openApi(options: ApiOptions = {}): Promise<ApiHarness> {
  return new ApiHarness(await openRegistries(options), options);
}
