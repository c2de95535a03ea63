import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { VersionRecord } from '../base/version';

export type TransportName = 'http' | 'websocket' | 'in-process';

/** What /metrics shows. One registry per server, so that several can run in one process. */
export class ServerMetrics {
  readonly registry = new Registry();
  private readonly operations: Histogram<'transport' | 'operation' | 'code'>;
  private readonly refusals: Counter<'reason'>;
  readonly sockets: Gauge;
  readonly subscriptions: Gauge<'transport'>;
  private readonly endedSockets: Counter<'reason'>;
  private readonly podListerBatches: Counter;

  constructor(version: VersionRecord, options: { readonly processMetrics: boolean }) {
    const registers = [this.registry];
    if (options.processMetrics) collectDefaultMetrics({ register: this.registry });
    new Gauge({ name: 'podql_build_info', help: 'Always 1; the labels say what runs.', labelNames: ['version', 'commit'], registers }).set(
      { version: version.version, commit: version.gitCommit },
      1,
    );
    this.operations = new Histogram({
      name: 'podql_graphql_operation_seconds',
      help: 'Time from the start of an operation to its result. code is OK or the code of the first error.',
      labelNames: ['transport', 'operation', 'code'],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    });
    this.refusals = new Counter({
      name: 'podql_http_refused_total',
      help: 'Requests refused before GraphQL saw them.',
      labelNames: ['reason'],
      registers,
    });
    this.sockets = new Gauge({ name: 'podql_websocket_connections', help: 'Open WebSockets.', registers });
    this.subscriptions = new Gauge({
      name: 'podql_subscriptions',
      help: 'Subscriptions under way.',
      labelNames: ['transport'],
      registers,
    });
    this.endedSockets = new Counter({
      name: 'podql_websocket_ended_total',
      help: 'WebSockets that the server ended, by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.podListerBatches = new Counter({
      name: 'podql_pod_lister_batches_total',
      help: 'Batches in which requests counted the pods of their controllers; at most one for each snapshot a request reads.',
      registers,
    });
  }

  podListerBatch(): void {
    this.podListerBatches.inc();
  }

  operationDone(operation: { transport: TransportName; operation: string; code: string; milliseconds: number }): void {
    const { transport, operation: type, code, milliseconds } = operation;
    this.operations.observe({ transport, operation: type, code }, milliseconds / 1000);
  }

  refused(reason: string): void {
    this.refusals.inc({ reason });
  }

  socketEnded(reason: string): void {
    this.endedSockets.inc({ reason });
  }
}
