import type { PodOwner } from '../../api/drain';
import { planDrain } from '../../api/drain';
import type { ClusterNode, DrainRequest } from '../../api/cluster-node';
import type { Pod } from '../../api/pod';
import { isActive, isOutOfSight, isReady, isTerminal } from '../../api/pod';
import type { Clock } from '../../base/clock';
import type { Logger } from '../../base/logger';
import type { Registries } from '../../registry/types';
import type { KeySink } from '../runtime/controller';
import { forEachBounded } from '../runtime/for-each-bounded';
import type { ReconcileResult, Reconciler } from '../runtime/reconciler';
import { done } from '../runtime/reconciler';
import type { Told } from '../runtime/told';
import { toldBy } from '../runtime/told';
import { Evictions } from './evictions';

export interface DrainOptions {
  readonly registries: Registries;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Writes under way at a time. */
const width = 32;

/**
 * Empties nodes whose spec asks for it (`drain`), as few pods of a replication controller at a time as it allows. Remembers nothing
 * that matters: the wish is in the node, and how far it is follows from the pods. One node is worked at a time, so that each
 * plan sees the evictions of the one before.
 */
export class DrainReconciler implements Reconciler {
  readonly name = 'drain';
  private readonly draining = new Set<string>();
  private readonly evictions: Evictions;
  private readonly told: Told;
  /** Nodes whose drain is over: requestedAt of it, by name. */
  private readonly drained = new Map<string, string>();

  constructor(private readonly options: DrainOptions) {
    this.evictions = new Evictions(options.registries.pods);
    this.told = toldBy(this.name, options.registries);
  }

  watch(keys: KeySink): () => void {
    const { clusterNodes, pods, replicationControllers } = this.options.registries;
    this.draining.clear();
    this.drained.clear();
    const addAll = (): void => {
      for (const name of this.draining) keys.add(name);
    };
    const unsubscribes = [
      clusterNodes.informer.subscribe(({ type, object: { name, spec } }) => {
        const wasDraining = this.draining.delete(name);
        if (type !== 'DELETED' && spec.drain !== null) this.draining.add(name);
        if (wasDraining || this.draining.has(name)) keys.add(name);
      }),
      pods.informer.subscribe(({ type, object, previous }) => {
        if (this.draining.size > 0 && (type !== 'MODIFIED' || !previous || stands(previous) !== stands(object))) addAll();
      }),
      replicationControllers.informer.subscribe(({ type, object, previous }) => {
        if (type !== 'MODIFIED' || previous?.generation !== object.generation) addAll();
      }),
    ];
    return () => unsubscribes.forEach((unsubscribe) => unsubscribe());
  }

  async reconcile(nodeName: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { registries, clock, logger } = this.options;
    this.evictions.settle();
    const node = registries.clusterNodes.informer.lister.get(null, nodeName);
    const drain = node?.spec.drain;
    const present = registries.pods.byNode(nodeName);
    if (!node || !drain) {
      this.evictions.callOff(present);
      return done;
    }
    const evict = (pod: Pod): Promise<void> => this.evict(pod, nodeName, drain.gracePeriodSeconds);
    await forEachBounded(this.evictions.unsettled(present), { width, signal }, evict);
    const pods = this.evictions.staying(present);
    // What was sent away still runs, also when the cache does not show that it goes: it is over when nothing is left but what has finished.
    const remaining = present.filter((pod) => !isTerminal(pod)).length;
    const plan = planDrain({ node, drain, pods, ownerOf: (uid) => this.ownerOf(uid), now: clock.now() });
    if (plan.evict.length > 0) logger.info('evicting pods from a node that is drained', { node: nodeName, pods: plan.evict.length, remaining });
    await forEachBounded(plan.evict, { width, signal }, evict);
    this.tellOf(node, drain, remaining);
    return plan.againAt === null ? done : { againAfterMilliseconds: plan.againAt - clock.now() };
  }

  private ownerOf(uid: string): PodOwner | undefined {
    const { pods, replicationControllers } = this.options.registries;
    const controller = replicationControllers.informer.lister.byUid(uid);
    return controller && { controller, pods: this.evictions.staying(pods.byOwner(uid)) };
  }

  private async evict(pod: Pod, nodeName: string, gracePeriodSeconds: number | null): Promise<void> {
    // It may have been called off meanwhile.
    if (!this.options.registries.clusterNodes.informer.lister.get(null, nodeName)?.spec.drain) return;
    const message = `node ${nodeName} is being drained`;
    await this.evictions.evict(pod, message, gracePeriodSeconds);
    this.told.normal(pod, 'EvictionByDrain', message);
  }

  /** That it began is told by the evictions; that it is over, once. */
  private tellOf(node: ClusterNode, { requestedAt }: DrainRequest, remaining: number): void {
    if (remaining > 0) this.drained.delete(node.name);
    if (remaining > 0 || this.drained.get(node.name) === requestedAt) return;
    this.drained.set(node.name, requestedAt);
    this.told.normal(node, 'Drained', `nothing that has to leave runs on node ${node.name} any more (drain of ${requestedAt})`);
  }
}

/** What of a pod a plan looks at, besides its node and its owner. */
function stands(pod: Pod): string {
  const place = `${pod.spec.nodeName ?? ''}/${pod.ownerReferences.find(({ controller }) => controller)?.uid ?? ''}`;
  if (!isActive(pod)) return `${place} going`;
  return `${place} ${isReady(pod) ? 'ready' : isOutOfSight(pod) ? 'out of sight' : 'active'}`;
}
