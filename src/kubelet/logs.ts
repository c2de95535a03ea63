import { messageOf } from '../base/error-message';
import { backoffDelay } from '../base/backoff';
import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import type { LogLine } from '../api/pod';
import type { ControlPlaneClient } from '../client/client';
import type { PodLogAnswer, PodLogRequest } from '../client/operations/logs';
import { answerPodLogRequest, podLogRequests } from '../client/operations/logs';
import type { RuntimeCache } from './runtime-cache';
import type { ContainerRecord, ContainerRuntime } from './runtime/runtime';

export interface LogAnswererOptions {
  readonly client: ControlPlaneClient;
  readonly runtime: ContainerRuntime;
  readonly cache: RuntimeCache;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
}

const reconnectPolicy = { initial: 200, max: 10_000, jitter: 0.5 };

/** Answers those who ask the server for lines of containers that run, or ran, here. Nobody connects to a kubelet. */
export class LogAnswerer {
  constructor(private readonly options: LogAnswererOptions) {}

  /** Until the signal aborts; subscribes again whenever the stream ends. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, nodeName, clock, identity, logger } = this.options;
    for (let failures = 0; !signal.aborted; ) {
      try {
        for await (const { podLogRequests: request } of client.subscribe(podLogRequests, { nodeName }, signal)) {
          failures = 0;
          void this.answer(request);
        }
      } catch (error) {
        if (!signal.aborted) logger[failures === 0 ? 'warn' : 'debug']('the stream of log requests broke; subscribing again', { error });
      }
      failures += 1;
      await sleep(clock, backoffDelay(reconnectPolicy, failures, identity.random()), signal);
    }
  }

  private async answer(request: PodLogRequest): Promise<void> {
    const { client, logger } = this.options;
    const { requestId } = request;
    try {
      await client.mutate(answerPodLogRequest, { input: { requestId, ...(await this.read(request)) } });
    } catch (error) {
      // Whoever asked gets the server's timeout; there is nobody else to tell.
      logger.warn('cannot answer a request for logs', { requestId, podUid: request.podUid, container: request.container, error });
    }
  }

  private async read(request: PodLogRequest): Promise<PodLogAnswer> {
    const { podUid, container, attempt, tailLines } = request;
    const kept = this.options.cache
      .containersOf(podUid)
      .filter(({ identity }) => identity.containerName === container)
      .sort((a, b) => b.identity.attempt - a.identity.attempt);
    const runs = attempt === null ? kept : kept.filter(({ identity }) => identity.attempt === attempt);
    if (runs.length === 0 && attempt !== null) {
      const keptAttempts = kept.map(({ identity }) => identity.attempt).reverse();
      return { lines: [], error: `container ${container} has no attempt ${attempt} here`, keptAttempts };
    }
    try {
      return { lines: await this.lastLines(runs, tailLines), error: null, keptAttempts: null };
    } catch (error) {
      return { lines: [], error: messageOf(error), keptAttempts: null };
    }
  }

  /** From the newest run backwards until there are enough; oldest line first. */
  private async lastLines(runs: readonly ContainerRecord[], tailLines: number): Promise<readonly LogLine[]> {
    let lines: readonly LogLine[] = [];
    for (const { id } of runs) {
      if (lines.length >= tailLines) break;
      lines = [...(await this.options.runtime.logs(id, { tailLines: tailLines - lines.length })), ...lines];
    }
    return lines;
  }
}
