import type { Clock, Timer } from '../../../base/clock';
import type { Logger } from '../../../base/logger';
import { isStoreError, StoreError } from '../../../errors/store-error';
import { closed } from '../refusals';
import type { LeaseTable } from './lease-table';
import type { Mvcc } from './mvcc';
import type { Position, RevisionLog } from './revision-log';
import { Stage } from './stage';

/** A write that waits for its group. */
interface Task {
  readonly alone: boolean;
  readonly bytes: number;
  /** Decides and stages; throws the refusal. */
  run(stage: Stage): void;
  succeed(): void;
  fail(error: unknown): void;
}

/** What has become of a task in its group: staged, or refused with this. */
interface Decided {
  readonly task: Task;
  readonly refusal?: unknown;
}

type Phase =
  | { readonly kind: 'serving' }
  /** The log takes no writes; tried again at each tick of the timer. */
  | { readonly kind: 'faulted'; readonly error: StoreError };

export interface CommitterOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly log: RevisionLog;
  readonly mvcc: Mvcc;
  readonly leases: LeaseTable;
  /** Memory has changed; after a compaction, with what the log needs no more. */
  onPublished(superfluous: readonly Position[] | undefined): void;
  onRecovered(): void;
}

const groupLimit = { tasks: 1000, bytes: 8 * 2 ** 20 };
const recoveryInterval = 1000;

/**
 * Group commit, and the only writer: while one group is on its way to the disk the next one collects. Order of revisions
 * is order of submission. Callers and watchers hear of a write only after its fsync.
 */
export class Committer {
  private phase: Phase = { kind: 'serving' };
  /** Apart from the phase, because what was submitted before still goes through either of them. */
  private accepting = true;
  private waiting: Task[] = [];
  private running: Promise<void> | undefined;
  private recovery: Timer | undefined;

  constructor(private readonly options: CommitterOptions) {}

  /** `decide` may throw a refusal; what it returns is the answer once the group is durable. */
  submit<T>(decide: (stage: Stage) => T, cost: { alone?: boolean; bytes?: number } = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.accepting) return reject(closed());
      if (this.phase.kind === 'faulted') return reject(refusalOf(this.phase.error));
      let answer = (): void => undefined;
      this.waiting.push({
        alone: cost.alone ?? false,
        bytes: cost.bytes ?? 0,
        run: (stage) => {
          const result = decide(stage);
          answer = () => resolve(result);
        },
        succeed: () => answer(),
        fail: reject,
      });
      this.running ??= this.work();
    });
  }

  /** What later writes are refused with; null while they are taken. */
  get fault(): StoreError | null {
    return this.phase.kind === 'faulted' ? refusalOf(this.phase.error) : null;
  }

  /** Waits for the writes that were submitted; later ones are refused. */
  async close(): Promise<void> {
    this.accepting = false;
    while (this.running) await this.running;
    this.recovery?.cancel();
  }

  private async work(): Promise<void> {
    // Whatever is submitted in the same turn shares the first group.
    await Promise.resolve();
    while (this.waiting.length > 0) await this.commitGroup(this.takeGroup());
    this.running = undefined;
  }

  private takeGroup(): Task[] {
    let bytes = 0;
    let count = 0;
    for (const task of this.waiting) {
      if (count > 0 && (task.alone || this.waiting[0]?.alone)) break;
      if (count > 0 && (count >= groupLimit.tasks || bytes + task.bytes > groupLimit.bytes)) break;
      bytes += task.bytes;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private async commitGroup(tasks: readonly Task[]): Promise<void> {
    const { log, mvcc, leases } = this.options;
    const stage = new Stage(mvcc, leases);
    const group = tasks.map((task) => decide(task, stage));
    if (!stage.isEmpty) {
      try {
        await log.append(stage.toBatch());
      } catch (error) {
        return this.becomeFaulted(asStoreError(error), group);
      }
      this.options.onPublished(stage.publish());
    }
    for (const { task, refusal } of group) {
      if (refusal === undefined) task.succeed();
      else task.fail(refusal);
    }
  }

  /**
   * After one failed append LevelDB takes no more until it is opened again. If that works at once, what the append may
   * have left is taken away and the group was not applied; else nobody can say until then.
   */
  private async becomeFaulted(error: StoreError, group: readonly Decided[]): Promise<void> {
    this.options.logger.error('the store cannot write', { error, revision: this.options.mvcc.head });
    this.phase = { kind: 'faulted', error };
    const waiting = this.waiting.splice(0);
    const recovered = await this.tryRecover();
    for (const { task, refusal } of group) {
      task.fail(refusalOf(error, recovered || refusal !== undefined ? 'notApplied' : 'unknown'));
    }
    for (const task of waiting) task.fail(refusalOf(error));
    if (!recovered) this.recoverLater();
  }

  private recoverLater(): void {
    if (this.phase.kind !== 'faulted') return;
    this.recovery = this.options.clock.after(recoveryInterval, () => {
      this.running ??= this.recover();
    });
  }

  private async recover(): Promise<void> {
    if (!(await this.tryRecover())) this.recoverLater();
    this.running = undefined;
    if (this.waiting.length > 0) this.running = this.work();
  }

  private async tryRecover(): Promise<boolean> {
    const { log, mvcc, leases, logger } = this.options;
    try {
      if (!(await log.hasRoom())) return false;
      await log.reopen();
      await log.restore({ head: mvcc.head, scheduled: mvcc.oldest, leaseCount: leases.count, leases: leases.all() });
    } catch (error) {
      const cause = asStoreError(error);
      // Said once, not at each try.
      if (this.phase.kind === 'faulted' && this.phase.error.message !== cause.message) {
        logger.warn('the store still cannot write', { error: cause, revision: mvcc.head });
        this.phase = { kind: 'faulted', error: cause };
      }
      return false;
    }
    this.phase = { kind: 'serving' };
    logger.info('the store writes again', { revision: mvcc.head });
    this.options.onRecovered();
    return true;
  }
}

function decide(task: Task, stage: Stage): Decided {
  try {
    task.run(stage);
    return { task };
  } catch (refusal) {
    return { task, refusal };
  }
}

function asStoreError(error: unknown): StoreError {
  return isStoreError(error) ? error : new StoreError('UNAVAILABLE', 'the log failed', { cause: error });
}

function refusalOf(error: StoreError, outcome: 'notApplied' | 'unknown' = 'notApplied'): StoreError {
  return new StoreError(error.code, error.message, { outcome, cause: error });
}
