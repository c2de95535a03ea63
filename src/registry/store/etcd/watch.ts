import type { Clock } from '../../../base/clock';
import { StoreError } from '../../../errors/store-error';
import { closed } from '../refusals';
import type { Key, Revision, WatchBatch, WatchOptions } from '../store';
import type { Endpoints } from './endpoints';
import { faultOf, storeErrorOf } from './faults';
import { provenProgress } from './progress';
import { limits } from './settings';
import type { KeyRange } from './values';
import { headOf } from './values';
import { answersProgressInOrder, parseVersion } from './versions';
import { WatchStream } from './watch-stream';

export interface WatchSource {
  readonly endpoints: Endpoints;
  readonly keys: KeyRange;
  readonly clock: Clock;
  readonly progressInterval: number;
  readonly watchCapacity: number;
  /** Aborts when the store closes. */
  readonly closing: AbortSignal;
  /** Calls back when somebody learnt that the store is at this revision: a watch that is behind asks how far it is. */
  onHead(listener: (head: Revision) => void): () => void;
}

/** Milliseconds between two questions for progress while etcd still sends the past: it does not answer before its end. */
const progressRetry = 100;
/** Milliseconds without an event before progress is proved by reading, which makes etcd walk all keys many times (progress.ts). */
const quietBeforeProof = 500;

/**
 * A watch (S6–S12). A stream that breaks is replaced at once, from the last revision that was handed out, at each endpoint;
 * when none takes it, the watch ends with the reason, and its reader begins again when it likes.
 */
export async function* watchEtcd(source: WatchSource, prefix: Key, { after, signal }: WatchOptions): AsyncGenerator<WatchBatch, void, undefined> {
  const watch = new EtcdWatch(source, prefix, after, signal);
  try {
    for (;;) {
      if (signal.aborted) return;
      if (source.closing.aborted) throw closed();
      const batch = watch.take();
      if (batch) yield batch;
      else await watch.word();
    }
  } finally {
    watch.end();
  }
}

class EtcdWatch {
  private seen: Revision;
  private stream: WatchStream | undefined;
  private isOpen = false;
  private inOrder = true;
  /** Streams in a row that broke without a word. */
  private fruitless = 0;
  private failure: unknown;
  private caughtUp = false;
  private head: Revision = 0;
  private isAsking = false;
  /** When the last events came, or were to be expected. */
  private lastNews = -Infinity;
  private nextQuestion: number;
  private wake: () => void = () => undefined;
  private hasWord = false;
  private readonly cleanups: (() => void)[] = [];

  constructor(
    private readonly source: WatchSource,
    private readonly prefix: Key,
    after: Revision,
    signal: AbortSignal,
  ) {
    this.seen = after;
    this.nextQuestion = source.clock.monotonic();
    const tell = (): void => this.tell();
    for (const ending of [signal, source.closing]) {
      ending.addEventListener('abort', tell, { once: true });
      this.cleanups.push(() => ending.removeEventListener('abort', tell));
    }
    this.cleanups.push(source.endpoints.onMove(() => this.replace()));
    this.cleanups.push(
      source.onHead((head) => {
        if (head <= Math.max(this.head, this.seen)) return;
        this.head = head;
        this.nextQuestion = source.clock.monotonic();
        this.tell();
      }),
    );
  }

  take(): WatchBatch | undefined {
    if (this.failure !== undefined) throw this.failure;
    const { stream } = this;
    if (!stream) {
      this.open();
      return undefined;
    }
    if (stream.failure !== undefined) {
      this.judge(stream.failure, stream.hasSpoken);
      return undefined;
    }
    const batch = this.isOpen ? stream.take() : undefined;
    if (batch && (batch.events.length > 0 || batch.revision >= this.seen)) {
      this.seen = batch.revision;
      this.caughtUp ||= batch.events.length === 0;
      if (batch.events.length > 0) this.lastNews = this.source.clock.monotonic();
      if (batch.events.length === 0) this.nextQuestion = this.source.clock.monotonic() + this.source.progressInterval;
      return batch;
    }
    if (batch) this.hasWord = true;
    return undefined;
  }

