import type { DocumentNode, ExecutionArgs, ExecutionResult, GraphQLFormattedError, GraphQLSchema, OperationTypeNode } from 'graphql';
import { GraphQLError, createSourceEventStream, execute } from 'graphql';
import { linkAbort } from '../base/abort';
import type { Clock } from '../base/clock';
import type { Logger } from '../base/logger';
import { ApiError } from '../errors/api-error';
import type { OperationFacts } from '../errors/graphql';
import type { Staleness } from '../registry/types';
import type { Caller } from '../resolvers/authorisation';
import type { Call, RawOperation } from './call';
import { EventStream } from './event-stream';
import { FairTurns } from './fair-turns';
import type { ServerMetrics } from './metrics';

/** What resolvers and errors/graphql.ts put in; server.ts joins them. The same for each transport. */
export interface Pipeline {
  readonly schema: GraphQLSchema;
  /** Parses, validates, applies all limits. Errors are complete: they need masking, nothing else. */
  prepare(operation: RawOperation, caller: Caller): PreparedOperation | readonly GraphQLError[];
  /** A context for one execution; a subscription takes a new one for each event. */
  contextFor(call: Call): object;
  /** Of a mutation that failed and has no data: which of its fields took effect all the same. */
  appliedFields(mutation: PreparedOperation, errors: readonly GraphQLError[]): readonly string[];
  /** Codes, masking, the log line of a fault. */
  format(error: GraphQLError, call: Call, about: OperationFacts): GraphQLFormattedError;
  /** See registry/cache/freshness.ts. */
  staleness(): Staleness;
}

export type OperationKind = `${OperationTypeNode}`;

export interface PreparedOperation {
  readonly document: DocumentNode;
  readonly type: OperationKind;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A result whose errors are formatted and masked: safe to send. */
export interface SafeResult {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLFormattedError[];
  /** `stale`: the store was away, and something in here may be older than what it holds. */
  readonly extensions?: { readonly stale: { readonly since: string | null } };
}

export interface ExecutorOptions {
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  readonly requestMilliseconds: number;
}

/** Runs operations: the one way in, for HTTP, WebSocket and callers in this process. */
export class Executor {
  private readonly closing = new AbortController();
  private readonly turns: FairTurns;

  constructor(private readonly options: ExecutorOptions) {
    this.turns = new FairTurns(options.clock);
  }

  /** Ends what is under way and refuses what comes. */
  close(): void {
    this.closing.abort();
  }

  get schema(): GraphQLSchema {
    return this.options.pipeline.schema;
  }

  prepare(operation: RawOperation, caller: Caller): PreparedOperation | readonly GraphQLError[] {
    return this.options.pipeline.prepare(operation, caller);
  }

  /** A query or a mutation. Never rejects. When the time is over the answer says so and the call's signal aborts. */
  async run(prepared: PreparedOperation, call: Call): Promise<SafeResult> {
    const { clock, requestMilliseconds } = this.options;
    if (this.closing.signal.aborted) return { errors: this.format([closed()], call, { operation: prepared.type }) };
    const started = clock.monotonic();
    const link = linkAbort(call.signal, this.closing.signal);
    const bounded = { ...call, signal: link.signal };
    const timer = clock.after(requestMilliseconds, link.end);
    let onEndedEarly = (): void => undefined;
    const ended = new Promise<ExecutionResult>((resolve) => {
      onEndedEarly = () => resolve({ errors: [endedEarly(prepared, call, requestMilliseconds)] });
    });
    link.signal.addEventListener('abort', onEndedEarly, { once: true });
    try {
      const result = await Promise.race([this.execute(prepared, bounded, undefined), ended]);
      const safe = this.safe(result, call, prepared);
      this.account(prepared, call, safe, clock.monotonic() - started);
      return safe;
    } finally {
      timer.cancel();
      // The signal aborts for what may still be under way; the answer is there.
      link.signal.removeEventListener('abort', onEndedEarly);
      link.end();
    }
  }

