import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { DockerEngine } from './engine';

/**
 * What becomes of a call. `hang`: it is not answered. `cut`: its connection is broken, and the engine does not hear of it; `late`: the
 * connection is broken, and the engine does it nevertheless, once `release` is called.
 */
export type Fate = 'pass' | 'hang' | 'cut' | 'late';

/** Stands before a real engine and does to single calls what an engine in trouble does. Tests must `close` it. */
export class EngineProxy {
  /** By "GET /containers/ID/json". */
  fate: (call: string) => Fate = () => 'pass';
  private held: (() => Promise<void>)[] = [];

  private constructor(
    private readonly engine: DockerEngine,
    private readonly server: Server,
    private readonly socketPath: string,
  ) {}

  static async start(engine: DockerEngine): Promise<EngineProxy> {
    const socketPath = join(engine.folder, 'proxy.sock');
    const server = createServer();
    const proxy = new EngineProxy(engine, server, socketPath);
    server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => proxy.serve(incoming, outgoing));
    server.listen(socketPath);
    await once(server, 'listening');
    return proxy;
  }

  get dockerHost(): string {
    return `unix://${this.socketPath}`;
  }

  /** The engine does what was given up. */
  async release(): Promise<void> {
    for (const call of this.held.splice(0)) await call();
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = '', url = '', headers } = incoming;
    switch (this.fate(`${method} ${url}`)) {
      case 'pass': {
        const call = request({ socketPath: this.engine.socketPath, method, path: url, headers, agent: false }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          outgoing.flushHeaders();
          answer.on('error', () => outgoing.destroy());
          answer.pipe(outgoing);
        });
        call.on('error', () => outgoing.destroy());
        outgoing.on('close', () => call.destroy());
        incoming.pipe(call);
        return;
      }
      case 'late':
        this.held.push(async () => void (await this.engine.api.send(method, url)));
        outgoing.destroy();
        return;
      case 'cut':
        outgoing.destroy();
        return;
      case 'hang':
    }
  }
}
