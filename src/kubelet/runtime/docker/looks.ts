import type { Logger } from '../../../base/logger';
import type { ContainerRecord, SandboxRecord } from '../runtime';
import type { Containers } from './containers';
import type { ContainerSummary, Engine } from './engine';
import type { Owner } from './labels';
import { labelNames, ourLabels } from './labels';
import type { OomScores } from './oom-scores';
import type { Sandboxes } from './sandboxes';

export interface LooksOptions {
  readonly engine: Engine;
  readonly owner: Owner;
  readonly sandboxes: Sandboxes;
  readonly containers: Containers;
  readonly oomScores: OomScores;
  readonly logger: Logger;
}

/** Everything of ours that the engine has at one moment. */
export interface Look {
  readonly containers: readonly ContainerRecord[];
  readonly sandboxes: readonly SandboxRecord[];
}

/** Looks at the engine: one list of all that is ours, which every part takes its own from. */
export class Looks {
  private next: Promise<Look> | null = null;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: LooksOptions) {}

  /** One look at a time; who asks before it begins shares it. */
  look(): Promise<Look> {
    this.next ??= this.last.then(() => {
      const look = this.lookNow();
      this.next = null;
      this.last = look.catch(() => undefined);
      return look;
    });
    return this.next;
  }

  /** The engine was away: ids of all containers and sandboxes that are others now. None when it cannot be looked at; never rejects. */
  async changedMeanwhile(): Promise<readonly string[]> {
    const { containers, sandboxes, logger } = this.options;
    const before = new Map([...containers.ids].map((id) => [id, containers.recordOf(id)]));
    const sandboxesBefore = sandboxes.list();
    try {
      await this.look();
    } catch (error) {
      logger.debug('cannot look at the engine after it was away', { error });
      return [];
    }
    const isSame = ({ id, ready }: SandboxRecord): boolean => sandboxes.list().some((record) => record.id === id && record.ready === ready);
    return [
      ...[...new Set([...before.keys(), ...containers.ids])].filter((id) => before.get(id) !== containers.recordOf(id)),
      ...sandboxesBefore.filter((record) => !isSame(record)).map(({ id }) => id),
    ];
  }

  private async lookNow(): Promise<Look> {
    const { engine, owner, sandboxes, containers, oomScores } = this.options;
    containers.beginLook();
    sandboxes.beginLook();
    const summaries = await engine.list(ourLabels(owner));
    const inhabited = new Set(summaries.filter((summary) => isContainer(summary) && summary.State === 'running').flatMap(({ Labels: labels }) => labels[labelNames.sandbox] ?? []));
    sandboxes.takeOver(summaries.filter((summary) => !isContainer(summary)), inhabited);
    oomScores.takeOver(summaries);
    const records = await containers.takeOver(summaries.filter(isContainer));
    return { containers: records, sandboxes: sandboxes.list() };
  }
}

function isContainer({ Labels: labels }: ContainerSummary): boolean {
  return labels[labelNames.role] === 'container';
}
