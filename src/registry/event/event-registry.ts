import type { Event, EventDraft, EventLog } from '../../api/event';
import { eventNamespace, eventsIn, isTold } from '../../api/event';
import { kinds } from '../../api/kinds';
import type { Informer, ObjectChange } from '../../api/watch';
import type { Clock } from '../../base/clock';
import { isApiError } from '../../errors/api-error';
import { interpretStoreError } from '../../errors/interpret';
import { isStoreError } from '../../errors/store-error';
import type { CacheBatch } from '../cache/event-ring';
import { stateAfter, stateBefore } from '../cache/event-ring';
import type { EventIndexer } from '../cache/kind-indexes';
import type { Cursor } from '../list-cursors';
import { ListCursors } from '../list-cursors';
import { invalid, subjectOf } from '../object-errors';
import { everyObject, pageOf } from '../pages';
import type { Snapshots } from '../snapshots';
import type { EventListOptions, EventRegistry, ObjectPage, Snapshot } from '../types';
import type { EventRecorder } from './recorder';
import { newestFirst } from './strategy';
import { validateEvent } from './validation';

export interface StoredEventsOptions {
  readonly cache: Informer<EventLog> & { readonly lister: EventIndexer };
  readonly snapshots: Snapshots;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
}

/** Events, out of the logs in which they are kept. */
export class StoredEvents implements EventRegistry {
  readonly informer: Informer<EventLog>;

  constructor(private readonly options: StoredEventsOptions) {
    this.informer = options.cache;
  }

  logOf(uid: string): EventLog | undefined {
    const [log] = this.options.cache.lister.bucket('involved', uid).values();
    return log;
  }

  /** All that are told now, from memory. */
  present(): readonly Event[] {
    return this.toldOf(this.options.cache.lister.list());
  }

  record(draft: EventDraft): void {
    this.options.recorder.record(draft);
  }

  report(drafts: readonly EventDraft[]): void {
    const causes = drafts.flatMap((draft, index) => validateEvent(`events[${index}]`, draft));
    if (causes.length > 0) throw invalid(subjectOf(kinds.Event, 'create'), causes);
    for (const draft of drafts) this.record(draft);
  }

  flush(): Promise<void> {
    return this.options.recorder.flush();
  }

  async list(options: EventListOptions): Promise<ObjectPage<Event>> {
    const { namespace = null, of: involved = null, type = null, limit, after } = options;
    const cursors = new ListCursors({ kind: 'Event', namespace, selection: { of: involved && [involved.kind, involved.uid], type } });
    const cursor = after ? cursors.parse(after) : null;
    try {
      const snapshot = await this.snapshotFor(cursor, options);
      const found = this.toldOf(involved ? logsOf(snapshot, involved) : snapshot.events.list(namespace));
      const matches = type === null ? everyObject : (event: Event): boolean => event.type === type;
      return pageOf([...found].sort(newestFirst), { matches, limit, snapshot, cursors, after: cursor, placeOf: placeAfter });
    } catch (error) {
      // A snapshot that the whole request shares failed in the words of whoever asked for it first.
      throw interpretStoreError(isApiError(error) && isStoreError(error.cause) ? error.cause : error, subjectOf(kinds.Event, 'list', { namespace: namespace ?? undefined }));
    }
  }

  private toldOf(logs: readonly EventLog[]): readonly Event[] {
    const now = this.options.clock.now();
    return logs.flatMap(eventsIn).filter((event) => isTold(event, now));
  }

  private snapshotFor(cursor: Cursor | null, { snapshot }: EventListOptions): Promise<Snapshot> {
    const { snapshots } = this.options;
    if (cursor) return snapshots.at(cursor.revision);
    return snapshot ? snapshot() : snapshots.fresh();
  }
}

/** What a change of logs means to whoever follows events. */
export function eventChanges(batch: CacheBatch): readonly ObjectChange<Event>[] {
  return batch.events.flatMap((event) => (event.kind === 'Event' ? changesOf(event.change) : []));
}

function changesOf(change: ObjectChange<EventLog>): readonly ObjectChange<Event>[] {
  const { revision } = change;
  const before = new Map(present(stateBefore(change)).map((event) => [event.uid, event]));
  const after = present(stateAfter(change));
  const staying = new Set(after.map(({ uid }) => uid));
  const gone = [...before.values()].filter(({ uid }) => !staying.has(uid)).map((object) => ({ type: 'DELETED' as const, object, previous: object, revision }));
  const told = after.flatMap((object): ObjectChange<Event>[] => {
    const previous = before.get(object.uid);
    if (!previous) return [{ type: 'ADDED', object, previous: null, revision }];
    return previous.resourceVersion === object.resourceVersion ? [] : [{ type: 'MODIFIED', object, previous, revision }];
  });
  return [...gone, ...told];
}

function present(log: EventLog | null): readonly Event[] {
  return log ? eventsIn(log) : [];
}

function logsOf(snapshot: Snapshot, involved: { readonly namespace: string | null; readonly uid: string }): readonly EventLog[] {
  const log = snapshot.events.get(eventNamespace(involved), involved.uid);
  return log ? [log] : [];
}

/** One that is not told any more since the page before was read was among the last, and so is all that came after it. */
function placeAfter(ordered: readonly Event[], cursor: Cursor): number {
  const place = ordered.findIndex(({ namespace, name }) => name === cursor.name && namespace === cursor.namespace);
  return place < 0 ? ordered.length : place + 1;
}
