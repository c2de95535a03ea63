import { StoreError } from '../../src/errors/store-error';
import { openLevelLog } from '../../src/registry/store/embedded/level-log';
import type { Acknowledged, LogBatch, LogRecord, LogState, Position, RevisionLog } from '../../src/registry/store/embedded/revision-log';
import { Gate } from './gate';

/** The real log, and a disk that can be told to fail. As LevelDB's, its failure is sticky until it is opened again. */
export class FailingLog implements RevisionLog {
  /** Whether there is room to open again. */
  room = true;
  /** Groups that were appended. */
  appends: LogBatch[] = [];
  private failure: 'before' | 'after' | undefined;
  private sticky = false;
  private dropsLeft = Infinity;
  private gate: Gate | undefined;

  constructor(private readonly inner: RevisionLog) {}

  static async open(directory: string): Promise<FailingLog> {
    return new FailingLog(await openLevelLog(directory));
  }

  /** before: nothing reaches the disk. after: everything does, and still the append fails, as when fsync does. */
  failNextAppend(when: 'before' | 'after'): void {
    this.failure = when;
  }

  /** Drops fail after this many. */
  allowDrops(count: number): void {
    this.dropsLeft = count;
  }

  /** The next append waits at the gate before it does anything. */
  holdNextAppend(): Gate {
    this.gate = new Gate();
    return this.gate;
  }

  async append(batch: LogBatch): Promise<void> {
    const gate = this.gate;
    this.gate = undefined;
    await gate?.wait();
    if (this.sticky) throw full();
    const failure = this.failure;
    this.failure = undefined;
    if (failure !== 'before') await this.inner.append(batch);
    if (failure) {
      this.sticky = true;
      throw full();
    }
    this.appends.push(batch);
  }

  async drop(positions: readonly Position[]): Promise<void> {
    this.dropsLeft -= 1;
    if (this.dropsLeft < 0) throw full();
    return this.inner.drop(positions);
  }

  async hasRoom(): Promise<boolean> {
    return this.room;
  }

  async reopen(): Promise<void> {
    await this.inner.reopen();
    this.sticky = false;
  }

  state(): Promise<LogState> {
    return this.inner.state();
  }

  records(): AsyncIterable<LogRecord> {
    return this.inner.records();
  }

  read(positions: readonly Position[]): Promise<readonly (Uint8Array | null | undefined)[]> {
    return this.inner.read(positions);
  }

  finishCompaction(revision: number): Promise<void> {
    return this.inner.finishCompaction(revision);
  }

  restore(acknowledged: Acknowledged): Promise<void> {
    return this.inner.restore(acknowledged);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

function full(): StoreError {
  return new StoreError('FULL', 'no space left on the disk');
}
