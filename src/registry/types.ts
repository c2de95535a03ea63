import type { ApiObject, ObjectRef } from '../api/meta';
import type { Loose } from '../api/loose';
import type { Informer, Lister, ObjectChange } from '../api/watch';
import type { ClusterNode, DrainRequest } from '../api/cluster-node';
import type { Event, EventDraft, EventLog, EventType, InvolvedObject } from '../api/event';
import type { Pod } from '../api/pod';
import type { ReplicationController } from '../api/replication-controller';
import type { Taint } from '../api/taints';
import type { Clock } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import type { Cause } from '../errors/api-error';
import type { Staleness } from './cache/freshness';
import type { LeadershipTiming } from './leadership';
import type { Store } from './store/store';

/** Conditions on the state a caller acted upon. A mismatch is CONFLICT, and nothing changes. */
export interface Preconditions {
  /** Stale only if user-owned fields (spec, labels, annotations) changed since (D4): a status write conflicts with nobody. */
  readonly resourceVersion?: string | null;
  readonly uid?: string | null;
}

export interface WriteOptions {
  /** Everything is checked and defaulted, nothing is stored, nobody is told. */
  readonly dryRun?: boolean;
  readonly preconditions?: Preconditions;
}

export interface DeleteOptions extends WriteOptions {
  /** Overrides the object's own grace; 0 removes the object at once; a time already set is only ever shortened. */
  readonly gracePeriodSeconds?: number | null;
}

/** Why a pod is evicted. */
export interface Disruption {
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}

/** How a node is to be drained. */
export type DrainWish = Pick<DrainRequest, 'maxUnavailable' | 'force'> & { readonly gracePeriodSeconds?: number | null };

/** What a caller gives to create: the registry fills in the rest. `name` or `generateName` must be there. */
export interface Draft<T extends ApiObject> {
  readonly name: string | null;
  readonly generateName: string | null;
  readonly namespace: string | null;
  /**
   * Chosen by the client: makes the create safe to send twice; the second answers with the first's object, or is
   * ALREADY_EXISTS when that was deleted meanwhile (ADR 0010).
   */
  readonly uid?: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences?: ApiObject['ownerReferences'];
  readonly spec: T extends { readonly spec: infer S } ? Loose<S> : never;
  /** Only for kinds that arrive with a status (a node that registers itself). */
  readonly status?: T extends { readonly status: infer S } ? S : never;
}

export interface ListOptions<T extends ApiObject> {
  /** All namespaces unless given. */
  readonly namespace?: string | null;
  /** Found by an index of the snapshot, in any order: what the list is made of, instead of all objects of the kind. */
  readonly among?: (snapshot: Snapshot) => readonly T[] | Promise<readonly T[]>;
  readonly matches?: (object: T) => boolean;
  /** What `among` and `matches` choose by, in plain values: with kind and namespace it says which list this is. */
  readonly selection?: Readonly<Record<string, unknown>>;
  readonly limit: number;
  /** A cursor from an earlier page of the same list; that of another list is BAD_USER_INPUT. */
  readonly after?: string | null;
  /** Read as of this version. */
  readonly at?: string | null;
  /** Where neither `after` nor `at` names a version: what the caller has pinned already. The present unless given. */
  readonly snapshot?: () => Promise<Snapshot>;
}

