import type { Logger } from '../../../base/logger';
import type { ContainerSummary } from './engine';
import { EngineError } from './faults';
import type { Owner } from './labels';
import { labelNames, ownerLabels } from './labels';
import type { PauseContainers } from './pause-containers';

export interface OomScoresOptions {
  readonly pauses: PauseContainers;
  readonly pauseImage: () => string;
  readonly owner: Owner;
  readonly logger: Logger;
}

/**
 * Whether the engine may spare a process when memory runs out, which needs CAP_SYS_RESOURCE: it says so only when a
 * container fails to start, and not in so many words. So it is tried once, with a pause, when it first matters.
 */
export class OomScores {
  private lowest: Promise<number> | null = null;
  private isTrying = false;

  constructor(private readonly options: OomScoresOptions) {}

  /** The wanted adjustment, or 0 where the engine cannot go below it. Rejects when that cannot be found out now. */
  async allowed(adjustment: number): Promise<number> {
    if (adjustment >= 0) return adjustment;
    this.lowest ??= this.findOut().catch((error: unknown) => {
      this.lowest = null;
      throw error;
    });
    return Math.max(adjustment, await this.lowest);
  }

  /** Removes trials that a list shows and nobody waits for: left by a podql that died, or by calls that were given up. */
  takeOver(summaries: readonly ContainerSummary[]): void {
    if (this.isTrying) return;
    for (const { Id: id, Labels: labels } of summaries) if (labels[labelNames.role] === 'trial') void this.discard(id);
  }

  private async findOut(): Promise<number> {
    this.isTrying = true;
    try {
      await this.tryOut(-1);
      return -1000;
    } catch (error) {
      if (!(error instanceof EngineError) || error.status === null || error.code !== 'INTERNAL') throw error;
      // runc's words for it are "can't get final child's PID from pipe: EOF", as for much else. If the same starts without it, it is that.
      await this.tryOut(0);
      this.options.logger.warn('the engine may not protect containers from being killed when memory runs out: GUARANTEED pods are treated as others', { error });
      return 0;
    } finally {
      this.isTrying = false;
    }
  }

  private async tryOut(adjustment: number): Promise<void> {
    const { pauses, pauseImage, owner } = this.options;
    const { id } = await pauses.run(`podql_trial_${owner.runtimeId}`, {
      Image: pauseImage(),
      Labels: { ...ownerLabels(owner, 'trial') },
      HostConfig: { NetworkMode: 'none', OomScoreAdj: adjustment, LogConfig: { Type: 'none', Config: {} } },
    });
    await this.discard(id);
  }

  private async discard(id: string): Promise<void> {
    await this.options.pauses.discard(id).catch((error: unknown) => this.options.logger.debug('cannot remove a trial; it goes later', { id, error }));
  }
}
