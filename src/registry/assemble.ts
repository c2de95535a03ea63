import { setMaxListeners } from 'node:events';
import type { ClusterNode } from '../api/cluster-node';
import type { Kind, KindTypes, ResourceKind } from '../api/kinds';
import { kinds } from '../api/kinds';
import type { Clock } from '../base/clock';
import { sleep, systemClock } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import { ApiError } from '../errors/api-error';
import { explainStoreFault, interpretStoreError } from '../errors/interpret';
import { isStoreError } from '../errors/store-error';
import { BoundedStore } from './bounded-store';
import { CacheSet } from './cache/cache-set';
import type { StreamSource } from './cache/change-stream';
import { changeStream, controllerChanges, ownChanges } from './cache/change-stream';
import { Feed } from './cache/feed';
import { Freshness } from './cache/freshness';
import type { WatchCache } from './cache/watch-cache';
import { NodeLeases } from './cluster-node/lease';
import { StoredNodes } from './cluster-node/node-registry';
import { StoredEvents, eventChanges } from './event/event-registry';
import { EventRecorder } from './event/recorder';
import { KeySpace, registryPrefix } from './keys';
import { Leadership, leaderKey } from './leadership';
import { StoredPods } from './pod/pod-registry';
import { Reader } from './reader';
import type { KindRules, RegistryOptions } from './registry';
import { StoredControllers } from './replication-controller/controller-registry';
import { Snapshots } from './snapshots';
import type { CreateRegistriesOptions, Registries, Snapshot } from './types';
import { Writer } from './writer';

export type AllRules = { readonly [K in ResourceKind]: KindRules<KindTypes[K]> };

const registryWait = 2_000;

/** Puts the room together: one store, one feed, one set of caches, a registry per kind. The feed starts at once. */
export function assembleRegistries(options: CreateRegistriesOptions, rules: AllRules): Registries {
  return new Assembly(options, rules).registries();
}

class Assembly {
  private readonly clock: Clock;
  private readonly identity: Identity;
  private readonly logger: Logger;
  private readonly keys: KeySpace;
  private readonly calls: BoundedStore;
  private readonly set: CacheSet;
  private readonly freshness: Freshness;
  private readonly snapshots: Snapshots;
  private readonly feed: Feed;
  private readonly leadership: Registries['leadership'];
  private readonly ending = new AbortController();

  constructor(
    options: CreateRegistriesOptions,
    private readonly rules: AllRules,
  ) {
    const { store, clock, identity, logger, prefix = registryPrefix, windowEvents = 20_000, windowBytes = 128 * 2 ** 20 } = options;
    // Every open stream listens to it, and each takes its listener off again: many of them are no leak.
    setMaxListeners(0, this.ending.signal);
    this.clock = clock;
    this.identity = identity;
    this.logger = logger;
    this.keys = new KeySpace(prefix);
    this.calls = new BoundedStore(store, clock);
    this.set = new CacheSet({ keys: this.keys, clock, logger, window: { events: windowEvents, bytes: windowBytes } });
    this.freshness = new Freshness({ calls: this.calls, set: this.set, isLoaded: () => this.feed.isSynced, clock, logger, closing: this.ending.signal, onBack: () => this.feed.hurry() });
    this.snapshots = new Snapshots({ set: this.set, freshness: this.freshness, calls: this.calls, keys: this.keys, clock, logger });
    this.leadership = this.createLeadership(options);
    this.feed = new Feed({ store, calls: this.calls, prefix, target: this.set, windowEvents, clock, identity, logger });
  }

  registries(): Registries {
    const { caches, leases: table } = this.set;
    const seen = (revision: number): Promise<boolean> => this.set.reached(revision, registryWait);
    const leases = new NodeLeases({ calls: this.calls, keys: this.keys, table, clock: this.clock, seen });
    const clusterNodes = new StoredNodes({ ...this.partsOf('ClusterNode', caches.ClusterNode), leases, table });
    const replicationControllers = new StoredControllers(this.partsOf('ReplicationController', caches.ReplicationController));
    const getNode = (name: string): Promise<ClusterNode> => clusterNodes.get({ namespace: null, name });
    const pods = new StoredPods({ ...this.partsOf('Pod', caches.Pod), indexer: caches.Pod.lister, getNode });
    const recorder = this.createRecorder();
    const events = new StoredEvents({ cache: caches.Event, snapshots: this.snapshots, recorder, clock: this.clock });
    const running = this.feed.run(this.ending.signal);
    return {
      pods,
      replicationControllers,
      clusterNodes,
      events,
      ready: (signal) => this.ready(signal),
      notReadyBecause: () => this.notReadyBecause(),
      staleness: () => this.freshness.staleness,
      leadership: this.leadership,
      readOnlyBecause: () => this.readOnlyBecause(),
      freshSnapshot: () => this.freshSnapshot(),
      reached: (revision, milliseconds) => this.set.reached(revision, milliseconds),
      streams: {
        pods: (wanted) => changeStream({ ...this.streamOf('Pod', caches.Pod), changesIn: ownChanges('Pod') }, wanted),
        replicationControllers: (wanted) =>
          changeStream({ ...this.streamOf('ReplicationController', caches.ReplicationController), changesIn: controllerChanges }, wanted),
        clusterNodes: (wanted) =>
          changeStream({ ...this.streamOf('ClusterNode', caches.ClusterNode), changesIn: ownChanges('ClusterNode') }, wanted),
        events: (wanted) => changeStream({ ...this.streamOf('Event', caches.Event), present: () => events.present(), changesIn: eventChanges }, wanted),
      },
      close: async () => {
        await recorder.close();
        this.ending.abort();
        this.set.close();
        await running;
      },
    };
  }

