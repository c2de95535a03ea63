import { messageOf } from '../base/error-message';
import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import type { Logger } from '../base/logger';
import type { ContainerPhase, ContainerRecord, ContainerRuntime, SandboxRecord } from './runtime/runtime';

export interface RuntimeCacheOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly relistSeconds?: number;
}

/** A pod that the runtime has something of. */
export interface SeenPod {
  readonly podUid: string;
  readonly namespace: string;
  readonly podName: string;
}

interface Entry {
  readonly record: ContainerRecord;
  /** Number of the look that last confirmed it: a list that began earlier does not know it. */
  readonly look: number;
}

const order: Readonly<Record<ContainerPhase, number>> = { created: 0, running: 1, exited: 2 };

/**
 * What the runtime has, in memory. Changes it announces are looked at at once (a hint, R10); every few seconds the whole
 * list is read again (the truth), which also finds out whether the runtime works at all.
 */
export class RuntimeCache {
  private readonly entries = new Map<string, Entry>();
  private sandboxes = new Map<string, { record: SandboxRecord; look: number }>();
  /** By id: number of the look that found it gone. A list that began earlier still has it. */
  private readonly dropped = new Map<string, number>();
  private looks = 0;
  private unavailable: string | null = 'the container runtime is not open yet';
  private readonly podListeners = new Set<(podUid: string) => void>();
  private readonly healthListeners = new Set<() => void>();

  constructor(private readonly options: RuntimeCacheOptions) {}

  containersOf(podUid: string): readonly ContainerRecord[] {
    const found: ContainerRecord[] = [];
    for (const { record } of this.entries.values()) if (record.identity.podUid === podUid) found.push(record);
    return found;
  }

  sandboxOf(podUid: string): SandboxRecord | null {
    return this.sandboxes.get(podUid)?.record ?? null;
  }

  /** Every pod that has a container or a sandbox here. */
  pods(): readonly SeenPod[] {
    const pods = new Map<string, SeenPod>();
    for (const { record: { podUid, namespace, podName } } of this.sandboxes.values()) pods.set(podUid, { podUid, namespace, podName });
    for (const { record } of this.entries.values()) {
      const { podUid } = record.identity;
      if (!pods.has(podUid)) pods.set(podUid, { podUid, namespace: record.namespace, podName: record.podName });
    }
    return [...pods.values()];
  }

  /** Null when it works, else one sentence. */
  get unavailableBecause(): string | null {
    return this.unavailable;
  }

  onPodChange(listener: (podUid: string) => void): () => void {
    this.podListeners.add(listener);
    return () => void this.podListeners.delete(listener);
  }

  onHealthChange(listener: () => void): () => void {
    this.healthListeners.add(listener);
    return () => void this.healthListeners.delete(listener);
  }

  /** Reads one container again. Rejects as the runtime does. */
  async refresh(id: string): Promise<void> {
    const look = this.nextLook();
    const record = await this.options.runtime.inspect(id);
    if (record) this.put(record, look);
    else this.drop(id, look);
  }

  put(record: ContainerRecord, look = this.nextLook()): void {
    const known = this.entries.get(record.id);
    if ((known && isOlder(record, known.record)) || (this.dropped.get(record.id) ?? 0) > look) return;
    this.entries.set(record.id, { record, look });
    if (JSON.stringify(known?.record) !== JSON.stringify(record)) this.tell(record.identity.podUid);
  }

  putSandbox(record: SandboxRecord): void {
    this.sandboxes.set(record.podUid, { record, look: this.nextLook() });
  }

  forget(id: string): void {
    this.drop(id, this.nextLook());
  }

  forgetSandbox(podUid: string): void {
    if (this.sandboxes.delete(podUid)) this.tell(podUid);
  }

  /** Rejects, and says that the runtime is unavailable, when the list cannot be read. */
  async relist(): Promise<void> {
    const look = this.nextLook();
    try {
      const [records, sandboxes] = await Promise.all([this.options.runtime.list(), this.options.runtime.listSandboxes()]);
      this.setUnavailable(null);
      const seen = new Set(records.map((record) => record.id));
      for (const record of records) this.put(record, look);
      for (const id of [...this.entries.keys()]) if (!seen.has(id)) this.drop(id, look);
      this.replaceSandboxes(sandboxes, look);
      // Looks come one after the other: none that began earlier is still to come.
      for (const [id, dropped] of this.dropped) if (dropped < look) this.dropped.delete(id);
    } catch (error) {
      this.reportUnavailable(error);
      throw error;
    }
  }

  reportUnavailable(error: unknown): void {
    this.setUnavailable(messageOf(error));
  }

  /** Until the signal aborts: listens, and lists again every few seconds. */
  async run(signal: AbortSignal): Promise<void> {
    const { runtime, clock, logger, relistSeconds = 5 } = this.options;
    const unsubscribe = runtime.onChange((id) => {
      // A sandbox is not looked at alone: with it everything in it may have changed.
      const isSandbox = [...this.sandboxes.values()].some(({ record }) => record.id === id);
      (isSandbox ? this.relist() : this.refresh(id)).catch((error: unknown) => logger.warn('cannot look at what changed', { id, error }));
    });
    try {
      while (!signal.aborted) {
        await sleep(clock, relistSeconds * 1000, signal);
        // What failed is kept in unavailableBecause and told to whoever listens.
        if (!signal.aborted) await this.relist().catch(() => undefined);
      }
    } finally {
      unsubscribe();
    }
  }

  private replaceSandboxes(records: readonly SandboxRecord[], look: number): void {
    const next = new Map(records.map((record) => [record.podUid, { record, look }]));
    for (const [uid, entry] of this.sandboxes) if (entry.look > look) next.set(uid, entry);
    const changed = [...this.sandboxes.keys()].filter((uid) => !next.has(uid));
    for (const [uid, { record }] of next) if (JSON.stringify(record) !== JSON.stringify(this.sandboxes.get(uid)?.record)) changed.push(uid);
    this.sandboxes = next;
    changed.forEach((uid) => this.tell(uid));
  }

  private drop(id: string, look: number): void {
    const known = this.entries.get(id);
    if (known && known.look > look) return;
    this.dropped.set(id, look);
    if (!known) return;
    this.entries.delete(id);
    this.tell(known.record.identity.podUid);
  }

  private setUnavailable(reason: string | null): void {
    const changed = (reason === null) !== (this.unavailable === null);
    this.unavailable = reason;
    if (!changed) return;
    if (reason !== null) this.options.logger.warn('the container runtime is unavailable', { reason });
    for (const listener of this.healthListeners) listener();
  }

  private tell(podUid: string): void {
    for (const listener of this.podListeners) listener(podUid);
  }

  private nextLook(): number {
    this.looks += 1;
    return this.looks;
  }
}

/**
 * Two looks at one container may come back in the wrong order. Its life goes one way only, unless somebody starts it by hand
 * after its end: then it began later.
 */
function isOlder(record: ContainerRecord, known: ContainerRecord): boolean {
  // That it is gone is newer than all but its end, of which it says less.
  if (record.phase === 'exited' && record.exit === null) return known.phase === 'exited';
  const later = (record.startedAt ?? 0) - (known.startedAt ?? 0);
  return later < 0 || (later === 0 && order[record.phase] < order[known.phase]);
}