export interface ObjectPage<T extends ApiObject> {
  readonly items: readonly T[];
  /** One per item, opaque; each carries the revision of the first page (all pages of a list are read at it). */
  readonly cursors: readonly string[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** How many match, over all pages. */
  readonly totalCount: number;
  /** The version the page is as of; may be given as `since` of a subscription. */
  readonly resourceVersion: string;
  /** The state the page was read from: what belongs to its items is to be read there too. */
  readonly snapshot: Snapshot;
}

/**
 * Storage of one kind. One generic implementation (registry.ts), one Strategy per kind.
 *
 * Every method throws ApiError only. Each call has a deadline. A write returns when it is stored for good *and* this
 * process's cache has reached it (bounded; then it returns all the same), so that whoever asks next sees it.
 */
export interface Registry<T extends ApiObject> {
  readonly informer: Informer<T>;
  /** NOT_FOUND if it is not there. Reads the cache once that has reached the store's current revision. */
  get(ref: ObjectRef): Promise<T>;
  /** EXPIRED if the version of `at` or of the cursor is gone; BAD_USER_INPUT if they cannot be read. */
  list(options: ListOptions<T>): Promise<ObjectPage<T>>;
  /** ALREADY_EXISTS, INVALID (all causes at once), REQUEST_TOO_LARGE. */
  create(draft: Draft<T>, options?: WriteOptions): Promise<T>;
  /**
   * Changes user-owned fields. `change` gets the present object, returns the wanted one, is pure, and may run several
   * times: the compare-and-swap loop is in here. A result equal to what is stored writes nothing. INVALID, CONFLICT, NOT_FOUND.
   */
  update(ref: ObjectRef, change: (current: T) => T, options?: WriteOptions): Promise<T>;
  /** The same for status only; spec, labels and annotations of the result are ignored. Never makes a user's edit conflict. */
  updateStatus(ref: ObjectRef, change: (current: T) => T, options?: WriteOptions): Promise<T>;
  /**
   * Graceful kinds get deletionTimestamp and stay until deleted again with grace 0 (by the kubelet). Returns the object
   * as it is after the call (or as it last was). Deleting what is being deleted already is no error.
   */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<T>;
}

export interface PodRegistry extends Registry<Pod> {
  /**
   * Gives the pod a node, once: CONFLICT if it has another, has finished or is being deleted, or if the node is cordoned.
   * NOT_FOUND if there is no such node. The node it has already is no error, whatever became of both.
   */
  bind(ref: ObjectRef, nodeName: string, options?: WriteOptions): Promise<Pod>;
  /**
   * Changes ownerReferences only: the replication controller adopts and releases. Writes nothing if nothing changes.
   * Counts as a change by the system: never makes a user's edit conflict.
   */
  updateOwners(ref: ObjectRef, change: (current: Pod) => Pod['ownerReferences'], options?: WriteOptions): Promise<Pod>;
  /**
   * Deletes it for the sake of its node, as `delete` does; the condition DisruptionTarget says why. One that is being deleted
   * already stays as it is.
   */
  evict(ref: ObjectRef, disruption: Disruption, options?: DeleteOptions): Promise<Pod>;
  readonly byLabels: PodIndexes['byLabels'];
  readonly byNode: PodIndexes['byNode'];
  readonly byOwner: PodIndexes['byOwner'];
}

/** From memory, now; frozen objects. In no order that could be relied on. */
export interface PodIndexes {
  /** Pods of the namespace that carry all these labels. */
  byLabels(namespace: string, selector: Readonly<Record<string, string>>): readonly Pod[];
  /** Pods bound to the node; "" for pods that are bound to none. */
  byNode(nodeName: string): readonly Pod[];
  /** Pods whose controller has this uid. */
  byOwner(uid: string): readonly Pod[];
}

export interface ReplicationControllerRegistry extends Registry<ReplicationController> {
  /** BACKGROUND: its pods are deleted by the garbage collector. ORPHAN: they lose their owner and stay. */
  deleteWithCascade(ref: ObjectRef, cascade: 'BACKGROUND' | 'ORPHAN', options?: DeleteOptions): Promise<ReplicationController>;
}

export interface ClusterNodeRegistry extends Registry<ClusterNode> {
  /** Creates the node or brings its labels and status up to date, and grants or renews its lease. Its spec stays. */
  register(draft: Draft<ClusterNode>, leaseDurationSeconds: number): Promise<{ node: ClusterNode; leaseDurationSeconds: number }>;
  /** Whether the scheduler may give it new pods. That it may calls off a drain. */
  cordon(ref: ObjectRef, unschedulable: boolean, options?: WriteOptions): Promise<ClusterNode>;
  /** Cordons it and asks for its pods to leave; the controllers see to it. INVALID if a number is none. */
  drain(ref: ObjectRef, wish: DrainWish, options?: WriteOptions): Promise<ClusterNode>;
  /** Replaces the user's taints; those that say what became of the node stay. INVALID if one of `taints` says that. */
  taint(ref: ObjectRef, taints: readonly Loose<Taint>[], options?: WriteOptions): Promise<ClusterNode>;
  /** Changes the taints as the system wants them: no user's edit conflicts with it. Writes nothing if nothing changes. */
  updateTaints(ref: ObjectRef, change: (current: ClusterNode) => readonly Taint[], options?: WriteOptions): Promise<ClusterNode>;
  /** Takes no revision and wakes no watcher (D7). NOT_FOUND: register again, also where the node is declared lost. */
  renewLease(name: string): Promise<{ leaseDurationSeconds: number }>;
  /** When the node's kubelet last renewed, computed from the lease; null when it has none. */
  lastHeartbeat(name: string): Promise<Date | null>;
  /** Calls back when a node's lease appears or runs out; with all present leases at once on subscription. */
  onLease(handler: (name: string, alive: boolean) => void): () => void;
}

export interface EventListOptions extends Pick<ListOptions<Event>, 'namespace' | 'limit' | 'after' | 'snapshot'> {
  /** Only those of this object, whose log is found without a scan. */
  readonly of?: InvolvedObject | null;
  readonly type?: EventType | null;
}

/** What happened to objects, each with a reason. Nothing may depend on it: events are kept as well as can be, for about an hour. */
export interface EventRegistry {
  readonly informer: Informer<EventLog>;
  /** Newest first, by lastSeenAt. */
  list(options: EventListOptions): Promise<ObjectPage<Event>>;
  /** What is kept of the object of this uid, from memory. */
  logOf(uid: string): EventLog | undefined;
  /** Returns at once and never throws. Told again in the same words, it is counted. */
  record(draft: EventDraft): void;
  /** The same for what another program tells. INVALID if one cannot be kept; then none is. */
  report(drafts: readonly EventDraft[]): void;
  /** Resolves when what was recorded is written, or given up. */
  flush(): Promise<void>;
}

/** One stream of changes for one subscriber: contract.graphql, type Subscription. */
export interface ChangeStreamOptions<T extends ApiObject> {
  readonly since?: string | null;
  /** What the subscriber may see; an object that stops matching is DELETED, one that starts is ADDED. */
  readonly matches: (object: T) => boolean;
  readonly signal: AbortSignal;
}
export interface StreamedChange<T extends ApiObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'RESYNC';
  readonly object: T | null;
  readonly resourceVersion: string;
}

