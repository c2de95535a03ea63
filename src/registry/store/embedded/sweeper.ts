import type { Logger } from '../../../base/logger';
import type { Revision } from '../store';
import type { Position, RevisionLog } from './revision-log';

const chunk = 1000;

/**
 * Takes compacted records out of the log, a thousand at a time, beside the writes. Nothing depends on when it is done:
 * reads below the compacted revision are refused by memory, and what is left over when the process ends is found again
 * at the next start.
 */
export class Sweeper {
  private backlog: Position[] = [];
  private target: Revision | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly log: RevisionLog,
    private readonly logger: Logger,
  ) {}

  /** All records below `target` that are to go are in `superfluous` or were given before; oldest first. */
  add(superfluous: readonly Position[], target: Revision): void {
    for (const position of superfluous) this.backlog.push(position);
    this.target = target;
    this.resume();
  }

  resume(): void {
    if (this.target !== undefined && !this.stopped) this.running ??= this.sweep();
  }

  /** Resolves when nothing is under way; also if the log refused, in which case a later resume goes on. */
  async idle(): Promise<void> {
    await this.running;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async sweep(): Promise<void> {
    try {
      while (this.target !== undefined && !this.stopped) {
        const positions = this.backlog.slice(0, chunk);
        if (positions.length > 0) {
          await this.log.drop(positions);
          this.backlog.splice(0, positions.length);
        } else {
          const finished = this.target;
          await this.log.finishCompaction(finished);
          if (this.target === finished) this.target = undefined;
        }
      }
    } catch (error) {
      this.logger.warn('the store could not remove compacted records; it will go on later', { error, left: this.backlog.length });
    } finally {
      this.running = undefined;
    }
  }
}
