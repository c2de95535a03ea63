import type { Clock } from '../../../base/clock';
import { closed, compacted, lagged } from '../refusals';
import type { Key, StoreEvent, StoredValue, WatchBatch, WatchOptions } from '../store';
import type { History } from './history';

export interface WatchSource {
  readonly clock: Clock;
  readonly history: History;
  readonly progressInterval: number;
  readonly watchCapacity: number;
  isClosed(): boolean;
  /** Calls back at each change of the history and at close, until the returned function is called. */
  onChange(listener: () => void): () => void;
}

/**
 * A watch is a place in the shared history: nothing is queued for it, so a slow reader costs nothing (S11). It steps
 * through the history one revision at a time and waits where the history ends.
 */
export async function* watchMemory(source: WatchSource, prefix: Key, options: WatchOptions): AsyncGenerator<WatchBatch, void, undefined> {
  const { clock, history } = source;
  const { signal } = options;
  let seen = options.after;
  let caughtUp = false;
  let lastWord = clock.monotonic();
  for (;;) {
    if (signal.aborted) return;
    if (source.isClosed()) throw closed();
    // Revision 1 is the empty store: a reader who starts before it has missed nothing.
    if (seen < history.oldest && history.oldest > 1) throw compacted(seen, history.oldest);
    if (caughtUp) checkLag(source, prefix, seen);
    if (seen < history.head) {
      seen = Math.max(seen + 1, history.oldest);
      const events = eventsOf(history, seen, prefix);
      if (events.length === 0) continue;
      yield { revision: seen, events: events.map(copyEvent) };
      lastWord = clock.monotonic();
      continue;
    }
    const progressDue = lastWord + source.progressInterval - clock.monotonic();
    if (seen === history.head && (!caughtUp || progressDue <= 0)) {
      caughtUp = true;
      yield { revision: seen, events: [] };
      lastWord = clock.monotonic();
      continue;
    }
    await changeOrTime(source, signal, Math.max(0, progressDue));
  }
}

function eventsOf(history: History, revision: number, prefix: Key): readonly StoreEvent[] {
  const events = history.batch(revision)?.events ?? [];
  return events.filter((event) => event.key.startsWith(prefix));
}

function checkLag({ history, watchCapacity }: WatchSource, prefix: Key, seen: number): void {
  if (history.head - seen <= watchCapacity) return;
  let unread = 0;
  for (let revision = seen + 1; revision <= history.head; revision += 1) {
    if (eventsOf(history, revision, prefix).length > 0) unread += 1;
  }
  if (unread > watchCapacity) throw lagged(unread);
}

/** Future revisions are waited for in silence, so the time may pass in vain. */
function changeOrTime(source: WatchSource, signal: AbortSignal, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel();
      stopListening();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = source.clock.after(milliseconds || source.progressInterval, done);
    const stopListening = source.onChange(done);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** S14: each reader gets bytes of its own. */
export function copyItem(item: StoredValue): StoredValue {
  return { ...item, value: new Uint8Array(item.value) };
}

function copyEvent(event: StoreEvent): StoreEvent {
  return {
    ...event,
    item: event.item && copyItem(event.item),
    previous: event.previous && copyItem(event.previous),
  };
}
