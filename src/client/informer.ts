import { linkAbort } from '../base/abort';
import { backoffDelay } from '../base/backoff';
import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import type { ApiObject } from '../api/meta';
import type { Informer, Lister, ObjectChange } from '../api/watch';
import { isApiError } from '../errors/api-error';
import { keyOf, ObjectCache } from './object-cache';
import type { WireChange } from './operations/pods';

export interface RemoteInformerOptions<T extends ApiObject> {
  /** For the log: "pods of node-a". */
  readonly name: string;
  /** Subscribes: from the version `since`, or to everything when it is null. */
  readonly open: (since: string | null, signal: AbortSignal) => AsyncIterable<{ readonly changes: WireChange<T> }>;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
  /** A stream that says nothing for so long is dead: the server sends a bookmark every 30 s. 75 seconds unless given. */
  readonly silenceMilliseconds?: number;
}

const reconnectPolicy = { initial: 200, max: 10_000, jitter: 0.5 };

/**
 * The remote twin of the registry's informer: one subscription, resumed with `since` after each interruption, listed
 * anew when the server says that history is gone (RESYNC) or does not take the version.
 */
export class RemoteInformer<T extends ApiObject> implements Informer<T> {
  readonly synced: Promise<void>;
  private readonly cache = new ObjectCache<T>();
  private readonly handlers = new Set<(change: ObjectChange<T>) => void>();
  private readonly markSynced: () => void;
  /** The version up to which the cache is complete; null: none, or it was refused. */
  private version: string | null = null;
  /** A list that is being received. Null: the cache is followed change by change. */
  private listing: Map<string, T> | null = null;
  private failures = 0;

  constructor(private readonly options: RemoteInformerOptions<T>) {
    let resolveSynced = (): void => undefined;
    this.synced = new Promise((resolve) => (resolveSynced = resolve));
    this.markSynced = resolveSynced;
  }

  get lister(): Lister<T> {
    return this.cache;
  }

  subscribe(handler: (change: ObjectChange<T>) => void): () => void {
    for (const object of this.cache.list()) {
      this.call(handler, { type: 'ADDED', object, previous: null, revision: toRevision(object.resourceVersion) });
    }
    this.handlers.add(handler);
    return () => void this.handlers.delete(handler);
  }

  /** Until the signal aborts, whatever happens (I8). */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, identity, logger, name } = this.options;
    while (!signal.aborted) {
      try {
        await this.follow(signal);
        if (!signal.aborted) logger.debug('a stream of changes ended; resuming', { stream: name, since: this.version });
      } catch (error) {
        if (signal.aborted) return;
        // A version that this server does not take: list again.
        if (isApiError(error) && !error.retryable) this.version = null;
        // Once per interruption, not once per try.
        logger[this.failures === 0 ? 'warn' : 'debug']('a stream of changes broke; resuming', { stream: name, since: this.version, error });
      }
      this.failures += 1;
      await sleep(clock, backoffDelay(reconnectPolicy, this.failures, identity.random()), signal);
    }
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const { open, clock, silenceMilliseconds = 75_000 } = this.options;
    const since = this.version;
    this.listing = since === null ? new Map() : null;
    const connection = linkAbort(signal);
    let silence = clock.after(silenceMilliseconds, connection.end);
    try {
      for await (const { changes } of open(since, connection.signal)) {
        if (signal.aborted) return;
        silence.cancel();
        silence = clock.after(silenceMilliseconds, connection.end);
        this.failures = 0;
        this.take(changes);
      }
    } finally {
      silence.cancel();
      connection.end();
    }
  }

  private take({ type, object, resourceVersion }: WireChange<T>): void {
    if (type === 'RESYNC') {
      this.listing = new Map();
      this.version = null;
    } else if (type === 'BOOKMARK') {
      if (this.listing) this.finishListing(this.listing, toRevision(resourceVersion));
      this.version = resourceVersion;
    } else if (object !== null) {
      if (this.listing) this.collect(this.listing, type, object);
      else {
        this.tell(this.cache.apply({ type: type === 'DELETED' ? 'GONE' : 'PRESENT', object, revision: toRevision(resourceVersion) }));
        this.version = resourceVersion;
      }
    }
  }

  private collect(listing: Map<string, T>, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void {
    const key = keyOf(object.namespace, object.name);
    if (type === 'DELETED') listing.delete(key);
    else listing.set(key, object);
  }

  private finishListing(listing: Map<string, T>, revision: number): void {
    this.listing = null;
    for (const incoming of this.cache.differenceTo(listing.values(), revision)) this.tell(this.cache.apply(incoming));
    this.markSynced();
  }

  private tell(changes: readonly ObjectChange<T>[]): void {
    for (const change of changes) for (const handler of [...this.handlers]) this.call(handler, change);
  }

  private call(handler: (change: ObjectChange<T>) => void, change: ObjectChange<T>): void {
    try {
      handler(change);
    } catch (error) {
      const { kind, namespace, name, uid } = change.object;
      this.options.logger.error('a handler of changes threw', { kind, namespace, name, uid, change: change.type, error });
    }
  }
}

/** Outside the registry a version is opaque; a number for handlers that only want to know how far they are, else 0. */
function toRevision(resourceVersion: string): number {
  const revision = Number(resourceVersion);
  return Number.isSafeInteger(revision) ? revision : 0;
}