  /** Resolves when there may be something to take. */
  async word(): Promise<void> {
    const { clock } = this.source;
    if (this.isOpen && this.nextQuestion <= clock.monotonic()) this.ask();
    if (!this.hasWord) {
      await new Promise<void>((resolve) => {
        // Opening a stream has deadlines of its own, and its end is a word.
        const timer = this.isOpen ? clock.after(Math.max(1, this.nextQuestion - clock.monotonic()), resolve) : null;
        this.wake = () => {
          timer?.cancel();
          resolve();
        };
      });
      this.wake = () => undefined;
    }
    this.hasWord = false;
  }

  end(): void {
    for (const cleanup of this.cleanups.splice(0)) cleanup();
    this.stream?.close();
    this.tell();
  }

  private tell(): void {
    this.hasWord = true;
    this.wake();
  }

  /** How far are we? Until the answer is there it is asked again: etcd gives none before it has sent the past. */
  private ask(): void {
    const { clock, progressInterval } = this.source;
    const { stream } = this;
    const isBehind = (!this.caughtUp && (stream?.createdAt ?? 0) >= this.seen) || this.head > this.seen;
    this.nextQuestion = clock.monotonic() + (isBehind ? progressRetry : progressInterval);
    if (!stream?.isEmpty) return;
    if (this.inOrder) stream.requestProgress();
    else if (!this.isAsking && clock.monotonic() - this.lastNews >= quietBeforeProof) void this.prove(stream);
  }

  private async prove(stream: WatchStream): Promise<void> {
    const { seen, prefix } = this;
    const { endpoints, keys } = this.source;
    this.isAsking = true;
    try {
      const proven = await endpoints.read((client, options) => provenProgress(client, { keys, prefix, seen }, options));
      // An event that came meanwhile says more.
      if (proven !== null && this.stream === stream && stream.isEmpty && this.seen === seen) stream.pushProgress(proven);
    } catch {
      // Asked again; the stream itself says what is wrong.
    } finally {
      this.isAsking = false;
    }
  }

  /** The calls have left the endpoint that the stream is on. */
  private replace(): void {
    if (!this.isOpen || this.stream?.failure !== undefined) return;
    this.stream?.close();
    this.stream = undefined;
    this.isOpen = false;
    this.tell();
  }

  private open(): void {
    const { endpoints, keys, clock, watchCapacity: capacity } = this.source;
    const { client, failed } = endpoints.pick();
    const stream = new WatchStream({ client, keys, prefix: this.prefix, after: this.seen, clock, capacity, onWord: () => this.tell() });
    this.stream = stream;
    this.isOpen = false;
    const begin = async (): Promise<void> => {
      // Also renews the login: an old token would end the stream at once.
      const deadline = (): { deadline: number } => ({ deadline: clock.now() + limits.attempt });
      const head = headOf((await client.kv.range({ key: keys.keyOf('/'), count_only: true }, deadline())).header);
      const { version } = await client.maintenance.status(deadline());
      const parsed = parseVersion(version);
      this.inOrder = parsed !== null && answersProgressInOrder(parsed);
      await stream.open();
      if (this.stream !== stream) return stream.close();
      this.isOpen = true;
      if (head > this.seen) this.lastNews = clock.monotonic();
      this.head = Math.max(this.head, head);
      this.nextQuestion = clock.monotonic();
    };
    begin()
      .catch((error: unknown) => {
        if (this.stream !== stream) return;
        stream.failure ??= error;
        if (!(error instanceof StoreError) && faultOf(error).kind !== 'refused') failed();
      })
      .finally(() => this.tell());
  }

  private judge(error: unknown, hasSpoken: boolean): void {
    const { endpoints } = this.source;
    this.stream?.close();
    this.stream = undefined;
    this.isOpen = false;
    if (error instanceof StoreError && !['UNAVAILABLE', 'TIMEOUT'].includes(error.code)) throw error;
    this.fruitless = hasSpoken ? 1 : this.fruitless + 1;
    const fault = faultOf(error);
    const isFinal = fault.kind === 'refused' && fault.because !== 'token';
    if (isFinal || this.fruitless > endpoints.addresses.length) throw storeErrorOf(error, fault, 'read');
    this.hasWord = true;
  }
}
