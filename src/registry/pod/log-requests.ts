import type { LogLine } from '../../api/pod';
import { BoundedBuffer } from '../../base/bounded-buffer';
import type { Clock, Timer } from '../../base/clock';
import type { Identity } from '../../base/identity';
import { ApiError } from '../../errors/api-error';

export interface LogQuestion {
  /** For messages: default/web */
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  /** At most so many lines, the last ones. */
  readonly tailLines: number;
  readonly attempt: number | null;
}

export interface PodLogRequest extends LogQuestion {
  readonly requestId: string;
}

export interface LogAnswer {
  readonly lines: readonly LogLine[];
  /** Why there are no lines, if they could not be read. */
  readonly error: string | null;
  /** Not null: the node does not have the run that was asked for; it has these. */
  readonly keptAttempts: readonly number[] | null;
}

export interface LogRequestsOptions {
  readonly clock: Clock;
  readonly identity: Pick<Identity, 'uid'>;
  /** A question without an answer for so long is given up; 10 s unless told otherwise. */
  readonly deadlineMilliseconds?: number;
  /** Open questions per node; 64 unless told otherwise. */
  readonly capacity?: number;
  /** Asked about nodes whose kubelet is not connected to this server; without it, such logs are SERVICE_UNAVAILABLE. */
  readonly elsewhere?: (nodeName: string, question: LogQuestion, signal: AbortSignal) => Promise<readonly LogLine[]>;
}

interface OpenQuestion {
  readonly nodeName: string;
  readonly question: LogQuestion;
  readonly settle: (outcome: { lines: readonly LogLine[] } | { error: ApiError }) => void;
}

/**
 * Carries questions for logs to the kubelet of a pod's node, and its answers back; in memory only (ADR 0004). A kubelet
 * listens with `listen`; of two that listen for one node the later one is asked. Everything is bounded: the open
 * questions per node, and the time each may stay open.
 */
export class LogRequests {
  private readonly listeners = new Map<string, BoundedBuffer<PodLogRequest>>();
  private readonly open = new Map<string, OpenQuestion>();
  private readonly openPerNode = new Map<string, number>();
  private readonly deadline: number;
  private readonly capacity: number;

  constructor(private readonly options: LogRequestsOptions) {
    this.deadline = options.deadlineMilliseconds ?? 10_000;
    this.capacity = options.capacity ?? 64;
  }

  /** The questions for one node, until the signal aborts, the iteration is left, or another listener takes the node over. */
  listen(nodeName: string, signal: AbortSignal): AsyncIterableIterator<PodLogRequest> {
    const listener = new BoundedBuffer<PodLogRequest>(this.capacity, () => {
      signal.removeEventListener('abort', stop);
      if (this.listeners.get(nodeName) === listener) this.listeners.delete(nodeName);
    });
    const stop = (): void => listener.close();
    this.listeners.get(nodeName)?.close();
    this.listeners.set(nodeName, listener);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    return listener;
  }

  /** Whether the kubelet of this node is connected here. */
  hears(nodeName: string): boolean {
    return this.listeners.has(nodeName);
  }

  /**
   * NOT_FOUND if there is no such run; SERVICE_UNAVAILABLE if the kubelet is not connected, does not answer in time, or
   * could not read the log; TOO_MANY_REQUESTS if too many questions are open for that node.
   */
  ask(nodeName: string, question: LogQuestion, signal: AbortSignal): Promise<readonly LogLine[]> {
    const listener = this.listeners.get(nodeName);
    if (!listener && this.options.elsewhere) return this.options.elsewhere(nodeName, question, signal);
    if (!listener) {
      return Promise.reject(unavailable(`the kubelet of node ${nodeName} is not connected, so its logs cannot be read now; try again when the node is ready`));
    }
    if ((this.openPerNode.get(nodeName) ?? 0) >= this.capacity) {
      return Promise.reject(
        new ApiError('TOO_MANY_REQUESTS', `${this.capacity} questions for logs of node ${nodeName} are open already; wait a second`, {
          retryAfterSeconds: 1,
        }),
      );
    }
    const requestId = this.options.identity.uid();
    return new Promise((resolve, reject) => {
      const timer: Timer = this.options.clock.after(this.deadline, () =>
        settle({ error: unavailable(`the kubelet of node ${nodeName} did not answer within ${this.deadline / 1000} s`) }),
      );
      const abandon = (): void => settle({ error: unavailable('the request for logs was given up') });
      const settle: OpenQuestion['settle'] = (outcome) => {
        if (!this.open.delete(requestId)) return;
        this.release(nodeName);
        timer.cancel();
        signal.removeEventListener('abort', abandon);
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.lines);
      };
      this.open.set(requestId, { nodeName, question, settle });
      this.openPerNode.set(nodeName, (this.openPerNode.get(nodeName) ?? 0) + 1);
      signal.addEventListener('abort', abandon, { once: true });
      if (signal.aborted) return abandon();
      if (!listener.push({ requestId, ...question })) {
        settle({ error: unavailable(`the kubelet of node ${nodeName} takes no questions now; try again`) });
      }
    });
  }

  /** The node that a question was sent to; undefined once it is settled. */
  nodeOf(requestId: string): string | undefined {
    return this.open.get(requestId)?.nodeName;
  }

  /** False if nobody waits for this answer any more. */
  answer(requestId: string, answer: LogAnswer): boolean {
    const open = this.open.get(requestId);
    if (!open) return false;
    if (answer.keptAttempts !== null) open.settle({ error: noSuchAttempt(open.question, answer.keptAttempts) });
    else if (answer.error === null) open.settle({ lines: answer.lines });
    else open.settle({ error: unavailable(`node ${open.nodeName} could not read the log: ${answer.error}`) });
    return true;
  }

  private release(nodeName: string): void {
    const left = (this.openPerNode.get(nodeName) ?? 1) - 1;
    if (left > 0) this.openPerNode.set(nodeName, left);
    else this.openPerNode.delete(nodeName);
  }
}

function noSuchAttempt({ pod, container, attempt }: LogQuestion, kept: readonly number[]): ApiError {
  const there = kept.length === 0 ? 'logs of none are kept, or it has not run yet' : `logs are kept of attempts ${kept.join(', ')}`;
  return new ApiError('NOT_FOUND', `cannot read logs of pod ${pod}: container ${container} has no attempt ${attempt}; ${there}.`);
}

function unavailable(message: string): ApiError {
  return new ApiError('SERVICE_UNAVAILABLE', message, { retryAfterSeconds: 2 });
}
