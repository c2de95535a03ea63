import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import type { Access } from './access';
import { createApollo } from './apollo';
import type { Executor } from './executor';
import type { ReadinessCheck } from './health';
import { createHttp } from './http';
import type { ListenAddress } from './listen-address';
import { urlOf } from './listen-address';
import type { ServerMetrics } from './metrics';
import type { ServerLimits } from './options';
import { StartError } from './start-error';
import { WebSocketApi } from './websocket';

export interface ApiServerOptions {
  readonly executor: Executor;
  readonly access: Access;
  /** For sockets and requests: real time even where the cluster's time is a test's. */
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  readonly limits: ServerLimits;
  readonly listen: ListenAddress;
  /** Of other sites, whose pages may use the API. */
  readonly allowOrigins: readonly string[];
  /** What must be well, beside the server itself, before it says it is ready. */
  readonly checks: readonly ReadinessCheck[];
}

export interface ApiServer {
  /** http://HOST:PORT, with the port it really has. */
  readonly url: string;
  readonly port: number;
  /** From now on operations are served; before, they are answered with SERVICE_UNAVAILABLE. */
  open(): void;
  /** Not ready any more, new operations refused, sockets told to come back, those under way awaited (bounded). */
  drain(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

type Phase = 'starting' | 'open' | 'draining' | 'closed';

/** The network half of the server: HTTP and WebSocket on one port. Listens when the promise resolves. StartError if it cannot. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { executor, logger, listen, allowOrigins, limits, clock } = options;
  let phase: Phase = 'starting';
  const closedBecause = (): string | null => (phase === 'open' ? null : reasons[phase]);
  const apollo = createApollo(executor, logger);
  await apollo.start();
  const shared = { ...options, origins: { listen, allowOrigins }, closedBecause };
  const app = createHttp({ ...shared, apollo, checks: [{ name: 'server', problem: closedBecause }, ...options.checks] });
  const sockets = new WebSocketApi(shared);
  let underWay = 0;
  const idle = new Set<() => void>();
  app.addHook('onRequest', (_request, reply, done) => {
    underWay += 1;
    reply.raw.once('close', () => {
      underWay -= 1;
      if (underWay === 0) for (const wake of idle) wake();
    });
    done();
  });
  sockets.listen(app.server);
  try {
    await app.listen({ host: listen.host, port: listen.port });
  } catch (error) {
    await Promise.allSettled([app.close(), apollo.stop()]);
    throw explainListenError(error, listen);
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : listen.port;

  return {
    url: urlOf(listen.host, port),
    port,
    open: () => {
      phase = 'open';
    },
    async drain() {
      if (phase !== 'open' && phase !== 'starting') return;
      phase = 'draining';
      const quiet = new AbortController();
      const wake = (): void => quiet.abort();
      idle.add(wake);
      if (underWay === 0) wake();
      await Promise.all([sockets.drain(limits.drainMilliseconds), sleep(clock, limits.drainMilliseconds, quiet.signal)]);
      idle.delete(wake);
    },
    async close() {
      if (phase === 'closed') return;
      phase = 'closed';
      await sockets.drain(0);
      await apollo.stop();
      await app.close();
    },
  };
}

const reasons: Readonly<Record<Exclude<Phase, 'open'>, string>> = {
  starting: 'the server is starting',
  draining: 'the server is shutting down',
  closed: 'the server is shutting down',
};

function explainListenError(error: unknown, { host, port }: ListenAddress): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return new StartError(
        'ADDRESS_IN_USE',
        `The address ${host}:${port} is in use: another program (perhaps another podql) listens there. Stop it, or choose another address with --listen HOST:PORT.`,
        error,
      );
    case 'EACCES':
      return new StartError('ADDRESS_NOT_AVAILABLE', `This user may not listen on port ${port}. Choose a port above 1023 with --listen HOST:PORT.`, error);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError('ADDRESS_NOT_AVAILABLE', `This machine has no address ${host}. Choose one that it has with --listen HOST:PORT.`, error);
    default:
      return error;
  }
}
