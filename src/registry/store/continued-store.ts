import { isStoreError, StoreError } from '../../errors/store-error';
import { readOrigin } from './origin';
import { compacted, conflict, exists, future } from './refusals';
import type {
  GetResult, Key, Leases, ListOptions, ListResult, ReadOptions, Revision, Store, StoreCapabilities, StoredValue, StoreEvent, WatchBatch, WatchOptions, WriteOptions, WriteResult,
} from './store';

/** How the revisions of a store are shown: raised by `shift`, and none from before `first` (which is not raised). */
interface Continuation {
  readonly shift: Revision;
  readonly first: Revision;
}

const plain: Continuation = { shift: 0, first: 1 };

/**
 * A store whose revisions go on where those of the store ended that it was copied from: what anybody remembers from there
 * lies in the past, which is gone, and never means something else (docs/adr/0014). A store that was never copied into is
 * handed through as it is. The origin is read with the first call that succeeds, so that a store may be opened before it
 * can be reached. A store that is half copied refuses everything: MISCONFIGURED.
 */
export class ContinuedStore implements Store {
  private known: Continuation | undefined;
  private reading: Promise<Continuation> | undefined;

  constructor(private readonly inner: Store) {}

  get capabilities(): StoreCapabilities {
    return this.inner.capabilities;
  }

  get leases(): Leases {
    return this.inner.leases;
  }

  /** Reads the origin, for whoever wants to know now what stops this store. */
  async check(): Promise<void> {
    await this.continuation();
  }

  get(key: Key, options: ReadOptions = {}): Promise<GetResult> {
    return this.with(async (how) => {
      const at = await this.inside(how, options.revision);
      return this.asking(how, { key, asked: options.revision }, async () => {
        const { item, revision } = await this.inner.get(key, { ...options, revision: at });
        return { item: item && raised(how, item), revision: revision + how.shift };
      });
    });
  }

  list(prefix: Key, options: ListOptions = {}): Promise<ListResult> {
    return this.with(async (how) => {
      const at = await this.inside(how, options.revision);
      return this.asking(how, { asked: options.revision }, async () => {
        const result = await this.inner.list(prefix, { ...options, revision: at });
        if (how.shift === 0) return result;
        return { ...result, items: result.items.map((item) => raised(how, item)), revision: result.revision + how.shift };
      });
    });
  }

  create(key: Key, value: Uint8Array, options?: WriteOptions): Promise<WriteResult> {
    const bytes = this.kept(value);
    return this.with((how) => this.asking(how, { key }, async () => written(how, await this.inner.create(key, bytes, options))));
  }

  update(key: Key, value: Uint8Array, expected: Revision, options?: WriteOptions): Promise<WriteResult> {
    const bytes = this.kept(value);
    return this.with((how) => this.asking(how, { key, asked: expected }, async () => written(how, await this.inner.update(key, bytes, expectedInside(how, expected), options))));
  }

  delete(key: Key, expected: Revision): Promise<WriteResult> {
    return this.with((how) => this.asking(how, { key, asked: expected }, async () => written(how, await this.inner.delete(key, expectedInside(how, expected)))));
  }

  writeFault(): StoreError | null {
    return this.inner.writeFault();
  }

  watch(prefix: Key, options: WatchOptions): AsyncIterable<WatchBatch> {
    return this.known === plain ? this.inner.watch(prefix, options) : this.watchContinued(prefix, options);
  }

  async currentRevision(): Promise<Revision> {
    const { shift } = await this.continuation();
    return (await this.inner.currentRevision()) + shift;
  }

  async oldestRevision(): Promise<Revision> {
    const { shift, first } = await this.continuation();
    return Math.max(await this.inner.oldestRevision(), first) + shift;
  }

