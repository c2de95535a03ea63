import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';
import type { Server as ProtocolServer } from 'graphql-ws';
import { handleProtocols, makeServer } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import type { Access } from './access';
import { apiPath } from './api-route';
import type { Executor } from './executor';
import type { ServerMetrics } from './metrics';
import type { ServerLimits } from './options';
import type { OriginRules } from './origin';
import { judgeOrigin } from './origin';
import { SocketConnection } from './socket-connection';
import { socketProtocol } from './socket-protocol';
import type { SocketExtra } from './socket-protocol';

export interface WebSocketOptions {
  readonly executor: Executor;
  readonly access: Access;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  readonly limits: ServerLimits;
  readonly origins: OriginRules;
  readonly closedBecause: () => string | null;
}

/** 1001 going away: clients connect again and resume. */
const comeBack = 1001;

/** The WebSocket half of the API: same port and path as HTTP, graphql-transport-ws. */
export class WebSocketApi {
  // The greatest message is told from the wire by a close without a word (1009); messages a little too large get an
  // answer inside their operation instead (socket-connection.ts).
  private readonly sockets: WebSocketServer;
  private readonly protocol: ProtocolServer<SocketExtra>;
  private readonly connections = new Set<SocketConnection>();

  constructor(private readonly options: WebSocketOptions) {
    this.sockets = new WebSocketServer({ noServer: true, maxPayload: options.limits.bodyBytes * 8, handleProtocols, perMessageDeflate: false });
    this.protocol = makeServer(socketProtocol({ ...options, socketsOf: (name) => this.socketsOf(name) }));
  }

  listen(server: HttpServer): void {
    server.on('upgrade', this.onUpgrade);
  }

  /** Tells every client to come back, waits until they have closed, at most this long, then cuts. */
  async drain(milliseconds: number): Promise<void> {
    const open = [...this.connections];
    if (open.length === 0) return;
    const done = new AbortController();
    const closed = Promise.all(open.map((connection) => connection.close(comeBack, 'Going away'))).then(() => done.abort());
    await sleep(this.options.clock, milliseconds, done.signal);
    for (const connection of this.connections) connection.terminate();
    await closed;
  }

  get size(): number {
    return this.connections.size;
  }

  private readonly onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const { limits, metrics, closedBecause, origins } = this.options;
    // A client that vanishes in the middle must not become an uncaught error.
    socket.on('error', () => socket.destroy());
    if (request.url?.split('?', 1)[0] !== apiPath) return deny(socket, 404);
    const { host, origin } = request.headers;
    if (judgeOrigin({ host, origin }, origins).kind === 'refused') {
      metrics.refused('origin');
      return deny(socket, 403);
    }
    if (closedBecause() !== null) return deny(socket, 503);
    if (this.connections.size >= limits.sockets) {
      metrics.refused('sockets');
      return deny(socket, 429);
    }
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => this.accept(webSocket, request));
  };

  private accept(socket: WebSocket, request: IncomingMessage): void {
    const { clock, limits, metrics, logger } = this.options;
    const connection: SocketConnection = new SocketConnection(socket, {
      clock,
      limits,
      onEnded: (reason) => {
        metrics.socketEnded(reason);
        logger.info('ended a WebSocket', { reason, caller: extra.caller?.name });
      },
    });
    const extra: SocketExtra = { caller: null, authorization: request.headers.authorization, gone: connection.gone };
    this.connections.add(connection);
    metrics.sockets.inc();
    connection.serve(this.protocol, extra, () => {
      this.connections.delete(connection);
      this.callers.delete(extra);
      metrics.sockets.dec();
    });
    this.callers.add(extra);
  }

  private readonly callers = new Set<SocketExtra>();

  private socketsOf(name: string): number {
    let count = 0;
    for (const { caller } of this.callers) if (caller?.name === name) count += 1;
    return count;
  }
}

function deny(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
