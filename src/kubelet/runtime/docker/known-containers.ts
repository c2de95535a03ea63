import type { Logger } from '../../../base/logger';
import type { ContainerRecord } from '../runtime';
import { RuntimeError } from '../runtime';
import { recordOf, recordOfSummary } from './container-record';
import type { Ends } from './ends';
import type { ContainerSummary, Engine } from './engine';
import type { Owner } from './labels';
import { labelNames } from './labels';
import type { StartMarks } from './start-marks';

export interface KnownContainersOptions {
  readonly engine: Engine;
  readonly owner: Owner;
  readonly ends: Ends;
  readonly marks: StartMarks;
  readonly logger: Logger;
}

interface Seen {
  /** Null: known, and to be looked at again. */
  readonly record: ContainerRecord | null;
  /** What it was when it was looked at last. */
  readonly last: ContainerRecord | null;
  /** Number of the look that said so: what an earlier one says, if it answers later, is out of date. */
  readonly look: number;
}

/** What the engine said last of the containers of pods. Only what changed since is asked for again. */
export class KnownContainers {
  private readonly seen = new Map<string, Seen>();
  private looks = 0;
  /** Made since the last list was asked for: that list does not know them. */
  private fresh = new Set<string>();
  /** Looks that are under way, as long as nothing is known to have happened since they began. */
  private readonly looking = new Map<string, Promise<ContainerRecord | null>>();
  /** The engine could not say how they are: they are asked for again beside the looks, which do not wait for the answer. */
  private readonly mute = new Set<string>();
  /** The engine told that the kernel ended something in them. It says so of their end only if it heard that first. */
  private readonly shortOfMemory = new Set<string>();

  constructor(private readonly options: KnownContainersOptions) {}

  get ids(): ReadonlySet<string> {
    return new Set(this.seen.keys());
  }

  has(id: string): boolean {
    return this.seen.has(id);
  }

  recordOf(id: string): ContainerRecord | null {
    return this.seen.get(id)?.record ?? null;
  }

  /** A list is about to be asked for. */
  beginLook(): void {
    this.fresh = new Set();
  }

  /** Takes over what that list says, and asks for what is not told there. One of which the engine cannot say more keeps none of the others from being seen. */
  async takeOver(summaries: readonly ContainerSummary[]): Promise<readonly ContainerRecord[]> {
    const ids = new Set(summaries.map((summary) => summary.Id));
    for (const id of [...this.seen.keys()]) if (!ids.has(id) && !this.fresh.has(id)) this.forget(id);
    const failures: unknown[] = [];
    const records = await Promise.all(
      summaries.map((summary) => {
        const known = this.recordOf(summary.Id);
        return known && isCurrent(known, summary.State) ? known : this.lookAt(summary, (error) => failures.push(error));
      }),
    );
    // A broken connection: is it this container's, or is the engine gone?
    if (failures.some((error) => error instanceof RuntimeError && error.code === 'UNAVAILABLE')) await this.options.engine.ping();
    return [...records.filter((record) => record !== null), ...this.lost(ids)];
  }

  /** Started, not removed from here, and not in that list: somebody else has removed them. */
  private lost(listed: ReadonlySet<string>): readonly ContainerRecord[] {
    const lost = this.options.marks.all().filter(({ id }) => !listed.has(id) && !this.fresh.has(id));
    for (const record of lost) this.see(record.id, record, this.nextLook());
    return lost;
  }

  /** Who asks while another look is under way gets its answer, unless something has happened meanwhile. */
  inspect(id: string): Promise<ContainerRecord | null> {
    const underWay = this.looking.get(id);
    if (underWay) return underWay;
    const look = this.inspectNow(id).finally(() => {
      if (this.looking.get(id) === look) this.looking.delete(id);
    });
    this.looking.set(id, look);
    return look;
  }

  /** It was made just now. */
  add(record: ContainerRecord): void {
    this.see(record.id, record, this.nextLook());
    this.fresh.add(record.id);
  }

  forget(id: string): void {
    this.seen.delete(id);
    this.mute.delete(id);
    this.shortOfMemory.delete(id);
  }

  ranOutOfMemory(id: string): void {
    if (this.seen.has(id)) this.shortOfMemory.add(id);
  }

  /** What is known of it may be out of date. */
  suspect(id: string): void {
    this.looking.delete(id);
    if (this.seen.has(id)) this.see(id, null, this.nextLook());
  }

  private async lookAt(summary: ContainerSummary, onFailure: (error: unknown) => void): Promise<ContainerRecord | null> {
    const { Id: id, State: state } = summary;
    const wasMute = this.mute.has(id);
    const looked = this.inspect(id).catch((error: unknown) => {
      if (!this.mute.has(id)) this.options.logger.warn('the engine does not say how a container is; what is known of it stands', { id, state, error });
      this.mute.add(id);
      onFailure(error);
      // Whoever starts it has to find out first whether it has run.
      const known = this.recordOf(id);
      if (!known || !isCurrent(known, state)) this.see(id, null, this.nextLook());
      return this.lastOf(summary, wasMute);
    });
    return wasMute ? this.lastOf(summary, wasMute) : looked;
  }

  /**
   * Never none of ours: a container that is missing is made once more. It is what it was, so that the engine may yet tell how it
   * ended; one that stays mute has ended if the list says so, and one that had not been started is what the list says.
   */
  private lastOf(summary: ContainerSummary, wasMute: boolean): ContainerRecord | null {
    const last = this.seen.get(summary.Id)?.last;
    const listed = recordOfSummary(summary);
    if (!listed || !last || last.phase === 'created') return listed;
    return wasMute && listed.phase === 'exited' && last.phase === 'running' ? { ...listed, startedAt: last.startedAt } : last;
  }

  private async inspectNow(id: string): Promise<ContainerRecord | null> {
    const look = this.nextLook();
    const details = await this.options.engine.inspect(id);
    const record = details && details.Config.Labels[labelNames.runtime] === this.options.owner.runtimeId ? recordOf(details, { isShortOfMemory: this.shortOfMemory.has(id) }) : null;
    if (!details || !record) {
      const lost = this.options.marks.lost(id);
      if (lost) this.see(id, lost, look);
      else this.forget(id);
      return lost;
    }
    const whole = record.exit && record.exit.message === null ? { ...record, exit: { ...record.exit, message: await this.options.ends.messageOf(record, details) } } : record;
    this.mute.delete(id);
    this.see(id, whole, look);
    return whole;
  }

  /** A look that was under way when a container was started would show it as never started, and have it run twice. */
  private see(id: string, record: ContainerRecord | null, look: number): void {
    const before = this.seen.get(id);
    if ((before?.look ?? 0) < look) this.seen.set(id, { record, last: record ?? before?.last ?? null, look });
  }

  private nextLook(): number {
    this.looks += 1;
    return this.looks;
  }
}

/** Does a list that says this state tell nothing new? What ended stays as it was. */
function isCurrent({ phase, startedAt }: ContainerRecord, state: string): boolean {
  switch (state) {
    case 'created':
      return phase === 'created' || (phase === 'exited' && startedAt === null);
    case 'running':
    case 'paused':
    case 'restarting':
      return phase === 'running';
    default:
      return phase === 'exited' && startedAt !== null;
  }
}