  async compact(revision: Revision): Promise<void> {
    const how = await this.continuation();
    if (how !== plain && revision <= how.first + how.shift) throw compacted(revision, how.first + how.shift);
    await this.asking(how, { asked: revision }, () => this.inner.compact(revision - how.shift));
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private async *watchContinued(prefix: Key, { after, signal }: WatchOptions): AsyncGenerator<WatchBatch, void, undefined> {
    const how = await this.continuation();
    if (signal.aborted) return;
    // What comes after the revision before the first is all there.
    const inner = after === how.first + how.shift - 1 ? how.first - 1 : await this.inside(how, after);
    try {
      for await (const { revision, events } of this.inner.watch(prefix, { after: inner ?? after, signal })) {
        yield { revision: revision + how.shift, events: events.map((event) => raisedEvent(how, event)) };
      }
    } catch (error) {
      throw translated(error, how, { asked: after }) ?? error;
    }
  }

  /** At once when the origin is known: a write that was begun before a close is finished by it. */
  private with<T>(use: (how: Continuation) => Promise<T>): Promise<T> {
    return this.known ? use(this.known) : this.continuation().then(use);
  }

  /** Bytes handed in stay the caller's (S14), also while the origin is read. */
  private kept(value: Uint8Array): Uint8Array {
    return this.known ? value : new Uint8Array(value);
  }

  /** The revision as the store has it; COMPACTED for what lies before the copy. */
  private async inside(how: Continuation, shown: Revision | undefined): Promise<Revision | undefined> {
    if (shown === undefined || how === plain) return shown;
    if (shown < how.first + how.shift) throw compacted(shown, await this.oldestRevision());
    return shown - how.shift;
  }

  private async continuation(): Promise<Continuation> {
    if (this.known) return this.known;
    this.reading ??= continuationOf(this.inner).finally(() => {
      this.reading = undefined;
    });
    this.known = await this.reading;
    return this.known;
  }

  private async asking<T>(how: Continuation, about: About, call: () => Promise<T>): Promise<T> {
    if (how === plain) return call();
    try {
      return await call();
    } catch (error) {
      const refusal = translated(error, how, about);
      if (refusal) throw refusal;
      if (isStoreError(error, 'FUTURE')) throw future(about.asked ?? 0, await this.currentRevision());
      throw error;
    }
  }
}

interface About {
  readonly key?: Key;
  readonly asked?: Revision;
}

async function continuationOf(store: Store): Promise<Continuation> {
  const origin = await readOrigin(store);
  if (!origin) return plain;
  if (origin.phase === 'complete') return { shift: origin.shift, first: origin.modRevision };
  throw new StoreError(
    'MISCONFIGURED',
    `a copy from ${origin.from} into this store was begun and has not ended, so that it holds only a part. Run that "podql store copy" again: it starts anew`,
  );
}

/** The same refusal, with revisions as they are shown; null when it names none. */
function translated(error: unknown, how: Continuation, { key = '', asked = 0 }: About): StoreError | null {
  if (!(error instanceof StoreError) || how === plain) return null;
  if (error.code === 'COMPACTED') return compacted(asked, Math.max(error.oldest ?? 0, how.first) + how.shift);
  if (!error.current) return null;
  const found = raised(how, { key, ...error.current, lease: null });
  return error.code === 'EXISTS' ? exists(found) : error.code === 'CONFLICT' ? conflict(found, asked) : null;
}

/** Revision 1 is that of a fresh store: no key was ever written at it, as none was written before the copy. */
const neverWritten: Revision = 1;

function expectedInside({ shift }: Continuation, shown: Revision): Revision {
  return shown > shift ? shown - shift : neverWritten;
}

function raised({ shift }: Continuation, item: StoredValue): StoredValue {
  return shift === 0 ? item : { ...item, createRevision: item.createRevision + shift, modRevision: item.modRevision + shift };
}

function raisedEvent(how: Continuation, event: StoreEvent): StoreEvent {
  return how.shift === 0 ? event : { ...event, item: event.item && raised(how, event.item), previous: event.previous && raised(how, event.previous) };
}

function written({ shift }: Continuation, { revision }: WriteResult): WriteResult {
  return { revision: revision + shift };
}
