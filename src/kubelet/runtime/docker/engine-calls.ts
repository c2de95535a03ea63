import { DeadlineExceeded, withDeadline } from '../../../base/deadline';
import type { Clock } from '../../../base/clock';
import { RuntimeError } from '../runtime';
import { Connections } from './connections';
import { EngineError, engineError } from './faults';

/** Milliseconds: what a call may take, whatever the engine does. `work`: it has to start, stop or remove something. */
export const limits = { ping: 3_000, look: 10_000, work: 60_000, import: 60_000 };

/**
 * Calls to one engine: each has a deadline of its own, since an engine that dies while it answers leaves dockerode waiting for ever, and
 * every error is a RuntimeError. A call that was given up may still happen: look before repeating.
 */
export class EngineCalls {
  readonly connections: Connections;
  private isClosed = false;

  constructor(
    host: string | null,
    private readonly clock: Clock,
  ) {
    this.connections = new Connections(host);
  }

  get address(): string {
    return this.connections.address;
  }

  /** What dockerode's own methods, or their types, have no signal for. */
  get<T>(path: string, abortSignal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      // The one cast: an answer is what the engine's documentation says.
      this.connections.looks.modem.dial({ path, method: 'GET', abortSignal, statusCodes: { 200: true } }, (error, answer) => (error ? reject(error) : resolve(answer as T)));
    });
  }

  look<T>(what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.call(what, limits.look, work);
  }

  work<T>(what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.call(what, limits.work, work);
  }

  async call<T>(what: string, milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.isClosed) throw new RuntimeError('UNAVAILABLE', 'this runtime was closed');
    const given = new AbortController();
    try {
      return await withDeadline(this.clock, work(given.signal), { what, milliseconds });
    } catch (error) {
      given.abort();
      if (error instanceof DeadlineExceeded) throw new EngineError('TIMEOUT', `the engine did not ${what} within ${milliseconds / 1000} s; it may still do it`, null, error);
      throw engineError(error, this.address);
    }
  }

  /** Breaks what is under way. */
  close(): void {
    this.isClosed = true;
    this.connections.close();
  }
}
