import { namesIn, removeTree } from '../files';
import type { SandboxConfig, SandboxRecord } from '../runtime';
import { RuntimeError } from '../runtime';
import type { Containers } from './containers';
import type { Engine } from './engine';
import { eachInTurn } from './faults';
import type { Owner } from './labels';
import { labelNames, ourLabels } from './labels';
import type { Layout } from './layout';
import { podFolder } from './layout';
import type { Look } from './looks';
import { podOfSandbox } from './names';
import type { Sandboxes } from './sandboxes';
import type { StartMarks } from './start-marks';
import { makeEmptyDirs, podOfVolume } from './volumes';

export interface SurroundingsOptions {
  readonly engine: Engine;
  readonly owner: Owner;
  readonly layout: Layout;
  readonly sandboxes: Sandboxes;
  readonly containers: Containers;
  readonly marks: StartMarks;
}

/** All that the containers of a pod share: the sandbox, volumes in the engine, and its folder. */
export class Surroundings {
  /** Pods of which there was no container when the runtime was opened, only a folder or volumes. */
  private left: readonly string[] = [];

  constructor(private readonly options: SurroundingsOptions) {}

  /** Finds what is left of pods that this look does not show: a podql died while it removed them, or the engine was cleared by hand. */
  async takeOver({ containers, sandboxes }: Look): Promise<void> {
    const { engine, owner, layout } = this.options;
    const known = new Set([...containers.map(({ identity }) => identity.podUid), ...sandboxes.map(({ podUid }) => podUid)]);
    const volumes = await engine.volumeNames(ourLabels(owner));
    const found = new Set([...(await namesIn(layout.pods)), ...volumes.flatMap((name) => podOfVolume(name) ?? [])]);
    this.left = [...found].filter((podUid) => !known.has(podUid));
  }

  /**
   * As sandboxes that are lost: whoever knows which pods there are asks for a new one, which finds the volumes again, or for
   * the removal.
   */
  listLeft({ sandboxes }: Look): readonly SandboxRecord[] {
    const left = this.left.filter((uid) => !sandboxes.some(({ podUid }) => podUid === uid));
    return left.map((podUid) => ({ id: podUid, podUid, namespace: '', podName: '', ready: false, ip: null, perishable: true }));
  }

  async ensure(config: SandboxConfig): Promise<SandboxRecord> {
    const { layout, sandboxes } = this.options;
    // First: a list that is made meanwhile must not call the new one lost.
    this.forgetLeft(config.podUid);
    await makeEmptyDirs(layout, config.podUid, config.spec);
    if (sandboxes.isLost(config.podUid)) await this.endMembers(config.podUid);
    return sandboxes.ensure(config);
  }

  /** With its containers, which must have ended. */
  async remove(podUid: string): Promise<void> {
    const { engine, owner, layout, sandboxes, containers, marks } = this.options;
    const summaries = await engine.list(ourLabels(owner), podUid);
    const members = summaries.filter(({ Labels: labels }) => labels[labelNames.role] === 'container' && labels[labelNames.podUid] === podUid);
    const running = members.find(({ State }) => State === 'running');
    if (running) throw new RuntimeError('INVALID', `container ${running.Id} still runs: stop it before the sandbox is removed`);
    const own = summaries.filter(({ Labels: labels, Names: names }) => labels[labelNames.role] !== 'container' && (labels[labelNames.podUid] ?? podOfSandbox(names[0] ?? '')?.podUid) === podUid);
    const volumes = await engine.volumeNames({ ...ourLabels(owner), [labelNames.podUid]: podUid });
    await eachInTurn([
      ...members.map(({ Id }) => () => containers.remove(Id)),
      () => sandboxes.remove(podUid, own.map(({ Id }) => Id)),
      ...volumes.map((name) => () => engine.removeVolume(name)),
      () => removeTree(podFolder(layout, podUid)),
    ]);
    marks.forgetPod(podUid);
    this.forgetLeft(podUid);
  }

  private forgetLeft(podUid: string): void {
    this.left = this.left.filter((uid) => uid !== podUid);
  }

  /** What still runs in a lost sandbox has no network any more. */
  private async endMembers(podUid: string): Promise<void> {
    const { engine, owner, containers } = this.options;
    const running = await engine.list({ ...ourLabels(owner), [labelNames.role]: 'container', [labelNames.podUid]: podUid });
    await Promise.all(running.filter(({ State }) => State === 'running').map(({ Id }) => containers.stop(Id, 0)));
  }
}
