import type { ContainerRecord } from '../runtime';
import { RuntimeError } from '../runtime';
import type { Engine } from './engine';
import { EngineError, isSandboxGone } from './faults';
import type { KnownContainers } from './known-containers';
import type { Sandboxes } from './sandboxes';
import type { StartMarks } from './start-marks';

export interface ContainerStartsOptions {
  readonly engine: Engine;
  readonly sandboxes: Sandboxes;
  readonly marks: StartMarks;
}

/** Starts containers: each one once, and what cannot be started ends as the contract of runtimes says (R2, R8). */
export class ContainerStarts {
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly options: ContainerStartsOptions,
    private readonly known: KnownContainers,
  ) {}

  isUnderWay(id: string): boolean {
    return this.underWay.has(id);
  }

  /** The engine would run an ended container a second time, and so would two starts of a short one: one at a time, and only what never ran. */
  start(id: string): Promise<void> {
    const underWay = this.underWay.get(id);
    if (underWay) return underWay;
    const started = this.startOnce(id).finally(() => this.underWay.delete(id));
    this.underWay.set(id, started);
    return started;
  }

  private async startOnce(id: string): Promise<void> {
    const record = this.known.recordOf(id) ?? (await this.known.inspect(id));
    if (!record) throw new RuntimeError('NOT_FOUND', `no container ${id}`);
    if (record.phase !== 'created') return;
    const isFirst = await this.mark(record);
    try {
      await this.options.engine.start(id);
    } catch (error) {
      // Not found: this one, or the sandbox that it was to join.
      const isGone = error instanceof EngineError && error.status === 404 && (error.message.endsWith(id) || !isSandboxGone(error.message));
      if (isFirst && isGone) await this.options.marks.forget(id, record.identity);
      if (!(error instanceof EngineError) || error.status === null || isGone) throw error;
      await this.explain(record, error);
    } finally {
      this.known.suspect(id);
    }
  }

  /** What cannot be marked is not started (R8). */
  private async mark(record: ContainerRecord): Promise<boolean> {
    try {
      return await this.options.marks.put(record);
    } catch (error) {
      await this.unmake(record).catch(() => false);
      throw error;
    }
  }

  /** R8, except where it is not the container's fault: then it never was, so that no attempt is counted. */
  private async explain(record: ContainerRecord, error: EngineError): Promise<void> {
    if (error.code === 'DISK_FULL') {
      if (await this.unmake(record)) throw error;
    } else if (isSandboxGone(error.message)) {
      this.options.sandboxes.lost(record.identity.podUid, record.sandboxId);
      if (await this.unmake(record)) throw new RuntimeError('NOT_FOUND', `the sandbox of pod ${record.podName} is gone`, error);
    }
    const now = await this.known.inspect(record.id);
    if (now?.phase === 'created') throw error;
  }

  /** False when the engine cannot: it then keeps a dead container, whose name is taken, so that this attempt has to count. */
  private async unmake({ id, identity }: ContainerRecord): Promise<boolean> {
    await this.options.marks.forget(id, identity);
    try {
      await this.options.engine.remove(id, { force: true });
    } catch (error) {
      if (!(error instanceof EngineError) || error.status === null) throw error;
      if (error.status !== 404) return false;
    }
    this.known.forget(id);
    return true;
  }
}
