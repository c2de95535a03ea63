import type { LifecycleHandler } from '../api/pod';
import { linkAbort } from '../base/abort';
import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import type { Logger } from '../base/logger';
import type { EventReporter } from './event-reporter';
import type { HandlerRunner } from './handlers';
import type { PodActor } from './pod-actor';
import type { RuntimeCache } from './runtime-cache';
import type { ContainerRecord } from './runtime/runtime';

export interface ContainerStopsOptions {
  readonly actor: PodActor;
  readonly cache: RuntimeCache;
  readonly handlers: HandlerRunner;
  readonly events: Pick<EventReporter, 'record'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Nothing more is asked of a container once it aborts. */
  readonly signal: AbortSignal;
  /** A stop is over, whatever came of it. */
  readonly onEnd: () => void;
}

/** What a container does before it is asked to end, and where its ports are reached. */
export interface PreStop {
  readonly handler: LifecycleHandler;
  readonly host: string;
}

interface Handling {
  readonly over: Promise<void>;
  readonly abandon: () => void;
  isOver: boolean;
}

/** After its handler a container has at least this long to end: Kubernetes' own extension. */
const leastMillisecondsAfterPreStop = 2_000;
const retryMilliseconds = 1_000;
/** The wall clock against the other drifts by less. */
const leastJump = 1_000;

interface Stop {
  /** When it kills at the latest: as the wall clock had it when it was asked for, and by the clock that is never set. */
  readonly deadline: number;
  readonly endsAt: number;
}

/** Stops of the containers of one pod. They go on beside the passes, since each may take a whole grace period. */
export class ContainerStops {
  private readonly underWay = new Map<string, Stop>();
  /** A container's handler runs once, however often its stop is asked for. */
  private readonly handlings = new Map<string, Handling>();

  constructor(private readonly options: ContainerStopsOptions) {}

  /** By container id: when a stop that is under way will kill at the latest, as the wall clock has it now. */
  get deadlines(): ReadonlyMap<string, number> {
    const { clock } = this.options;
    const since = clock.now() - clock.monotonic();
    return new Map([...this.underWay].map(([id, { deadline, endsAt }]) => [id, deadline + Math.round((endsAt + since - deadline) / leastJump) * leastJump]));
  }

  /** A stop with a sooner deadline overtakes the one that is under way, and does not wait longer for its handler. */
  begin(record: ContainerRecord, deadline: number, preStop: PreStop | null): void {
    const { clock } = this.options;
    const stop: Stop = { deadline, endsAt: clock.monotonic() + deadline - clock.now() };
    this.underWay.set(record.id, stop);
    void this.carryOut(record, stop, preStop);
  }

  /** What ended by itself is waited for no more; what is gone is forgotten. */
  track(containers: readonly ContainerRecord[]): void {
    for (const [id, handling] of this.handlings) {
      const record = containers.find((container) => container.id === id);
      if (record?.phase !== 'running') handling.abandon();
      if (!record) this.handlings.delete(id);
    }
  }

  private async carryOut(record: ContainerRecord, stop: Stop, preStop: PreStop | null): Promise<void> {
    const { actor, cache, clock, logger, signal, onEnd } = this.options;
    const { podUid, containerName } = record.identity;
    const isHandled = preStop !== null && stop.endsAt > clock.monotonic();
    if (isHandled) await this.prepare(record, stop, preStop);
    if (signal.aborted) return;
    const grace = Math.max(stop.endsAt - clock.monotonic(), isHandled ? leastMillisecondsAfterPreStop : 0);
    try {
      await actor.stop(record, grace / 1000);
    } catch (error) {
      logger.warn('cannot stop a container; trying again', { container: containerName, error });
    }
    const still = cache.containersOf(podUid).some((other) => other.id === record.id && other.phase === 'running');
    if (still) await sleep(clock, retryMilliseconds, signal);
    if (this.underWay.get(record.id) === stop) this.underWay.delete(record.id);
    onEnd();
  }

  /** Resolves when the handler is over, or has no more time. */
  private async prepare(record: ContainerRecord, { endsAt }: Stop, preStop: PreStop): Promise<void> {
    const { clock, logger, signal } = this.options;
    const left = endsAt - clock.monotonic();
    const handling = this.handlings.get(record.id) ?? this.handle(record, preStop, left / 1000);
    const wait = linkAbort(signal);
    await Promise.race([handling.over, sleep(clock, left, wait.signal)]);
    wait.end();
    if (handling.isOver || signal.aborted) return;
    logger.warn('preStop did not end within the grace period; the container is asked to end', { container: record.identity.containerName });
  }

  private handle(record: ContainerRecord, { handler, host }: PreStop, seconds: number): Handling {
    const { handlers, events, logger, signal } = this.options;
    const { id, identity } = record;
    const limit = linkAbort(signal);
    const run = async (): Promise<void> => {
      const wrong = await handlers.run(handler, { containerId: id, host }, { seconds, signal: limit.signal });
      if (wrong !== null && !limit.signal.aborted) {
        logger.warn('preStop failed; the container is asked to end', { container: identity.containerName, attempt: identity.attempt, reason: wrong });
        events.record(identity.podUid, { type: 'WARNING', reason: 'FailedPreStopHook', message: `preStop of container ${identity.containerName} failed: ${wrong}` });
      }
      limit.end();
      handling.isOver = true;
    };
    const handling: Handling = { over: Promise.resolve().then(run), abandon: limit.end, isOver: false };
    this.handlings.set(id, handling);
    return handling;
  }
}
