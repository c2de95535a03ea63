import type { Clock } from '../../../base/clock';
import { closed, compacted, lagged } from '../refusals';
import type { Key, Revision, StoreEvent, StoredValue, WatchBatch, WatchOptions } from '../store';
import type { Entry, Mvcc } from './mvcc';

export interface WatchSource {
  readonly clock: Clock;
  readonly mvcc: Mvcc;
  readonly progressInterval: number;
  readonly watchCapacity: number;
  isClosed(): boolean;
  /** Copies for the reader; from the log where memory has let go. COMPACTED if they are gone there too. */
  items(entries: readonly Entry[]): Promise<readonly StoredValue[]>;
  /** Calls back at each change and at close, until the returned function is called. */
  onChange(listener: () => void): () => void;
}

/** What is taken over at a time, values before and after: the memory of one watcher. At least one revision. */
const stride = { revisions: 64, bytes: 4 * 2 ** 20 };

/**
 * A watch is a cursor on the shared history, not a queue: catching up from the past and following the present are the
 * same motion, so there is no hand-over between them that could lose or repeat an event, and a slow reader costs
 * nothing (S11). One commit wakes the cursors that wait at the end.
 */
export async function* watchEmbedded(source: WatchSource, prefix: Key, { after, signal }: WatchOptions): AsyncGenerator<WatchBatch, void, undefined> {
  const { clock, mvcc } = source;
  let cursor = after;
  let following = false;
  let lastBatch = clock.monotonic();
  const mayGoOn = (): boolean => {
    if (!signal.aborted && source.isClosed()) throw closed();
    return !signal.aborted;
  };
  while (mayGoOn()) {
    // Revision 1 is the empty store: a reader who starts before it has missed nothing.
    if (cursor < mvcc.oldest && mvcc.oldest > 1) throw compacted(cursor, mvcc.oldest);
    if (following) checkLag(source, prefix, cursor);
    if (cursor < mvcc.head) {
      const next = takeStride(mvcc, prefix, Math.max(cursor, mvcc.oldest) + 1);
      for (const batch of await batchesOf(source, next.changes)) {
        if (!mayGoOn()) return;
        yield batch;
        lastBatch = clock.monotonic();
      }
      cursor = next.upTo;
      continue;
    }
    const quietFor = clock.monotonic() - lastBatch;
    if (cursor === mvcc.head && (!following || quietFor >= source.progressInterval)) {
      following = true;
      yield { revision: cursor, events: [] };
      lastBatch = clock.monotonic();
      continue;
    }
    await changeOrTime(source, signal, source.progressInterval - (cursor === mvcc.head ? quietFor : 0));
  }
}

/** An entry, and that of its key before it (S8). */
interface Change {
  readonly entry: Entry;
  readonly before: Entry | undefined;
}

/** What happened under the prefix from this revision on, as far as the stride goes. */
function takeStride(mvcc: Mvcc, prefix: Key, from: Revision): { readonly upTo: Revision; readonly changes: readonly Change[] } {
  const last = Math.min(mvcc.head, from + stride.revisions - 1);
  const changes: Change[] = [];
  let bytes = 0;
  for (let revision = from; revision <= last; revision += 1) {
    const entries = mvcc.of(revision).filter((entry) => entry.key.startsWith(prefix));
    const added = entries.map((entry) => ({ entry, before: mvcc.before(entry) }));
    bytes = added.reduce((sum, { entry, before }) => sum + entry.bytes + (before?.bytes ?? 0), bytes);
    if (bytes > stride.bytes && revision > from) return { upTo: revision - 1, changes };
    changes.push(...added);
  }
  return { upTo: last, changes };
}

async function batchesOf(source: WatchSource, changes: readonly Change[]): Promise<WatchBatch[]> {
  if (changes.length === 0) return [];
  const wanted = changes.flatMap(({ entry, before }) => [...(entry.deleted ? [] : [entry]), ...(before ? [before] : [])]);
  const items = (await source.items(wanted)).values();
  const batches: { revision: Revision; events: StoreEvent[] }[] = [];
  for (const { entry, before } of changes) {
    const item = entry.deleted ? null : (items.next().value ?? null);
    const previous = before ? (items.next().value ?? null) : null;
    if (batches.at(-1)?.revision !== entry.revision) batches.push({ revision: entry.revision, events: [] });
    batches.at(-1)?.events.push({ type: item ? 'put' : 'delete', key: entry.key, item, previous });
  }
  return batches;
}

function checkLag({ mvcc, watchCapacity }: WatchSource, prefix: Key, cursor: Revision): void {
  if (mvcc.head - cursor <= watchCapacity) return;
  let unread = 0;
  for (let revision = cursor + 1; revision <= mvcc.head; revision += 1) {
    if (mvcc.of(revision).some((entry) => entry.key.startsWith(prefix))) unread += 1;
  }
  if (unread > watchCapacity) throw lagged(unread);
}

function changeOrTime(source: WatchSource, signal: AbortSignal, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      timer.cancel();
      forget();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = source.clock.after(milliseconds, wake);
    const forget = source.onChange(wake);
    signal.addEventListener('abort', wake, { once: true });
  });
}
