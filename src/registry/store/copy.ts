import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock';
import { isStoreError } from '../../errors/store-error';
import { withHeld } from './hold';
import { encodeOrigin, originKey, readOrigin } from './origin';
import type { Key, Revision, Store, StoredValue } from './store';

export interface CopyOptions {
  /** With its revisions as they are shown (continued-store.ts). */
  readonly source: Store;
  /** As it is. */
  readonly target: Store;
  /** What is copied: all keys below it that hang on no lease. */
  readonly prefix: Key;
  /** The bytes for the target: what in them refers to their own revision has to name it. */
  readonly translate: (item: StoredValue) => Uint8Array;
  /** What servers hold while they use a shared store. */
  readonly leaderKey: Key;
  /** For people: where the source is. */
  readonly from: string;
  readonly clock: Clock;
  /** Stops between two writes. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: CopyProgress) => void;
}

export interface CopyProgress {
  readonly phase: 'emptying' | 'copying' | 'reading back';
  readonly keys: number;
}

export interface CopySummary {
  /** Of the source, as shown: the moment that was copied. */
  readonly revision: Revision;
  /** The first revision of the target, as shown. All before it are gone for whoever asks. */
  readonly firstRevision: Revision;
  readonly keys: number;
  readonly bytes: number;
  /** By the first part of the key below the prefix. */
  readonly byFolder: Readonly<Record<string, number>>;
  /** Keys that hang on a lease: a lease cannot be moved. */
  readonly leasedKeys: number;
  /** SHA-256 over keys and values, the same of both stores. */
  readonly hash: string;
  /** What an interrupted copy had left in the target. */
  readonly emptied: number;
}

export type CopyRefusal = 'source-empty' | 'target-not-empty' | 'in-use' | 'interrupted' | 'taken-over' | 'source-changed' | 'not-equal' | 'failed';

/** Why a copy was not made, or is not to be trusted. `begun`: the target holds a part, and says so (origin.ts). */
export class CopyError extends Error {
  constructor(
    readonly refusal: CopyRefusal,
    readonly which: 'source' | 'target',
    readonly begun: boolean,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'CopyError';
  }
}

const pageSize = 500;
/** Writes under way: one at a time, a durable store waits for its disk each time. */
const lanes = 32;

/**
 * Copies one moment of a cluster into a store that has none. From its first write to its last the target says that it is
 * half filled, and no server serves it then; the same copy, made again, empties it and starts anew. At the end both are read
 * and compared. Neither store may be in use: the embedded one sees to that itself, a shared one is held like a leader holds it.
 */
export async function copyStore(options: CopyOptions): Promise<CopySummary> {
  return held('source', options, (signal) => held('target', { ...options, signal }, (both) => new Copy({ ...options, signal: both }).run()));
}

async function held<T>(which: 'source' | 'target', { leaderKey: key, clock, signal, ...stores }: CopyOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const store = stores[which];
  if (!store.capabilities.shared) return work(signal);
  const result = await withHeld(store, { key, name: 'podql store copy', clock, signal }, work);
  if ('done' in result) return result.done;
  throw new CopyError('in-use', which, false, result.holder);
}

class Copy {
  private readonly tally = new Tally();
  private leasedKeys = 0;

  constructor(private readonly options: CopyOptions) {}

  async run(): Promise<CopySummary> {
    const { target, prefix, from } = this.options;
    const origin = await readOrigin(target);
    const isHalf = origin?.phase === 'copying';
    if (!isHalf && (await target.list(prefix, { limit: 1 })).items.length > 0) throw new CopyError('target-not-empty', 'target', false, `it has keys below ${prefix}`);
    if (!(await this.hasSomething())) throw new CopyError('source-empty', 'source', false, `it has no keys below ${prefix}`);
    const emptied = isHalf ? await this.empty() : 0;
    const shift = origin?.shift ?? 0;
    const marker = encodeOrigin({ phase: 'copying', from, shift });
    const begun = origin ? await target.update(originKey, marker, origin.modRevision) : await target.create(originKey, marker);
    try {
      return { ...(await this.fill({ begun: begun.revision, shift })), emptied };
    } catch (error) {
      if (!isStoreError(error)) throw error;
      throw new CopyError('failed', 'target', true, error.message, error);
    }
  }

  private async fill({ begun, shift }: { readonly begun: Revision; readonly shift: Revision }): Promise<Omit<CopySummary, 'emptied'>> {
    const { from } = this.options;
    const revision = await this.copyAll();
    const hash = await this.readBack();
    // Every key of the target was written after `begun`: all are shown above what the source ever showed.
    const raise = Math.max(shift, revision - begun);
    const finished = await this.finish(encodeOrigin({ phase: 'complete', from, shift: raise }), begun);
    const { keys, bytes, byFolder } = this.tally;
    return { revision, firstRevision: finished + raise, keys, bytes, byFolder, hash, leasedKeys: this.leasedKeys };
  }

