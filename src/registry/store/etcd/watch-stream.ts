import type { Etcd3, IEvent, IWatchRequest, IWatchResponse } from 'etcd3';
import type { Clock } from '../../../base/clock';
import { StoreError } from '../../../errors/store-error';
import { compacted, lagged } from '../refusals';
import type { Key, Revision, StoreEvent, WatchBatch } from '../store';
import { limits } from './settings';
import type { KeyRange } from './values';
import { headOf, revisionOf } from './values';

export interface WatchStreamOptions {
  readonly client: Etcd3;
  readonly keys: KeyRange;
  readonly prefix: Key;
  readonly after: Revision;
  readonly clock: Clock;
  /** Batches that may wait unread once the stream has caught up (S11). */
  readonly capacity: number;
  /** Called whenever there is something to take, or the stream failed. */
  readonly onWord: () => void;
}

interface RawStream {
  write(request: IWatchRequest): void;
  on(event: string, listener: (argument: never) => void): unknown;
  pause(): void;
  resume(): void;
  cancel(): void;
}

/** While it catches up, a stream that is not read is held back by gRPC's flow control. */
const mostWaiting = { batches: 256, bytes: 16 * 2 ** 20 };
/** Once it has caught up, holding back would only move the heap into etcd: it is ended (S11). */
const mostBytes = 128 * 2 ** 20;

/**
 * One raw watch stream with one watcher. etcd3's own watcher resumes from the header of an answer instead of from its last
 * event and so loses events; here the next revision comes from the events that were handed out, and from nothing else.
 *
 * etcd is asked from `after` on, not from the revision behind it: so it says whether `after` itself is still there (S9), and
 * never is a watch begun exactly at the compacted revision with that revision wanted (etcd#18089).
 */
export class WatchStream {
  /** Of etcd, when it had taken the watcher in. */
  createdAt: Revision | undefined;
  failure: unknown;
  hasSpoken = false;
  private raw: RawStream | undefined;
  private readonly waiting: WatchBatch[] = [];
  private waitingBytes = 0;
  private fragments: IEvent[] = [];
  private isPaused = false;
  private caughtUp = false;
  private ended = false;

  constructor(private readonly options: WatchStreamOptions) {}

  /** Resolves when etcd has taken the watcher in; rejects with what stopped it. */
  async open(): Promise<void> {
    const { client, keys, prefix, after, clock } = this.options;
    const raw = (await client.watchClient.watch()) as unknown as RawStream;
    this.raw = raw;
    await new Promise<void>((resolve, reject) => {
      const timer = clock.after(limits.streamStart, () => fail(new StoreError('TIMEOUT', 'etcd did not answer a watch in time')));
      const fail = (error: unknown): void => {
        timer.cancel();
        this.fail(error);
        reject(error);
      };
      raw.on('data', (response: IWatchResponse) => {
        this.hear(response);
        if (this.failure !== undefined) fail(this.failure);
        else if (response.created) {
          timer.cancel();
          resolve();
        }
      });
      raw.on('error', (error: Error) => fail(error));
      const over = (): void => fail(new StoreError('UNAVAILABLE', 'etcd ended the watch'));
      raw.on('end', over);
      raw.on('close', over);
      // Only now: a stream that is cancelled says so with an error, and one that nobody hears ends the process.
      if (this.ended) return raw.cancel();
      const range = keys.rangeOf(prefix);
      raw.write({ create_request: { ...range, start_revision: Math.max(1, after), progress_notify: true, prev_kv: true, fragment: true } });
    });
  }

  /** The next batch; an empty one is progress (S10). Undefined: nothing waits. */
  take(): WatchBatch | undefined {
    const batch = this.waiting.shift();
    if (!batch) return undefined;
    this.waitingBytes -= sizeOf(batch);
    if (batch.events.length === 0) this.caughtUp = true;
    if (this.isPaused && (this.caughtUp || this.waiting.length < mostWaiting.batches / 2)) {
      this.isPaused = false;
      this.raw?.resume();
    }
    return batch;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Asks etcd how far this stream is. Only for versions that do not answer before the events (versions.ts). */
  requestProgress(): void {
    if (this.failure === undefined && !this.ended) this.raw?.write({ progress_request: {} });
  }

  /** What was proved otherwise: everything up to here has been delivered. */
  pushProgress(revision: Revision): void {
    this.push({ revision, events: [] });
  }

  close(): void {
    this.ended = true;
    this.raw?.cancel();
  }

  private hear(response: IWatchResponse): void {
    if (this.failure !== undefined || this.ended) return;
    this.hasSpoken ||= !response.created;
    try {
      if (response.canceled) throw this.cancelled(response);
      const events = response.events ?? [];
      if (response.created) {
        this.createdAt = headOf(response.header);
        // Nothing has happened since: there is nothing to wait for.
        if (this.createdAt === this.options.after) this.pushProgress(this.createdAt);
      }
      this.fragments.push(...events);
      if (response.fragment) return;
      if (this.fragments.length > 0) this.deliver(this.fragments);
      else if (!response.created) this.pushProgress(headOf(response.header));
      this.fragments = [];
    } catch (error) {
      this.fail(error);
    }
  }

  private deliver(events: readonly IEvent[]): void {
    let batch: { revision: Revision; events: StoreEvent[] } | undefined;
    for (const event of events) {
      const revision = revisionOf(event.kv.mod_revision);
      if (revision <= this.options.after) continue;
      if (batch && batch.revision !== revision) {
        this.push(batch);
        batch = undefined;
      }
      batch ??= { revision, events: [] };
      batch.events.push(this.eventOf(event));
    }
    if (batch) this.push(batch);
  }

  private eventOf({ type, kv, prev_kv: before }: IEvent): StoreEvent {
    const { keys } = this.options;
    const isDelete = type === 'Delete';
    // etcd reads the value before when it sends the event: it is gone when compaction was quicker than we.
    if (!before && (isDelete || kv.version !== '1')) throw compacted(revisionOf(kv.mod_revision) - 1, revisionOf(kv.mod_revision));
    const previous = before ? keys.itemOf(before) : null;
    return { type: isDelete ? 'delete' : 'put', key: keys.nameOf(kv.key), item: isDelete ? null : keys.itemOf(kv), previous };
  }

  private push(batch: WatchBatch): void {
    this.waiting.push(batch);
    this.waitingBytes += sizeOf(batch);
    if (this.caughtUp) {
      if (this.waiting.length > this.options.capacity || this.waitingBytes > mostBytes) throw lagged(this.waiting.length);
    } else if (!this.isPaused && (this.waiting.length >= mostWaiting.batches || this.waitingBytes >= mostWaiting.bytes)) {
      this.isPaused = true;
      this.raw?.pause();
    }
    this.options.onWord();
  }

  private cancelled(response: IWatchResponse): Error {
    const oldest = revisionOf(response.compact_revision);
    if (oldest > 0) return compacted(this.options.after, oldest);
    return new Error(response.cancel_reason || 'etcd cancelled the watch');
  }

  private fail(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = error;
    this.waiting.splice(0);
    this.raw?.cancel();
    this.options.onWord();
  }
}

function sizeOf({ events }: WatchBatch): number {
  return events.reduce((sum, { item, previous }) => sum + (item?.value.byteLength ?? 0) + (previous?.value.byteLength ?? 0), 0);
}