/** Every object and every count of one moment: one request reads one snapshot. */
export interface Snapshot {
  readonly revision: number;
  readonly pods: Lister<Pod> & PodIndexes;
  readonly replicationControllers: Lister<ReplicationController>;
  readonly clusterNodes: Lister<ClusterNode>;
  /** Under the uids of the objects they are about (eventNamespace). */
  readonly events: Lister<EventLog>;
}

export interface CreateRegistriesOptions {
  /** Stays the caller's; nobody else may write below the prefix in another form. */
  readonly store: Store;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
  /** The world's time, for leases that run in another program; real unless given. */
  readonly ioClock?: Clock;
  /** Of this process among all that share the store: for people. */
  readonly instanceName?: string;
  readonly leadershipTiming?: Partial<LeadershipTiming>;
  /** Of all keys; "/registry/" unless given. */
  readonly prefix?: string;
  /** How many of the last changes stay in memory: for `since`, for `at`, and for subscribers that lag. 20000 unless given. */
  readonly windowEvents?: number;
  /** How many bytes (as encoded) of states that have ended may stay in memory with them. 128 MiB unless given. */
  readonly windowBytes?: number;
}

/** The door of this room. */
export interface Registries {
  readonly pods: PodRegistry;
  readonly replicationControllers: ReplicationControllerRegistry;
  readonly clusterNodes: ClusterNodeRegistry;
  readonly events: EventRegistry;
  /** Resolves when the caches hold the store's state; rejects when the signal aborts. */
  ready(signal: AbortSignal): Promise<void>;
  /** Null when ready, else one sentence why not. */
  notReadyBecause(): string | null;
  /** Reads that were answered from memory because the store was away. */
  staleness(): Staleness;
  /** Which of all processes on this store runs the control loops. Alone on a store of its own: this one. */
  readonly leadership: {
    isLeading(): boolean;
    /** As last seen; null when nobody else can lead, or nobody does. */
    leaderName(): string | null;
    /** Runs `lead` whenever this process is elected and its caches have caught up, until the signal aborts. */
    run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void>;
  };
  /** Null while the store takes writes, as far as it knows; else one sentence why not. Reads may go on. */
  readOnlyBecause(): string | null;
  /** Waits (bounded) until the caches have reached the store's current revision, then pins that state; if they do not, it is read from the store. */
  freshSnapshot(): Promise<Snapshot>;
  /** Resolves true once the caches have reached this revision, false when the wait is over first (D6). */
  reached(revision: number, milliseconds: number): Promise<boolean>;
  /** What podChanges, replicationControllerChanges, clusterNodeChanges and eventChanges stream. */
  streams: {
    pods(options: ChangeStreamOptions<Pod>): AsyncIterable<StreamedChange<Pod>>;
    /** Also MODIFIED when a pod event changes what the controller's counts may say. */
    replicationControllers(options: ChangeStreamOptions<ReplicationController>): AsyncIterable<StreamedChange<ReplicationController>>;
    clusterNodes(options: ChangeStreamOptions<ClusterNode>): AsyncIterable<StreamedChange<ClusterNode>>;
    events(options: ChangeStreamOptions<Event>): AsyncIterable<StreamedChange<Event>>;
  };
  close(): Promise<void>;
}

export type { Staleness, Informer, Lister, ObjectChange, Cause };