  private async hasSomething(): Promise<boolean> {
    const { source, prefix } = this.options;
    for await (const { items } of pagesOf(source, prefix)) if (items.some((item) => item.lease === null)) return true;
    return false;
  }

  /** The marker says that all in here is the beginning of a copy. */
  private async empty(): Promise<number> {
    const { target, prefix } = this.options;
    let emptied = 0;
    for await (const { items } of pagesOf(target, prefix)) {
      await this.inLanes(items, async ({ key, modRevision }) => {
        await target.delete(key, modRevision);
        emptied += 1;
        this.tell('emptying', emptied);
      });
    }
    return emptied;
  }

  private async copyAll(): Promise<Revision> {
    const { source, target, prefix, translate } = this.options;
    let at: Revision = 0;
    for await (const { items, revision } of pagesOf(source, prefix)) {
      at = revision;
      const lasting = items.filter((item) => item.lease === null);
      this.leasedKeys += items.length - lasting.length;
      const entries = lasting.map((item) => ({ key: item.key, value: translate(item) }));
      for (const { key, value } of entries) this.tally.add(key, value, prefix);
      let written = this.tally.keys - entries.length;
      await this.inLanes(entries, async ({ key, value }) => {
        await target.create(key, value);
        written += 1;
        this.tell('copying', written);
      });
    }
    return at;
  }

  /** Both stores anew, as they are now. */
  private async readBack(): Promise<string> {
    const { source, target, prefix, translate } = this.options;
    const copied = this.tally.digest();
    const there = await this.tallyOf(target, (item) => item.value);
    if (there !== copied) throw new CopyError('not-equal', 'target', true, 'what was read back is not what was written');
    const now = await this.tallyOf(source, translate);
    if (now !== copied) throw new CopyError('source-changed', 'source', true, `its keys below ${prefix} changed while they were copied`);
    return copied;
  }

  private async tallyOf(store: Store, bytesOf: (item: StoredValue) => Uint8Array): Promise<string> {
    const tally = new Tally();
    for await (const { items } of pagesOf(store, this.options.prefix)) {
      this.checkGoing();
      for (const item of items) if (item.lease === null) tally.add(item.key, bytesOf(item), this.options.prefix);
      this.tell('reading back', tally.keys);
    }
    return tally.digest();
  }

  private async finish(origin: Uint8Array, begun: Revision): Promise<Revision> {
    this.checkGoing();
    try {
      return (await this.options.target.update(originKey, origin, begun)).revision;
    } catch (error) {
      if (isStoreError(error, 'CONFLICT') || isStoreError(error, 'NOT_FOUND')) throw new CopyError('taken-over', 'target', true, 'another copy has begun in it');
      throw error;
    }
  }

  private async inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const iterator = items.values();
    const lane = async (): Promise<void> => {
      for (const item of iterator) {
        this.checkGoing();
        await work(item);
      }
    };
    // All lanes end before a failure is told: nothing of this copy writes afterwards.
    const ended = await Promise.allSettled(Array.from({ length: Math.min(lanes, items.length) }, lane));
    for (const outcome of ended) if (outcome.status === 'rejected') throw outcome.reason;
  }

  private checkGoing(): void {
    if (this.options.signal.aborted) throw new CopyError('interrupted', 'target', true, 'it was stopped, or could not be sure any more to be alone');
  }

  private tell(phase: CopyProgress['phase'], keys: number): void {
    this.options.onProgress?.({ phase, keys });
  }
}

/** Counts, and a hash over keys and values in the order of keys. */
class Tally {
  keys = 0;
  bytes = 0;
  readonly byFolder: Record<string, number> = {};
  private readonly hash = createHash('sha256');

  add(key: Key, value: Uint8Array, prefix: Key): void {
    const folder = key.slice(prefix.length).split('/', 1)[0] ?? '';
    this.keys += 1;
    this.bytes += value.byteLength;
    this.byFolder[folder] = (this.byFolder[folder] ?? 0) + 1;
    this.hash.update(`${key} ${value.byteLength} `).update(value);
  }

  /** Once. */
  digest(): string {
    return this.hash.digest('hex');
  }
}

/** All pages at one revision (S5): that of the first. */
async function* pagesOf(store: Store, prefix: Key): AsyncGenerator<{ readonly items: readonly StoredValue[]; readonly revision: Revision }> {
  let revision: Revision | undefined;
  let afterKey: Key | undefined;
  for (;;) {
    const page = await store.list(prefix, { limit: pageSize, revision, afterKey });
    yield page;
    if (!page.more) return;
    revision = page.revision;
    afterKey = page.items.at(-1)?.key;
  }
}