  private createRecorder(): EventRecorder {
    const { calls, keys, clock, identity, logger } = this;
    return new EventRecorder({ calls, keys, clock, identity, logger, lister: this.set.caches.Event.lister });
  }

  private partsOf<K extends ResourceKind>(kind: K, cache: WatchCache<KindTypes[K]>): RegistryOptions<K> {
    const { set, calls, keys, freshness, snapshots, logger, clock, identity } = this;
    const info = kinds[kind];
    return {
      kind,
      rules: this.rules[kind],
      cache,
      set,
      freshness,
      clock,
      identity,
      reader: new Reader({ info, cache, snapshots, freshness, calls, keys, logger }),
      writer: new Writer<KindTypes[K]>(kind, { info, calls, keys, set, lister: cache.lister, identity, logger }),
    };
  }

  private streamOf<K extends Kind>(kind: K, cache: WatchCache<KindTypes[K]>): Omit<StreamSource<KindTypes[K]>, 'changesIn'> {
    const { noun } = kinds[kind];
    const fresh = (): Promise<void> => this.fresh(kind, noun);
    return { set: this.set, clock: this.clock, present: () => cache.lister.list(), fresh, closing: this.ending.signal };
  }

  private async fresh(kind: Kind, noun: string): Promise<void> {
    const isFresh = await this.freshness.waitStrictly().catch((error: unknown) => {
      throw interpretStoreError(error, { operation: 'watch', kind, noun });
    });
    if (isFresh) return;
    throw new ApiError('SERVICE_UNAVAILABLE', 'this server is still catching up with the store; try again', { retryAfterSeconds: 1 });
  }

  private freshSnapshot(): Promise<Snapshot> {
    return this.snapshots.fresh().catch((error: unknown) => {
      throw interpretStoreError(error, { operation: 'list', kind: 'Pod', noun: 'pod' });
    });
  }

  private async ready(signal: AbortSignal): Promise<void> {
    let abort = (): void => undefined;
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(new ApiError('SERVICE_UNAVAILABLE', 'gave up waiting until the caches are filled', { retryAfterSeconds: 1 }));
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
    });
    try {
      await Promise.race([this.set.caches.Pod.synced, aborted]);
    } finally {
      // Every loop of the control plane waits here on one and the same signal, which lives on.
      signal.removeEventListener('abort', abort);
    }
  }

  private createLeadership({ store, ioClock, instanceName, leadershipTiming }: CreateRegistriesOptions): Registries['leadership'] {
    const { calls, identity, logger } = this;
    if (!store.capabilities.shared) return { isLeading: () => true, leaderName: () => null, run: (signal, lead) => this.leadOnceCaughtUp(signal, lead) };
    const name = instanceName ?? identity.uid();
    const election = new Leadership({ calls, key: leaderKey, name, clock: ioClock ?? systemClock, identity, logger, timing: leadershipTiming });
    return {
      isLeading: () => election.isLeading,
      leaderName: () => election.leaderName,
      run: (signal, lead) => election.run(signal, (term) => this.leadOnceCaughtUp(term, lead)),
    };
  }

  /** D6: who leads may act only on what the one before has done. */
  private async leadOnceCaughtUp(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      if (await this.hasCaughtUp(signal)) return lead(signal);
      await sleep(this.clock, 100, signal);
    }
  }

  private async hasCaughtUp(signal: AbortSignal): Promise<boolean> {
    try {
      await this.ready(signal);
      return await this.set.reached(await this.calls.currentRevision(), registryWait);
    } catch (error) {
      if (isStoreError(error) || signal.aborted) return false;
      throw error;
    }
  }

  private notReadyBecause(): string | null {
    const { phase } = this.feed;
    if (phase.name === 'ended') return 'the server is shutting down';
    if (phase.name === 'waiting') return `the watch on the store was lost (${phase.because}); trying again`;
    return this.feed.isSynced ? null : 'the caches are being filled from the store';
  }

  private readOnlyBecause(): string | null {
    const fault = this.calls.writeFault();
    return fault && `refused, while reads may go on: ${explainStoreFault(fault)}`;
  }
}
