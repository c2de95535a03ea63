import type { Event, EventDraft, EventEntry, EventFacts, EventLog, InvolvedObject } from '../../api/event';
import { eventLife, eventNamespace } from '../../api/event';
import { deepFreeze } from '../codec';

/** Of one object. Those seen longest ago make room. */
export const mostEntries = 50;

/** What happened to one object, to be put into its log. `isReport`: it came from another program, and may come again. */
export interface Occurrence extends EventFacts {
  readonly isReport: boolean;
  /** As in EventEntry. */
  readonly reportedAt?: string;
}

/** The same event if told again: all but count and times. */
export function wordsOf({ source, type, reason, message }: Pick<EventFacts, 'source' | 'type' | 'reason' | 'message'>): string {
  return JSON.stringify([source, type, reason, message]);
}

export function occurrenceOf({ type, reason, message, source, seen }: EventDraft, now: string): Occurrence {
  const words = { type, reason, message, source };
  if (!seen) return { ...words, count: 1, firstSeenAt: now, lastSeenAt: now, isReport: false };
  // A program whose clock is ahead would have the last word for ever; but what it says again is known by the time that it says.
  const times = { count: seen.count, firstSeenAt: earlier(seen.firstSeenAt, now), lastSeenAt: earlier(seen.lastSeenAt, now) };
  return { ...words, ...times, isReport: true, ...(seen.lastSeenAt > now ? { reportedAt: seen.lastSeenAt } : {}) };
}

/** Both, as one; the first itself when the second is a report that was counted already. */
export function merged<T extends Reported>(known: T, again: Occurrence): T {
  if (again.isReport && saidAt(again) <= saidAt(known)) return known;
  return {
    ...known,
    ...(again.reportedAt === undefined ? {} : { reportedAt: again.reportedAt }),
    count: known.count + again.count,
    firstSeenAt: earlier(known.firstSeenAt, again.firstSeenAt),
    lastSeenAt: later(known.lastSeenAt, again.lastSeenAt),
  };
}

type Reported = EventFacts & Pick<EventEntry, 'reportedAt'>;

/** By the clock of its source. */
function saidAt({ reportedAt, lastSeenAt }: Reported): string {
  return reportedAt ?? lastSeenAt;
}

/** An empty log, not stored yet. */
export function newLog(involved: InvolvedObject, { uid, now }: { readonly uid: string; readonly now: string }): EventLog {
  return {
    kind: 'Event',
    name: involved.uid,
    namespace: eventNamespace(involved),
    generateName: null,
    uid,
    resourceVersion: '',
    generation: 1,
    labels: {},
    annotations: {},
    creationTimestamp: now,
    deletionTimestamp: null,
    deletionGracePeriodSeconds: null,
    ownerReferences: [],
    spec: { involved },
    status: { lastNumber: 0, entries: [] },
  };
}

/** The log with this put in, and without what is too old, which is told anew; the log itself if nothing of it is news. Pure. */
export function withOccurrences(log: EventLog, occurrences: readonly Occurrence[], now: number): EventLog {
  const oldest = new Date(now - eventLife).toISOString();
  const isYoung = ({ lastSeenAt }: EventFacts): boolean => lastSeenAt > oldest;
  const entries = new Map(log.status.entries.filter(isYoung).map((entry) => [wordsOf(entry), withRevision(entry, log)]));
  let { lastNumber } = log.status;
  let isNews = false;
  for (const occurrence of occurrences.filter(isYoung)) {
    const words = wordsOf(occurrence);
    const known = entries.get(words);
    const entry = known ? merged(known, occurrence) : entryOf(occurrence, (lastNumber += 1));
    if (entry === known) continue;
    isNews = true;
    entries.set(words, { ...entry, revision: null });
  }
  return isNews ? deepFreeze({ ...log, status: { lastNumber, entries: newest([...entries.values()]) } }) : log;
}

/** Those seen last come first; of those seen in one moment, the one first told last. */
export function newestFirst(a: Event, b: Event): number {
  if (a.lastSeenAt !== b.lastSeenAt) return a.lastSeenAt < b.lastSeenAt ? 1 : -1;
  if (a.resourceVersion !== b.resourceVersion) return Number(b.resourceVersion) - Number(a.resourceVersion);
  return a.uid === b.uid ? 0 : Number(numberIn(b.name)) - Number(numberIn(a.name)) || (a.uid < b.uid ? 1 : -1);
}

function numberIn(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function entryOf({ isReport: _isReport, ...facts }: Occurrence, number: number): EventEntry {
  return { number, revision: null, ...facts };
}

/** For a log that is about to be written anew. */
function withRevision(entry: EventEntry, { resourceVersion }: EventLog): EventEntry {
  return { ...entry, revision: entry.revision ?? Number(resourceVersion) };
}

function newest(entries: readonly EventEntry[]): readonly EventEntry[] {
  if (entries.length <= mostEntries) return entries;
  const staying = new Set([...entries].sort((a, b) => (a.lastSeenAt < b.lastSeenAt ? 1 : a.lastSeenAt > b.lastSeenAt ? -1 : b.number - a.number)).slice(0, mostEntries));
  return entries.filter((entry) => staying.has(entry));
}

// All times are printed alike, so that their order is that of their text.
function earlier(a: string, b: string): string {
  return a < b ? a : b;
}

function later(a: string, b: string): string {
  return a < b ? b : a;
}
