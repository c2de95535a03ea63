import type { ClusterNode } from '../../../src/api/cluster-node';
import type { Loose } from '../../../src/api/loose';
import { controllerOf, withCondition } from '../../../src/api/meta';
import type { Pod, PodPhase, PodSpec } from '../../../src/api/pod';
import { isActive, isTerminal } from '../../../src/api/pod';
import type { ReplicationController } from '../../../src/api/replication-controller';
import type { Taint } from '../../../src/api/taints';
import type { LogFields, Logger } from '../../../src/base/logger';
import { systemIdentity } from '../../../src/base/identity';
import { timestamp } from '../../../src/base/clock';
import { createControllers, runControllers } from '../../../src/controllers/runtime/manager';
import { isApiError } from '../../../src/errors/api-error';
import type { DrainWish, Registries } from '../../../src/registry';
import { createRegistries } from '../../../src/registry';
import { openMemoryStore } from '../../../src/registry/store/memory/store';
import { aNode } from '../../support/builders';
import { FakeClock, settle } from '../../support/fake-clock';
import { FaultyStore } from '../../support/faulty-store';

/** Turns of the event loop without a new revision after which nothing is under way: there is no disk and no socket here. */
const quietTurns = 30;

/** As the server has it unless it is told otherwise. */
const eviction = { nodeTolerationSeconds: 300, nodesPerSecond: 0.1 };

/** A kubelet renews its lease of 40 s so often, in milliseconds. */
const renewInterval = 10_000;

interface Warning {
  readonly message: string;
  readonly fields: LogFields;
}

/** All loops of the control plane over the memory store and a fake clock, with pods that start and stop when told to. */
export class Cluster {
  /** Uids of all pods that ever were: a pod too many shows here even when it was removed again. */
  readonly made = new Set<string>();
  private readonly silent = new Set<string>();
  private delays = { start: 0, stop: 0 };
  private readonly abort = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private unsubscribe = (): void => undefined;

  private constructor(
    readonly store: FaultyStore,
    readonly registries: Registries,
    readonly clock: FakeClock,
    readonly warnings: Warning[],
  ) {}

  static async start(options: { readonly before?: (registries: Registries) => Promise<unknown> } = {}): Promise<Cluster> {
    const clock = new FakeClock();
    return Cluster.on(new FaultyStore(await openMemoryStore({ clock })), clock, options.before);
  }

  private static async on(store: FaultyStore, clock: FakeClock, before?: (registries: Registries) => Promise<unknown>): Promise<Cluster> {
    const warnings: Warning[] = [];
    const logger = loggerThatKeeps(warnings);
    const registries = withoutEvents(createRegistries({ store, clock, identity: systemIdentity, logger }));
    const cluster = new Cluster(store, registries, clock, warnings);
    await registries.ready(cluster.abort.signal);
    registries.pods.informer.subscribe(({ object }) => cluster.made.add(object.uid));
    await before?.(registries);
    const controllers = createControllers({ registries, clock, identity: systemIdentity, logger, eviction });
    cluster.running = runControllers(controllers, cluster.abort.signal);
    await cluster.quiet();
    return cluster;
  }

  async stop(): Promise<void> {
    await this.end();
    await this.store.close();
  }

  /** Ends all loops and starts new ones, which know nothing, on what is stored. */
  async restart(): Promise<Cluster> {
    await this.end();
    return Cluster.on(this.store, this.clock);
  }

  private async end(): Promise<void> {
    this.unsubscribe();
    this.abort.abort();
    await this.running;
    await this.registries.close();
  }

  /** Waits until nothing is written any more; answers with the store's revision. */
  async quiet(): Promise<number> {
    let revision = 0;
    for (let turns = 0; turns < quietTurns; turns += 1) {
      await settle();
      const now = await this.store.currentRevision();
      if (now !== revision) turns = 0;
      revision = now;
    }
    return revision;
  }

  /** Moves the clock, then waits until it is quiet. */
  async advance(milliseconds: number): Promise<number> {
    await this.clock.advance(milliseconds);
    return this.quiet();
  }

  /** A kubelet on every node that is not silent: bound pods run and are ready, deleted ones stop, at once or after so many milliseconds. */
  runPods(delays: { readonly start: number; readonly stop: number } = { start: 0, stop: 0 }): void {
    this.delays = delays;
    this.unsubscribe = this.registries.pods.informer.subscribe(({ type, object }) => {
      if (type !== 'DELETED') this.syncPod(object);
    });
  }

  /** Lets time pass with kubelets that renew their leases in it. */
  async live(milliseconds: number): Promise<number> {
    for (let left = milliseconds; left > 0; left -= renewInterval) {
      await this.advance(Math.min(left, renewInterval));
      for (const { name } of this.registries.clusterNodes.informer.lister.list()) {
        if (!this.silent.has(name)) await this.registries.clusterNodes.renewLease(name);
      }
    }
    return this.quiet();
  }

  /** The kubelets of these nodes are cut off. */
  silence(...names: string[]): void {
    for (const name of names) this.silent.add(name);
  }

  /** The kubelet of the node is back: it registers, and says of its pods how they are. */
  async wake(name: string): Promise<void> {
    this.silent.delete(name);
    await this.addNode(name);
    for (const pod of this.registries.pods.byNode(name)) {
      if (pod.deletionTimestamp === null && pod.status.phase === 'RUNNING') await this.report(pod, 'RUNNING');
      else this.syncPod(pod);
    }
    await this.quiet();
  }

