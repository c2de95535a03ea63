import type { Clock } from '../../../base/clock';
import type { Identity } from '../../../base/identity';
import type { Logger } from '../../../base/logger';
import type { SandboxConfig, SandboxRecord } from '../runtime';
import { dnsOf, noDns, readNodeDns } from './dns';
import type { ContainerSummary, Engine } from './engine';
import { eachInTurn } from './faults';
import type { Owner } from './labels';
import { labelNames, sandboxLabels } from './labels';
import { podOfSandbox, sandboxName } from './names';
import type { PauseContainers } from './pause-containers';
import { ipOf } from './pause-containers';
import { PreparedSandboxes } from './prepared-sandboxes';
import { fitsPrepared, sandboxOptions } from './sandbox-options';
import { memoryVolumes } from './volumes';

export interface SandboxesOptions {
  readonly engine: Engine;
  readonly owner: Owner;
  readonly pauses: PauseContainers;
  readonly pauseImage: () => string;
  /** How many are kept ready for pods that are not there yet. 0: a sandbox is made when its pod comes. */
  readonly prepared: number;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
}

/** The pause containers: one for each pod, and some that wait for a pod. */
export class Sandboxes {
  /** By pod. */
  private readonly records = new Map<string, SandboxRecord>();
  /** Made since the last list was asked for: that list does not know them. */
  private fresh = new Set<string>();
  private readonly making = new Map<string, Promise<SandboxRecord>>();
  /** What the first list showed of pods; null before it. An earlier podql may have made containers in any of these. */
  private inherited: ReadonlySet<string> | null = null;
  private readonly prepared: PreparedSandboxes;

  constructor(private readonly options: SandboxesOptions) {
    this.prepared = new PreparedSandboxes({ ...options, count: options.prepared, isBusy: () => this.making.size > 0 });
  }

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
    return !this.options.pauses.isGoing(id) && this.list().some((record) => record.id === id && !(action === 'start' && record.ready));
  }

  /** A list is about to be asked for. */
  beginLook(): void {
    this.fresh = new Set();
    this.prepared.beginLook();
  }

  /**
   * Takes over what that list says. Of several of one pod a running one counts before all others; of these the one that the pod is known to
   * have, then one in which containers run, then the newest. A second one that runs is removed: it came of a call that was given up and
   * happened later. `inhabited`: ids of those in which containers run.
   */
  takeOver(summaries: readonly ContainerSummary[], inhabited: ReadonlySet<string>): void {
    const listed: SandboxRecord[] = [];
    const nobodys: ContainerSummary[] = [];
    for (const summary of [...summaries].sort((a, b) => a.Created - b.Created)) {
      const record = sandboxOf(summary);
      if (record) listed.push(record);
      else if (summary.Labels[labelNames.role] === 'prepared') nobodys.push(summary);
    }
    const rank = ({ id, podUid }: SandboxRecord): number => (this.records.get(podUid)?.id === id ? 2 : inhabited.has(id) ? 1 : 0);
    const found = new Map<string, SandboxRecord>();
    for (const record of [...listed].sort((a, b) => rank(a) - rank(b))) {
      if (record.ready || !found.get(record.podUid)?.ready) found.set(record.podUid, record);
    }
    for (const [podUid, { id }] of [...this.records]) if (!this.fresh.has(id)) this.records.delete(podUid);
    for (const [podUid, record] of found) if (!this.records.has(podUid)) this.records.set(podUid, record);
    this.inherited ??= new Set(listed.map(({ id }) => id));
    for (const record of listed) if (this.isSecond(record)) this.options.pauses.drop(record.id);
    this.prepared.takeOver(nobodys);
  }

  /** The engine said that this one runs no more; the pod may have another by now. */
  lost(podUid: string, id: string): void {
    const record = this.records.get(podUid);
    if (record?.id === id) this.records.set(podUid, { ...record, ready: false });
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
    this.lost(podUid, record.id);
  }

  /** All of a pod's; the caller has seen to it that nothing runs in them. */
  async remove(podUid: string, ids: readonly string[]): Promise<void> {
    await eachInTurn(ids.map((id) => () => this.options.pauses.discard(id)));
    this.records.delete(podUid);
  }

  /** Prepares no more. */
  abandon(): void {
    this.prepared.abandon();
  }

  /** Ends what waits for pods: they are nobody's. */
  async close(): Promise<void> {
    await this.prepared.close();
  }

  /** Runs beside the one that its pod has, and nothing can be in it. */
  private isSecond({ id, podUid, ready }: SandboxRecord): boolean {
    const present = this.readyOf(podUid);
    // While one is being made for the pod, this may be that one; from then on it is the one that the pod has.
    return ready && present !== null && present.id !== id && !this.making.has(podUid) && this.inherited?.has(id) === false;
  }

  private async make(config: SandboxConfig): Promise<SandboxRecord> {
    const { engine, owner } = this.options;
    const { podUid, namespace, podName, spec } = config;
    const old = this.records.get(podUid);
    if (old) await this.options.pauses.leaveBehind(old.id);
    const attempt = old ? this.options.clock.now() : 0;
    const name = sandboxName(config, attempt);
    const volumes = memoryVolumes(owner.runtimeId, podUid, spec);
    for (const volume of volumes) await engine.createVolume(volume.name, { driverOptions: volume.driverOptions, labels: sandboxLabels(owner, config) });
    const taken = fitsPrepared(config) ? await this.prepared.take(name) : null;
    const options = sandboxOptions(spec, { image: this.options.pauseImage(), labels: sandboxLabels(owner, config), hostname: config.hostname ?? `pod-${podUid.slice(0, 8)}`, volumes: volumes.map((volume) => volume.name), dns: dnsOf(spec, spec.dnsConfig ? await readNodeDns() : noDns) });
    const made = taken ?? (await this.options.pauses.run(name, options));
    const record: SandboxRecord = { id: made.id, podUid, namespace, podName, ready: true, ip: made.ip, perishable: true };
    this.records.set(podUid, record);
    this.fresh.add(made.id);
    this.prepared.fillSoon();
    return record;
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
