import { GraphQLError, buildSchema, getOperationAST, parse, validate } from 'graphql';
import { systemClock, type Clock } from '../../src/base/clock';
import { systemIdentity } from '../../src/base/identity';
import { silentLogger, type Logger } from '../../src/base/logger';
import { readVersion } from '../../src/base/version';
import { ApiError } from '../../src/errors/api-error';
import type { ErrorCode } from '../../src/errors/codes';
import { presentError } from '../../src/errors/graphql';
import { appliedFields } from '../../src/resolvers/applied-fields';
import type { Caller } from '../../src/resolvers/authorisation';
import { Access } from '../../src/server/access';
import { startApiServer, type ApiServer } from '../../src/server/api-server';
import type { Call, RawOperation } from '../../src/server/call';
import { Executor, type Pipeline, type PreparedOperation } from '../../src/server/executor';
import { inProcessExecutor } from '../../src/server/in-process-executor';
import { parseListenAddress } from '../../src/server/listen-address';
import { ServerMetrics } from '../../src/server/metrics';
import { defaultLimits, type ServerLimits } from '../../src/server/options';
import { parseTokens } from '../../src/server/tokens';
import type { InProcessExecutor } from '../../src/client/in-process';

const schema = buildSchema(`
  type Query {
    hello: String!
    caller: String!
    echo(text: String!): String!
    number(value: Int!): Int!
    refuse(code: String!, retryAfterSeconds: Float): String!
    boom: String!
    never: String!
    flaky(failures: Int!): Int!
  }
  type Mutation {
    record(text: String!): Int!
    flakyRecord(failures: Int!): Int!
    never: String!
  }
  type Subscription {
    count(to: Int!): Int!
    failAfter(to: Int!, code: String!): Int!
    silent: Int!
    flood(bytes: Int!): String!
    refused: Int!
  }
`);

/** The server's network half over a small schema, with what tests need to look at. */
export class ToyApi {
  readonly records: string[] = [];
  /** Requests that a flaky field has seen. */
  attempts = 0;
  /** Sources that were opened and have not ended. */
  openSources = 0;
  /** Called whenever openSources or waiting changes. */
  private readonly watchers = new Set<() => void>();
  /** Fields `never` under way whose signal has not aborted. */
  waiting = 0;
  /** Pieces that `flood` has handed out. */
  flooded = 0;

  readonly executor: Executor;
  readonly metrics = new ServerMetrics(readVersion(), { processMetrics: false });
  readonly logged: { level: string; message: string; fields: Record<string, unknown> }[] = [];
  private server: ApiServer | undefined;

  constructor(
    private readonly options: { readonly tokens?: string; readonly limits?: Partial<ServerLimits>; readonly clock?: Clock; readonly allowOrigins?: readonly string[] } = {},
  ) {
    this.executor = new Executor({
      pipeline: this.pipeline(),
      clock: this.clock,
      logger: this.logger,
      metrics: this.metrics,
      requestMilliseconds: this.limits.requestMilliseconds,
    });
  }

  get clock(): Clock {
    return this.options.clock ?? systemClock;
  }

  get limits(): ServerLimits {
    return { ...defaultLimits, ...this.options.limits };
  }

  get url(): string {
    if (!this.server) throw new Error('not started');
    return this.server.url;
  }

  async start(options: { listen?: string; open?: boolean; notReadyBecause?: () => string | null } = {}): Promise<ApiServer> {
    this.server = await startApiServer({
      executor: this.executor,
      access: new Access(this.options.tokens === undefined ? null : parseTokens(this.options.tokens, 'tokens.yaml')),
      clock: this.clock,
      identity: systemIdentity,
      logger: this.logger,
      metrics: this.metrics,
      limits: this.limits,
      listen: parseListenAddress(options.listen ?? '127.0.0.1:0'),
      allowOrigins: this.options.allowOrigins ?? [],
      checks: [{ name: 'toy', problem: options.notReadyBecause ?? (() => null) }],
    });
    if (options.open !== false) this.server.open();
    return this.server;
  }

  async close(): Promise<void> {
    await this.server?.close();
  }

  inProcess(caller: Caller): InProcessExecutor {
    return inProcessExecutor(this.executor, caller, systemIdentity);
  }

