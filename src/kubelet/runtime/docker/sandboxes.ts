import type { Clock, Timer } from '../../../base/clock';
import type { Identity } from '../../../base/identity';
import type { Logger } from '../../../base/logger';
import type { SandboxConfig, SandboxRecord } from '../runtime';
import { RuntimeError } from '../runtime';
import type { ContainerSummary, CreateOptions, Engine } from './engine';
import { eachInTurn, isStatus } from './faults';
import type { Owner } from './labels';
import { labelNames, ownerLabels, sandboxLabels } from './labels';
import { holderOf } from './name-holder';
import { namesToTry, podOfSandbox, sandboxName } from './names';
import { fitsPrepared, plainSpec, sandboxOptions } from './sandbox-options';
import { memoryVolumes } from './volumes';

/** A sandbox that no pod has. */
interface Waiting {
  readonly id: string;
  readonly ip: string | null;
}

export interface SandboxesOptions {
  readonly engine: Engine;
  readonly owner: Owner;
  readonly pauseImage: () => string;
  /** How many are kept ready for pods that are not there yet. 0: a sandbox is made when its pod comes. */
  readonly prepared: number;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
}

/** Nothing is prepared while pods are being started: they come first. Milliseconds. */
const quietTime = 300;

/** The pause containers: one for each pod, and some that wait for a pod. */
export class Sandboxes {
  /** By pod. */
  private readonly records = new Map<string, SandboxRecord>();
  private waiting: Waiting[] = [];
  /** Made since the last list was asked for: that list does not know them. */
  private fresh = new Set<string>();
  private readonly discarding = new Set<string>();
  private wasListed = false;
  private readonly making = new Map<string, Promise<SandboxRecord>>();
  private timer: Timer | undefined;
  private filling: Promise<void> | null = null;
  private isClosed = false;

  constructor(private readonly options: SandboxesOptions) {}

  list(): readonly SandboxRecord[] {
    return [...this.records.values()];
  }

  readyOf(podUid: string): SandboxRecord | null {
    const record = this.records.get(podUid);
    return record?.ready ? record : null;
  }

  /** It has one in which nothing can be started. */
  isLost(podUid: string): boolean {
    return this.records.get(podUid)?.ready === false;
  }

  /** Does such an event say anything that is not known here? Not of what is being removed from here, nor that a ready one was started. */
  isNews(id: string, action: string): boolean {
    return !this.discarding.has(id) && this.list().some((record) => record.id === id && !(action === 'start' && record.ready));
  }

  /** A list is about to be asked for. */
  beginLook(): void {
    this.fresh = new Set();
  }

  /** Takes over what that list says. Of several of one pod the newest counts, a running one before all others. */
  takeOver(summaries: readonly ContainerSummary[]): void {
    const found = new Map<string, SandboxRecord>();
    const nobodys: Waiting[] = [];
    for (const summary of [...summaries].sort((a, b) => a.Created - b.Created)) {
      const record = sandboxOf(summary);
      if (!record) {
        if (summary.Labels[labelNames.role] === 'prepared') this.sort(summary, nobodys);
      } else if (record.ready || !found.get(record.podUid)?.ready) found.set(record.podUid, record);
    }
    for (const [podUid, { id }] of [...this.records]) if (!this.fresh.has(id)) this.records.delete(podUid);
    for (const [podUid, record] of found) if (!this.records.has(podUid)) this.records.set(podUid, record);
    // Later lists may show one as nobody's that has just been given to a pod.
    const stillThere = (one: Waiting): boolean => this.fresh.has(one.id) || nobodys.some(({ id }) => id === one.id);
    this.waiting = this.wasListed ? this.waiting.filter(stillThere) : nobodys;
    this.wasListed = true;
    this.fillSoon();
  }

  /** The engine said that this one runs no more. */
  lost(podUid: string): void {
    const record = this.records.get(podUid);
    if (record) this.records.set(podUid, { ...record, ready: false });
  }

  async ensure(config: SandboxConfig): Promise<SandboxRecord> {
    const ready = this.readyOf(config.podUid);
    if (ready) return ready;
    const underWay = this.making.get(config.podUid);
    if (underWay) return underWay;
    const made = this.make(config).finally(() => this.making.delete(config.podUid));
    this.making.set(config.podUid, made);
    return made;
  }

  async stop(podUid: string): Promise<void> {
    const record = this.readyOf(podUid);
    if (!record) return;
    await this.options.engine.stop(record.id, 0);
    this.lost(podUid);
  }

  /** All of a pod's; the caller has seen to it that nothing runs in them. */
  async remove(podUid: string, ids: readonly string[]): Promise<void> {
    await eachInTurn(ids.map((id) => () => this.discard(id)));
    this.records.delete(podUid);
  }

