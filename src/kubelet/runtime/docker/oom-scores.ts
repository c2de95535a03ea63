import type { Logger } from '../../../base/logger';
import type { Engine } from './engine';
import type { Labels } from './labels';

/**
 * Whether the engine may spare a process when memory runs out, which needs CAP_SYS_RESOURCE: it says so only when a
 * container fails to start, and not in so many words. So it is tried once, with a pause, when it first matters.
 */
export class OomScores {
  private lowest: Promise<number> | undefined;

  constructor(private readonly options: { readonly engine: Engine; readonly pauseImage: () => string; readonly labels: Labels; readonly logger: Logger }) {}

  /** The wanted adjustment, or 0 where the engine cannot go below it. */
  async allowed(adjustment: number): Promise<number> {
    if (adjustment >= 0) return adjustment;
    this.lowest ??= this.tryOut();
    return Math.max(adjustment, await this.lowest);
  }

  private async tryOut(): Promise<number> {
    const { engine, pauseImage, labels, logger } = this.options;
    const id = await engine.create(`podql_oom-score_${labels['podql.runtime']}_${process.pid}`, {
      Image: pauseImage(),
      Labels: { ...labels },
      HostConfig: { NetworkMode: 'none', OomScoreAdj: -1, LogConfig: { Type: 'none', Config: {} } },
    });
    try {
      await engine.start(id);
      return -1000;
    } catch (error) {
      logger.warn('the engine may not protect containers from being killed when memory runs out: GUARANTEED pods are treated as others', { error });
      return 0;
    } finally {
      await engine.remove(id, { force: true });
    }
  }
}
