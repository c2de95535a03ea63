import { ApiError } from '../../src/errors/api-error';
import { linkAbort } from '../../src/base/abort';
import { silentLogger } from '../../src/base/logger';
import { readVersion } from '../../src/base/version';
import type { CallLimits, ControlPlaneClient, Operation } from '../../src/client/client';
import { createInProcessClient } from '../../src/client/in-process';
import { LogRequests } from '../../src/registry/pod/log-requests';
import type { Caller } from '../../src/resolvers/authorisation';
import { createSchema } from '../../src/resolvers/schema';
import { Executor } from '../../src/server/executor';
import { inProcessExecutor } from '../../src/server/in-process-executor';
import { ServerMetrics } from '../../src/server/metrics';
import { createPipeline } from '../../src/server/pipeline';
import { FakeClock } from './fake-clock';
import { steadyIdentity } from './kubelet-harness';
import type { RegistriesHarness } from './registries';
import { FakeIdentity, openRegistries } from './registries';

/** Registries, schema and pipeline of a server in this process, without controllers and without a network. */
export interface LocalControlPlane extends RegistriesHarness {
  readonly executor: Executor;
  readonly logRequests: LogRequests;
  clientFor(caller: Caller): ControlPlaneClient;
}

export async function openControlPlane(options: { readonly clock?: FakeClock; readonly windowEvents?: number } = {}): Promise<LocalControlPlane> {
  const { clock = new FakeClock(), windowEvents } = options;
  const harness = await openRegistries({ clock, windowEvents });
  const identity = new FakeIdentity();
  const version = readVersion();
  const logRequests = new LogRequests({ clock, identity });
  const services = { registries: harness.registries, logRequests, clock, logger: silentLogger, version };
  const executor = new Executor({
    pipeline: createPipeline({ schema: createSchema(), services, logger: silentLogger }),
    clock,
    logger: silentLogger,
    metrics: new ServerMetrics(version, { processMetrics: false }),
    requestMilliseconds: 10_000,
  });
  return {
    ...harness,
    executor,
    logRequests,
    clientFor: (caller) => createInProcessClient(inProcessExecutor(executor, caller, identity), { clock, identity: steadyIdentity }),
  };
}

/** A line that can be cut: streams break, calls are refused. */
export class CuttableClient implements ControlPlaneClient {
  private line = new AbortController();

  constructor(private readonly client: ControlPlaneClient) {}

  cut(): void {
    this.line.abort();
  }

  mend(): void {
    this.line = new AbortController();
  }

  query<Data, Variables extends object>(operation: Operation<Data, Variables>, variables: Variables): Promise<Data> {
    return this.line.signal.aborted ? Promise.reject(cutOff()) : this.client.query(operation, variables);
  }

  mutate<Data, Variables extends object>(operation: Operation<Data, Variables>, variables: Variables, limits?: CallLimits): Promise<Data> {
    return this.line.signal.aborted ? Promise.reject(cutOff()) : this.client.mutate(operation, variables, limits);
  }

  async *subscribe<Data, Variables extends object>(operation: Operation<Data, Variables>, variables: Variables, signal: AbortSignal): AsyncGenerator<Data> {
    const line = this.line.signal;
    if (!line.aborted) {
      const link = linkAbort(signal, line);
      try {
        yield* this.client.subscribe(operation, variables, link.signal);
      } finally {
        link.end();
      }
    }
    if (line.aborted) throw cutOff();
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

function cutOff(): ApiError {
  return new ApiError('SERVICE_UNAVAILABLE', 'the line is cut', { outcome: 'notApplied' });
}