  /** Ends what waits for pods: they are nobody's. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.timer?.cancel();
    await this.filling;
    const waiting = this.waiting.splice(0);
    await Promise.allSettled(waiting.map(({ id }) => this.discard(id)));
  }

  private async make(config: SandboxConfig): Promise<SandboxRecord> {
    const { engine, owner } = this.options;
    const { podUid, namespace, podName, spec } = config;
    const old = this.records.get(podUid);
    if (old) await this.leaveBehind(old.id);
    const attempt = old ? this.options.clock.now() : 0;
    const name = sandboxName(config, attempt);
    const volumes = memoryVolumes(owner.runtimeId, podUid, spec.volumes);
    for (const volume of volumes) await engine.createVolume(volume.name, { driverOptions: volume.driverOptions, labels: sandboxLabels(owner, config) });
    const taken = fitsPrepared(config) ? await this.takePrepared(name) : null;
    const options = sandboxOptions(spec, { image: this.options.pauseImage(), labels: sandboxLabels(owner, config), hostname: config.hostname ?? `pod-${podUid.slice(0, 8)}`, volumes: volumes.map((volume) => volume.name) });
    const made = taken ?? (await this.run(name, options));
    const record: SandboxRecord = { id: made.id, podUid, namespace, podName, ready: true, ip: made.ip, perishable: true };
    this.records.set(podUid, record);
    this.fresh.add(made.id);
    this.fillSoon();
    return record;
  }

  /** Null when none waits, or those that did are gone. */
  private async takePrepared(name: string): Promise<Waiting | null> {
    const names = [...namesToTry(name)];
    let next = this.waiting.shift();
    while (next && names[0] !== undefined) {
      try {
        await this.options.engine.rename(next.id, names[0]);
        return next;
      } catch (error) {
        if (isStatus(error, 409)) names.shift();
        else if (isStatus(error, 404)) next = this.waiting.shift();
        else throw error;
      }
    }
    return null;
  }

  private async run(name: string, options: CreateOptions): Promise<Waiting> {
    const { engine } = this.options;
    const id = await this.create(name, options);
    try {
      await engine.start(id);
    } catch (error) {
      await this.discard(id).catch(() => undefined);
      throw error;
    }
    const details = await engine.inspect(id);
    if (!details) throw new RuntimeError('NOT_FOUND', `the sandbox ${name} vanished while it was made`);
    return { id, ip: Object.values(details.NetworkSettings.Networks)[0]?.IPAddress || null };
  }

  private async create(name: string, options: CreateOptions): Promise<string> {
    const { engine, owner, clock } = this.options;
    for (const candidate of namesToTry(name)) {
      try {
        return await engine.create(candidate, options);
      } catch (error) {
        if (!isStatus(error, 409)) throw error;
        const holder = await holderOf(engine, candidate, clock);
        // Left by a podql that died while it made it, or by a call that was given up.
        if (holder?.Config.Labels[labelNames.runtime] !== owner.runtimeId) continue;
        if (!(await this.leaveBehind(holder.Id))) continue;
        return engine.create(candidate, options);
      }
    }
    throw new RuntimeError('INTERNAL', `all names like ${name} are taken by containers that are not podql's`);
  }

  /** Makes way for another. False when the engine cannot remove it (a mount that is busy): it keeps its name, and goes with its pod. */
  private async leaveBehind(id: string): Promise<boolean> {
    try {
      await this.discard(id);
      return true;
    } catch (error) {
      if (!isStatus(error, 500)) throw error;
      this.options.logger.warn('the engine cannot remove a sandbox that is lost; another is made beside it', { id, error });
      return false;
    }
  }

  private async discard(id: string): Promise<void> {
    this.discarding.add(id);
    try {
      await this.options.engine.remove(id, { force: true });
    } catch (error) {
      // Gone, or going.
      if (!isStatus(error, 404) && !isStatus(error, 409)) throw error;
    } finally {
      this.discarding.delete(id);
    }
  }

  /** One that waits for a pod, or is being made; unless it ended, or was not finished, with its engine: then no pod will have it. */
  private sort(summary: ContainerSummary, nobodys: Waiting[]): void {
    if (summary.State === 'running') nobodys.push({ id: summary.Id, ip: ipOf(summary) });
    else if (!this.filling && !this.fresh.has(summary.Id)) this.discard(summary.Id).catch((error: unknown) => this.options.logger.debug('cannot remove a sandbox that ended', { error }));
  }

  private fillSoon(): void {
    this.timer?.cancel();
    if (this.isClosed || this.waiting.length >= this.options.prepared) return;
    this.timer = this.options.clock.after(quietTime, () => {
      this.filling ??= this.fill().finally(() => (this.filling = null));
    });
  }

  private async fill(): Promise<void> {
    const { owner, pauseImage, prepared, identity, logger } = this.options;
    try {
      while (!this.isClosed && this.making.size === 0 && this.waiting.length < prepared) {
        const mark = identity.uid().slice(0, 8);
        const options = sandboxOptions(plainSpec, { image: pauseImage(), labels: ownerLabels(owner, 'prepared'), hostname: `pod-${mark}`, volumes: [] });
        const one = await this.run(`podql_prepared_${mark}`, options);
        this.fresh.add(one.id);
        this.waiting.push(one);
      }
    } catch (error) {
      logger.debug('cannot prepare a sandbox', { error });
    }
  }
}

/** Null when no pod has it. */
function sandboxOf(summary: ContainerSummary): SandboxRecord | null {
  const { Id: id, Labels: labels, State: state } = summary;
  const pod = labels[labelNames.role] === 'prepared' ? podOfSandbox(summary.Names[0] ?? '') : { podUid: labels[labelNames.podUid], podName: labels[labelNames.podName], namespace: labels[labelNames.namespace] };
  if (!pod?.podUid) return null;
  const ready = state === 'running';
  return { id, podUid: pod.podUid, namespace: pod.namespace ?? '', podName: pod.podName ?? '', ready, ip: ready ? ipOf(summary) : null, perishable: true };
}

function ipOf({ NetworkSettings: settings }: ContainerSummary): string | null {
  return Object.values(settings.Networks)[0]?.IPAddress || null;
}