  private syncPod(pod: Pod): void {
    if (pod.spec.nodeName === null || this.silent.has(pod.spec.nodeName)) return;
    const { start, stop } = this.delays;
    if (pod.deletionTimestamp !== null) this.after(stop, () => this.registries.pods.delete(pod, { gracePeriodSeconds: 0 }));
    else if (pod.status.phase === 'PENDING') this.after(start, () => this.report(pod, 'RUNNING'));
  }

  private after(milliseconds: number, act: () => Promise<unknown>): void {
    const attempt = (): void => void this.whileThere(act(), () => this.after(1_000, act));
    if (milliseconds === 0) attempt();
    else this.clock.after(milliseconds, attempt);
  }

  /** As the pod's kubelet would. */
  report(pod: Pod, phase: PodPhase): Promise<Pod> {
    const status = phase === 'RUNNING' ? 'TRUE' : 'FALSE';
    const ready = { type: 'Ready', status, reason: null, message: null } as const;
    return this.registries.pods.updateStatus(pod, (current) => ({
      ...current,
      status: { ...current.status, phase, observedGeneration: current.generation, conditions: withCondition(current.status.conditions, ready, timestamp(this.clock)) },
    }));
  }

  createRc(name: string, options: { replicas: number; labels?: Record<string, string>; selector?: Record<string, string> }): Promise<ReplicationController> {
    const { replicas, labels = { app: 'web' }, selector = labels } = options;
    return this.registries.replicationControllers.create({
      name,
      generateName: null,
      namespace: 'default',
      labels: {},
      annotations: {},
      spec: { replicas, selector, template: { labels, annotations: {}, spec: { containers: [{ name: 'main', image: 'host' }] } } },
    });
  }

  scale(rc: ReplicationController, replicas: number): Promise<ReplicationController> {
    return this.registries.replicationControllers.update(rc, (current) => ({ ...current, spec: { ...current.spec, replicas } }));
  }

  changeImage(rc: ReplicationController, image: string): Promise<ReplicationController> {
    return this.registries.replicationControllers.update(rc, (current) => {
      const { template } = current.spec;
      const containers = template.spec.containers.map((container) => ({ ...container, image }));
      return { ...current, spec: { ...current.spec, template: { ...template, spec: { ...template.spec, containers } } } };
    });
  }

  createPod(name: string, options: { labels?: Record<string, string>; spec?: Loose<PodSpec>; owner?: ReplicationController } = {}): Promise<Pod> {
    const { labels = {}, spec = {}, owner } = options;
    return this.registries.pods.create({
      name,
      generateName: null,
      namespace: 'default',
      labels,
      annotations: {},
      ownerReferences: owner ? [{ kind: owner.kind, name: owner.name, uid: owner.uid, controller: true }] : [],
      spec: { containers: [{ name: 'main', image: 'host' }], ...spec },
    });
  }

  relabel(pod: Pod, labels: Record<string, string>): Promise<Pod> {
    return this.registries.pods.update(pod, (current) => ({ ...current, labels }));
  }

  /** As a kubelet registers: ready, with a lease of 40 s. */
  async addNode(name: string, overrides: Partial<ClusterNode['status']> & { readonly labels?: Record<string, string> } = {}): Promise<ClusterNode> {
    const { labels = {}, ...status } = overrides;
    const draft = { name, generateName: null, namespace: null, labels, annotations: {}, spec: {}, status: aNode({ status }).status };
    const { node } = await this.registries.clusterNodes.register(draft, 40);
    return node;
  }

  cordon(name: string, unschedulable: boolean): Promise<ClusterNode> {
    return this.registries.clusterNodes.cordon({ namespace: null, name }, unschedulable);
  }

  drain(name: string, wish: Partial<DrainWish> = {}): Promise<ClusterNode> {
    return this.registries.clusterNodes.drain({ namespace: null, name }, { maxUnavailable: 1, force: false, ...wish });
  }

  taint(name: string, ...taints: Loose<Taint>[]): Promise<ClusterNode> {
    return this.registries.clusterNodes.taint({ namespace: null, name }, taints);
  }

  pod(name: string): Pod | undefined {
    return this.registries.pods.informer.lister.get('default', name);
  }

  rc(name: string): ReplicationController | undefined {
    return this.registries.replicationControllers.informer.lister.get('default', name);
  }

  node(name: string): ClusterNode | undefined {
    return this.registries.clusterNodes.informer.lister.get(null, name);
  }

  pods(): readonly Pod[] {
    return this.registries.pods.informer.lister.list();
  }

  /** Active pods that this controller owns. */
  podsOf(owner: ReplicationController): readonly Pod[] {
    return this.pods().filter((pod) => isActive(pod) && controllerOf(pod)?.uid === owner.uid);
  }

  finished(): readonly Pod[] {
    return this.pods().filter(isTerminal);
  }

  /** `again`: when it may go better the next time. */
  private async whileThere(write: Promise<unknown>, again: () => void): Promise<void> {
    await write.catch((error: unknown) => {
      if (isApiError(error) && error.retryable) again();
      else if (!isApiError(error, 'NOT_FOUND')) throw error;
    });
  }
}

function loggerThatKeeps(lines: Warning[]): Logger {
  const keep = (message: string, fields: LogFields = {}): void => void lines.push({ message, fields });
  const logger: Logger = { debug: () => undefined, info: () => undefined, warn: keep, error: keep, child: () => logger };
  return logger;
}

/** The tests count writes and make them fail, and mean those of the loops' own; what is told of them is test/integration/events.test.ts. */
function withoutEvents(registries: Registries): Registries {
  const { events } = registries;
  return {
    ...registries,
    events: { informer: events.informer, list: (options) => events.list(options), logOf: (uid) => events.logOf(uid), record: () => undefined, report: () => undefined, flush: () => events.flush() },
  };
}