  /** A single result if the subscription could not be set up. Iteration rejects with a GraphQLError that needs `format`. */
  async subscribe(prepared: PreparedOperation, call: Call): Promise<EventStream<SafeResult> | SafeResult> {
    if (this.closing.signal.aborted) return { errors: this.format([closed()], call, { operation: prepared.type }) };
    const link = linkAbort(call.signal, this.closing.signal);
    const bounded = { ...call, signal: link.signal };
    let source: AsyncIterable<unknown> | ExecutionResult;
    try {
      source = await createSourceEventStream(this.argumentsOf(prepared, bounded, undefined));
    } catch (error) {
      source = { errors: [asGraphQLError(error)] };
    }
    if (!(Symbol.asyncIterator in source)) {
      link.end();
      const safe = this.safe(source, call, prepared);
      this.account(prepared, call, safe, 0);
      return safe;
    }
    const gauge = this.options.metrics.subscriptions;
    gauge.inc({ transport: call.transport });
    return new EventStream<SafeResult>({
      source: source[Symbol.asyncIterator](),
      map: async (event) => {
        while (this.turns.isOver) await this.turns.next();
        return this.safe(await this.execute(prepared, bounded, event), call, prepared);
      },
      signal: link.signal,
      toError: asGraphQLError,
      onEnd: () => {
        link.end();
        gauge.dec({ transport: call.transport });
      },
    });
  }

  /** `about` has no operation while it is not known what was meant. */
  format(errors: readonly GraphQLError[], call: Call, about: OperationFacts = {}): readonly GraphQLFormattedError[] {
    return errors.map((error) => this.options.pipeline.format(error, call, about));
  }

  private async execute(prepared: PreparedOperation, call: Call, rootValue: unknown): Promise<ExecutionResult> {
    const { pipeline } = this.options;
    const before = pipeline.staleness();
    try {
      const result = await execute(this.argumentsOf(prepared, call, rootValue));
      const { reads, since } = pipeline.staleness();
      // Counted for all requests together: one too many may be marked, none too few.
      return reads === before.reads ? result : { ...result, extensions: { ...result.extensions, stale: { since: since ?? before.since } } };
    } catch (error) {
      return { errors: [asGraphQLError(error)] };
    }
  }

  private argumentsOf(prepared: PreparedOperation, call: Call, rootValue: unknown): ExecutionArgs {
    return {
      schema: this.options.pipeline.schema,
      document: prepared.document,
      operationName: prepared.operationName,
      variableValues: prepared.variables,
      contextValue: this.options.pipeline.contextFor(call),
      rootValue,
    };
  }

  private safe(result: ExecutionResult, call: Call, prepared: PreparedOperation): SafeResult {
    const { errors, data } = result;
    const extensions = result.extensions as SafeResult['extensions'];
    const known = { ...(data !== undefined && { data }), ...(extensions && { extensions }) };
    if (!errors || errors.length === 0) return known;
    const { type: operation } = prepared;
    const applied = operation === 'mutation' && data === null ? this.options.pipeline.appliedFields(prepared, errors) : [];
    return { ...known, errors: this.format(errors, call, { operation, applied }) };
  }

  private account(prepared: PreparedOperation, call: Call, result: SafeResult, milliseconds: number): void {
    const code = codeOf(result);
    this.options.metrics.operationDone({ transport: call.transport, operation: prepared.type, code, milliseconds });
    // What people change is worth a line; what they read and what kubelets report is not.
    const isNews = prepared.type === 'mutation' && !call.caller.roles.includes('NODE');
    this.options.logger[isNews ? 'info' : 'debug'](`${prepared.type} ${prepared.operationName ?? ''}`.trim(), {
      code,
      caller: call.caller.name,
      transport: call.transport,
      milliseconds: Math.round(milliseconds * 10) / 10,
      requestId: call.requestId,
    });
  }
}

function codeOf(result: SafeResult): string {
  const code = result.errors?.[0]?.extensions?.code;
  if (typeof code === 'string') return code;
  return result.errors ? 'INTERNAL_SERVER_ERROR' : 'OK';
}

function closed(): GraphQLError {
  return asGraphQLError(new ApiError('SERVICE_UNAVAILABLE', 'the server has stopped; nothing was done', { outcome: 'notApplied' }));
}

/** Of a mutation it is not known whether it happened: resolvers cannot be stopped half-way. */
function endedEarly(prepared: PreparedOperation, call: Call, milliseconds: number): GraphQLError {
  const what = call.signal.aborted ? 'the client went away' : `there was no answer within ${milliseconds / 1000} s`;
  const error =
    prepared.type === 'mutation'
      ? new ApiError('TIMEOUT', `${what}; it is not known whether the change was made: read before you try again`, { outcome: 'unknown' })
      : new ApiError('SERVER_TIMEOUT', `${what}; ask for less at a time, or again later`);
  return asGraphQLError(error);
}

export function asGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const original = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(original.message, { originalError: original });
}
