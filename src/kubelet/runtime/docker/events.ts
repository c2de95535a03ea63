import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { backoffDelay } from '../../../base/backoff';
import type { Clock } from '../../../base/clock';
import { sleep } from '../../../base/clock';
import type { Logger } from '../../../base/logger';
import type { Engine } from './engine';
import type { Labels } from './labels';

export interface EngineEventsOptions {
  readonly engine: Engine;
  readonly labels: Labels;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Something happened to this container: start, die, oom, destroy. */
  readonly onEvent: (id: string, action: string) => void;
  /** Events may have been missed: the engine was away. */
  readonly onGap: () => void;
}

const reconnectPolicy = { initial: 100, max: 2_000 };

/**
 * Listens until the signal aborts. Events are hints only (R10): they are lost when the engine goes, and it replays no more
 * than its last 256, so nothing is asked for again; whoever listens looks at everything after a gap.
 */
export async function followEvents(options: EngineEventsOptions, signal: AbortSignal): Promise<void> {
  const { engine, labels, clock, logger, onGap } = options;
  for (let failures = 0; !signal.aborted; ) {
    try {
      const stream = await engine.events(labels);
      const stop = (): void => void stream.destroy();
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      if (failures > 0) onGap();
      failures = 0;
      const lines = createInterface({ input: stream });
      lines.on('line', (line) => tell(line, options));
      // A stream that breaks has no end, only an error and a close. The reader of lines repeats the error: unheard, it ends the process.
      stream.on('error', () => undefined);
      lines.on('error', () => undefined);
      try {
        await once(stream, 'close');
      } finally {
        lines.close();
        signal.removeEventListener('abort', stop);
      }
    } catch (error) {
      logger.debug('cannot listen to the events of the engine; trying again', { error });
    }
    failures += 1;
    await sleep(clock, backoffDelay(reconnectPolicy, failures), signal);
  }
}

function tell(line: string, { onEvent, logger }: EngineEventsOptions): void {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event !== 'object' || event === null || !('Actor' in event)) return;
    const { Actor: actor } = event;
    const action = 'Action' in event && typeof event.Action === 'string' ? event.Action : '';
    if (typeof actor === 'object' && actor !== null && 'ID' in actor && typeof actor.ID === 'string') onEvent(actor.ID, action);
  } catch (error) {
    logger.warn('the engine sent an event that cannot be read', { error });
  }
}
