import { backoffDelay } from '../base/backoff';
import type { Clock } from '../base/clock';
import { sleep, timestamp } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import { callBatch, mostBytesPerCall } from '../client/call-batch';
import type { ControlPlaneClient } from '../client/client';
import type { NodeEventInput } from '../client/operations/events';
import { mostEventsPerCall, recordEvents } from '../client/operations/events';
import { isApiError } from '../errors/api-error';
import type { NodeEvent } from './node-events';
import type { ObservedPass, PodEvent } from './pod-events';
import { podEvents } from './pod-events';
import { WakeUp } from './wake-up';

export interface EventReporterOptions {
  readonly client: ControlPlaneClient;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
}

/** What happens within it goes in one call. */
const gatherMilliseconds = 500;
/** Different events that wait to be sent. */
const mostWaiting = 1_000;
const retryPolicy = { initial: 500, max: 30_000, jitter: 0.5 };
/** Of one call; after that its events are old news. */
const mostTries = 10;

/**
 * Tells the API what happens to pods and to the node, as well as it can: nobody waits for it, and what is too much, or cannot be sent for long, is left
 * out. A call whose answer was lost is sent again as it is; the server counts nothing twice.
 */
export class EventReporter {
  private waiting = new Map<string, NodeEventInput>();
  private leftOut = 0;
  private readonly wakeUp: WakeUp;

  constructor(private readonly options: EventReporterOptions) {
    this.wakeUp = new WakeUp(options.clock);
  }

  /** Compares, and tells the difference. */
  observe(pass: ObservedPass): void {
    for (const event of podEvents(pass)) this.record(pass.pod.uid, event);
  }

  /** Of this pod; null: of the node. */
  record(podUid: string | null, { type, reason, message }: PodEvent | NodeEvent): void {
    const key = JSON.stringify([podUid, type, reason, message]);
    const known = this.waiting.get(key);
    if (!known && this.waiting.size >= mostWaiting) {
      this.leftOut += 1;
      return;
    }
    const now = timestamp(this.options.clock);
    this.waiting.set(key, { type, reason, message, podUid, count: (known?.count ?? 0) + 1, firstSeenAt: known?.firstSeenAt ?? now, lastSeenAt: now });
    this.wakeUp.wake();
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.waiting.size === 0) {
        await this.wakeUp.rest(null, signal);
        continue;
      }
      await sleep(this.options.clock, gatherMilliseconds, signal);
      if (signal.aborted) return;
      const due = callBatch([...this.waiting.values()], { items: mostEventsPerCall, bytes: mostBytesPerCall });
      for (const key of [...this.waiting.keys()].slice(0, due.length)) this.waiting.delete(key);
      await this.send(due, signal);
    }
  }

  private async send(events: readonly NodeEventInput[], signal: AbortSignal): Promise<void> {
    const { client, nodeName, clock, identity } = this.options;
    for (let tries = 1; ; tries += 1) {
      try {
        await client.mutate(recordEvents, { input: { nodeName, events } });
        break;
      } catch (error) {
        if (signal.aborted) return;
        const isLasting = isApiError(error) && !error.retryable;
        if (isLasting || tries >= mostTries) {
          this.options.logger.warn('events could not be told and are left out', { events: events.length, error });
          break;
        }
        await sleep(clock, backoffDelay(retryPolicy, tries, identity.random()), signal);
      }
    }
    if (this.leftOut > 0) this.options.logger.warn('events were left out: too many waited to be told', { events: this.leftOut });
    this.leftOut = 0;
  }
}