  /** Resolves when the condition holds; looked at whenever something in this API changes. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
    });
  }

  private changed(): void {
    for (const look of this.watchers) look();
  }

  private get logger(): Logger {
    const keep =
      (level: string) =>
      (message: string, fields: Record<string, unknown> = {}): void =>
        void this.logged.push({ level, message, fields });
    return { ...silentLogger, info: keep('info'), warn: keep('warn'), error: keep('error'), child: () => this.logger };
  }

  private pipeline(): Pipeline {
    return {
      schema: this.schemaWithResolvers(),
      prepare,
      contextFor: (call) => call,
      staleness: () => ({ reads: 0, since: null }),
      appliedFields: (mutation, errors) => appliedFields(schema, mutation, errors),
      format: (error, { requestId }, about) => presentError(error, { requestId, ...about, logger: this.logger }),
    };
  }

  private schemaWithResolvers(): Pipeline['schema'] {
    const { Query, Mutation, Subscription } = {
      Query: schema.getQueryType()!.getFields(),
      Mutation: schema.getMutationType()!.getFields(),
      Subscription: schema.getSubscriptionType()!.getFields(),
    };
    const never = (_: unknown, __: unknown, call: Call): Promise<string> =>
      new Promise((resolve) => {
        this.waiting += 1;
        this.changed();
        call.signal.addEventListener('abort', () => {
          this.waiting -= 1;
          this.changed();
          resolve('ended');
        });
      });
    const flaky = (_: unknown, { failures }: { failures: number }): number => {
      this.attempts += 1;
      if (this.attempts <= failures) throw new ApiError('SERVICE_UNAVAILABLE', 'not now', { outcome: 'notApplied' });
      return this.attempts;
    };
    Query.hello!.resolve = () => 'hello';
    Query.caller!.resolve = (_, __, call: Call) => call.caller.name;
    Query.echo!.resolve = (_, { text }) => text;
    Query.number!.resolve = (_, { value }) => value;
    Query.refuse!.resolve = (_, { code, retryAfterSeconds }: { code: ErrorCode; retryAfterSeconds?: number }) => {
      throw new ApiError(code, `refused with ${code}`, { retryAfterSeconds, details: { kind: 'Toy', name: 'bear' } });
    };
    Query.boom!.resolve = () => {
      throw new Error('the password is swordfish');
    };
    Query.never!.resolve = never;
    Query.flaky!.resolve = flaky;
    Mutation.record!.resolve = (_, { text }: { text: string }) => this.records.push(text);
    Mutation.flakyRecord!.resolve = flaky;
    Mutation.never!.resolve = never;
    type Args = { to: number; code: ErrorCode; bytes: number };
    const source = (body: (call: Call, args: Args) => AsyncGenerator<unknown>) => {
      const open = this.opened.bind(this);
      return (_: unknown, args: Args, call: Call) => open(body(call, args));
    };
    const value = (event: unknown): unknown => event;
    const streams: Record<string, (call: Call, args: Args) => AsyncGenerator<unknown>> = {
      count: async function* (_call, { to }) {
        for (let n = 1; n <= to; n += 1) yield n;
      },
      failAfter: async function* (_call, { to, code }) {
        for (let n = 1; n <= to; n += 1) yield n;
        throw new ApiError(code, `failed after ${to}`);
      },
      silent: async function* (call) {
        await aborted(call.signal);
      },
      flood: this.flood.bind(this),
    };
    for (const [name, body] of Object.entries(streams)) {
      Subscription[name]!.subscribe = source(body);
      Subscription[name]!.resolve = value;
    }
    Subscription.refused!.subscribe = () => {
      throw new ApiError('FORBIDDEN', 'not for you');
    };
    return schema;
  }

  private async *flood(call: Call, { bytes }: { bytes: number }): AsyncGenerator<string> {
    const piece = 'x'.repeat(bytes);
    while (!call.signal.aborted) {
      this.flooded += 1;
      yield piece;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private async *opened(inner: AsyncGenerator<unknown>): AsyncGenerator<unknown> {
    this.openSources += 1;
    this.changed();
    try {
      yield* inner;
    } finally {
      this.openSources -= 1;
      this.changed();
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function prepare({ query, operationName, variables }: RawOperation): PreparedOperation | readonly GraphQLError[] {
  try {
    const document = parse(String(query));
    const errors = validate(schema, document);
    if (errors.length > 0) return errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
    const name = typeof operationName === 'string' ? operationName : null;
    const operation = getOperationAST(document, name);
    if (!operation) return [withCode(new GraphQLError('no such operation'), 'OPERATION_RESOLUTION_FAILURE')];
    return { document, type: operation.operation, operationName: name, variables: (variables ?? {}) as Record<string, unknown> };
  } catch (error) {
    return [withCode(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')];
  }
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(error.message, { nodes: error.nodes, extensions: { code } });
}
