import type { ApiObject, ObjectMeta } from './meta';

export const eventTypes = ['NORMAL', 'WARNING'] as const;
export type EventType = (typeof eventTypes)[number];

/** So long after it was last seen an event is told at least, in milliseconds; then it is put into no log any more. */
export const eventLife = 3_600_000;
/** And so long at most: what is written within five minutes shares a lease. */
export const longestEventLife = eventLife + 300_000;

/** Which object an event is about. It stays when the object is gone. */
export interface InvolvedObject {
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly uid: string;
}

/** One thing that happened: said once, with how often, when it happens again in the same words. */
export interface EventFacts {
  readonly type: EventType;
  /** One CamelCase word, Kubernetes' own where it has one. */
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  /** Who says so: "kubelet/NODE", or the name of a control loop. */
  readonly source: string;
}

/** As a log keeps it: `number` tells it from the others of the log, and is never used again. */
export interface EventEntry extends EventFacts {
  readonly number: number;
  /** The revision of its last change; null: that of the log. */
  readonly revision: number | null;
  /** Only where it is later than lastSeenAt: when its source says that it saw it last, by a clock that is ahead. */
  readonly reportedAt?: string;
}

/**
 * What is stored under the kind Event: all events of one object together, under its uid, so that what happens to a pod within a moment
 * is one write (docs/adr/0017-events.md). Nobody outside the registry sees logs; `eventsIn` makes events of them.
 */
export interface EventLog extends ApiObject {
  readonly kind: 'Event';
  readonly namespace: string;
  readonly spec: { readonly involved: InvolvedObject };
  readonly status: {
    readonly lastNumber: number;
    /** In the order of their numbers. */
    readonly entries: readonly EventEntry[];
  };
}

export interface Event extends ApiObject, EventFacts {
  readonly kind: 'Event';
  readonly namespace: string;
  readonly involved: InvolvedObject;
}

/** What somebody tells of an object. */
export interface EventDraft extends Pick<EventFacts, 'type' | 'reason' | 'message' | 'source'> {
  readonly involved: InvolvedObject;
  /**
   * What came from another program, with the times of that one: told again, it is known by its lastSeenAt and not counted twice.
   * Left out: it happens now, once.
   */
  readonly seen?: Pick<EventFacts, 'count' | 'firstSeenAt' | 'lastSeenAt'>;
  /** Told again in the same words within so many seconds, it is left out. 0 unless given. */
  readonly quietSeconds?: number;
}

/** Where events of objects without a namespace are kept, as in Kubernetes. */
const namespaceOfClusterObjects = 'default';

export function eventNamespace(involved: Pick<InvolvedObject, 'namespace'>): string {
  return involved.namespace ?? namespaceOfClusterObjects;
}

export function involvedIn(object: ApiObject): InvolvedObject {
  const { kind, namespace, name, uid } = object;
  return { kind, namespace, name, uid };
}

/** Is it told at that time? In a log that goes on for the sake of others it may outlive its time. */
export function isTold({ lastSeenAt }: Pick<EventFacts, 'lastSeenAt'>, now: number): boolean {
  return Date.parse(lastSeenAt) > now - longestEventLife;
}

const made = new WeakMap<EventLog, readonly Event[]>();

/** The events of a log, in the order in which each was first told. The same objects each time. */
export function eventsIn(log: EventLog): readonly Event[] {
  const known = made.get(log);
  if (known) return known;
  const { spec, status, ...meta } = log;
  const events = status.entries.map((entry) => eventOf(meta, spec.involved, entry));
  made.set(log, events);
  return events;
}

function eventOf(meta: ObjectMeta & { readonly kind: 'Event'; readonly namespace: string }, involved: InvolvedObject, entry: EventEntry): Event {
  const { number, revision, reportedAt: _reportedAt, ...facts } = entry;
  const resourceVersion = revision === null ? meta.resourceVersion : String(revision);
  return Object.freeze({ ...meta, ...facts, resourceVersion, involved, name: `${meta.name}.${number}`, uid: `${meta.uid}.${number}` });
}

/** The uid of the log that holds the event of this uid. */
export function logUidOf(eventUid: string): string {
  return eventUid.slice(0, Math.max(eventUid.lastIndexOf('.'), 0));
}
