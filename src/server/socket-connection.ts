import type { Server as ProtocolServer } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { Clock, Timer } from '../base/clock';
import { silentLogger } from '../base/logger';
import { ApiError } from '../errors/api-error';
import type { ServerLimits } from './options';
import { refusal } from './request-errors';
import type { SocketExtra } from './socket-protocol';
import { SocketRefusal } from './socket-protocol';

export interface SocketConnectionOptions {
  readonly clock: Clock;
  readonly limits: ServerLimits;
  /** The server ended it, for a reason that belongs in the log: "unread", "no-pong". */
  readonly onEnded: (reason: string) => void;
}

const pingMilliseconds = 12_000;
/** A close reason may have 123 bytes. */
const longestReason = 120;

/**
 * One WebSocket: keeps it alive, and ends it when its peer takes nothing any more, so that a reader which stopped costs
 * bounded memory for a bounded time and nobody else notices. All time goes through the clock.
 */
export class SocketConnection {
  private readonly goneController = new AbortController();
  private pingTimer: Timer | undefined;
  private unsentTimer: Timer | undefined;
  /** Messages that were handed to the socket and have not left it. */
  private unsent = 0;
  /** When the peer last took one, on the monotonic clock. */
  private lastTaken = 0;

  constructor(
    private readonly socket: WebSocket,
    private readonly options: SocketConnectionOptions,
  ) {}

  /** Aborts when the socket has closed. */
  get gone(): AbortSignal {
    return this.goneController.signal;
  }

  serve(protocol: ProtocolServer<SocketExtra>, extra: SocketExtra, onClosed: () => void): void {
    const { socket } = this;
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => this.send(text),
        close: (code, reason) => this.closeWith(code ?? 1000, reason ?? ''),
        onMessage: (receive) => {
          socket.on('message', (data) => this.onMessage(data, receive));
        },
      },
      extra,
    );
    // ws reports a broken frame or a too large one here and closes by itself.
    socket.on('error', () => undefined);
    socket.once('close', (code, reason) => {
      this.pingTimer?.cancel();
      this.unsentTimer?.cancel();
      this.goneController.abort();
      onClosed();
      closed(code, String(reason)).catch(() => undefined);
    });
    this.keepAlive();
  }

  /** Resolves when the peer has answered, or the socket is gone otherwise. */
  close(code: number, reason: string): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.gone.aborted) resolve();
      else this.gone.addEventListener('abort', () => resolve(), { once: true });
    });
    this.closeWith(code, reason);
    return closed;
  }

  terminate(): void {
    this.socket.terminate();
  }

  private onMessage(data: RawData, receive: (text: string) => Promise<void>): void {
    const text = String(data);
    if (text.length > this.options.limits.bodyBytes) {
      this.answerTooLarge(text);
      return;
    }
    receive(text).catch((error: unknown) => {
      if (error instanceof SocketRefusal) this.closeWith(error.closeCode, error.message);
      // Hooks do not throw otherwise; what does is a message outside the protocol.
      else this.closeWith(4400, 'Invalid message');
    });
  }

  /** Inside its operation if it can be told which, so that the others on this socket go on. */
  private answerTooLarge(text: string): void {
    const id = /^\s*\{[^{]*?"id"\s*:\s*"([^"\\]{1,128})"/.exec(text.slice(0, 1_024))?.[1];
    const message = `The message is larger than ${this.options.limits.bodyBytes / (1024 * 1024)} MiB; nothing was done.`;
    if (id === undefined) {
      this.closeWith(1009, message);
      return;
    }
    const error = new ApiError('REQUEST_TOO_LARGE', message, { outcome: 'notApplied' });
    const { errors } = refusal(error, { requestId: id, logger: silentLogger }).body;
    this.send(JSON.stringify({ id, type: 'error', payload: errors })).catch(() => undefined);
  }

  /** Resolves when the text has left this process; graphql-ws takes the next event of an operation only then. */
  private send(text: string): Promise<void> {
    const { socket } = this;
    if (socket.readyState !== WebSocket.OPEN) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.unsent += 1;
      if (this.unsent === 1) this.lastTaken = this.options.clock.monotonic();
      socket.send(text, (error) => {
        this.unsent -= 1;
        this.lastTaken = this.options.clock.monotonic();
        if (error && socket.readyState === WebSocket.OPEN) reject(error);
        else resolve();
      });
      if (socket.bufferedAmount > this.options.limits.unreadBytes) this.end('unread');
      else this.watchUnsent(this.options.limits.unreadMilliseconds);
    });
  }

  /** One timer per socket, not one per message. */
  private watchUnsent(milliseconds: number): void {
    const { clock, limits } = this.options;
    this.unsentTimer ??= clock.after(milliseconds, () => {
      this.unsentTimer = undefined;
      if (this.unsent === 0) return;
      const left = this.lastTaken + limits.unreadMilliseconds - clock.monotonic();
      if (left <= 0) this.end('unread');
      else this.watchUnsent(left);
    });
  }

  private keepAlive(): void {
    let answered = true;
    this.socket.on('pong', () => {
      answered = true;
    });
    const beat = (): void => {
      if (!answered) {
        this.end('no-pong');
        return;
      }
      answered = false;
      if (this.socket.readyState === WebSocket.OPEN) this.socket.ping();
      this.pingTimer = this.options.clock.after(pingMilliseconds, beat);
    };
    this.pingTimer = this.options.clock.after(pingMilliseconds, beat);
  }

  private end(reason: string): void {
    if (this.gone.aborted || this.socket.readyState === WebSocket.CLOSED) return;
    this.options.onEnded(reason);
    this.socket.terminate();
  }

  private closeWith(code: number, reason: string): void {
    this.socket.close(code, reason.slice(0, longestReason));
  }
}
