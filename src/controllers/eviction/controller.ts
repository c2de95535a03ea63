import type { ClusterNode } from '../../api/cluster-node';
import { isNodeReady } from '../../api/cluster-node';
import type { Pod } from '../../api/pod';
import { isHealthTaint, taintText } from '../../api/taints';
import type { Clock } from '../../base/clock';
import type { Logger } from '../../base/logger';
import { isApiError } from '../../errors/api-error';
import type { Registries } from '../../registry/types';
import type { KeySink } from '../runtime/controller';
import { forEachBounded } from '../runtime/for-each-bounded';
import type { ReconcileResult, Reconciler } from '../runtime/reconciler';
import { done } from '../runtime/reconciler';
import type { Told } from '../runtime/told';
import { toldBy } from '../runtime/told';
import { evictionRate } from './disruption';
import { EvictionPace } from './pace';
import type { EvictionPlan, KnownTaint } from './plan';
import { planEviction } from './plan';
import { TaintedNodes } from './tainted-nodes';

export interface EvictionSettings {
  /** How long a pod that says nothing of it stays on a node that is unreachable or not ready. */
  readonly nodeTolerationSeconds: number;
  /** How many such nodes a second lose their pods. */
  readonly nodesPerSecond: number;
}

export interface EvictionOptions extends EvictionSettings {
  readonly registries: Registries;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Writes under way at a time. */
const width = 32;

/**
 * Sends pods away from nodes with NO_EXECUTE taints that they do not tolerate, or not any longer. Time is its own monotonic clock's
 * (D7) and begins when it first sees the taint, or the pod on a node that has it: a new leader grants everybody the full time once
 * more. What people taint is acted upon at once; what is said of a node's health, one node after the other, and not at all while too
 * many nodes are away.
 */
export class EvictionReconciler implements Reconciler {
  readonly name = 'eviction';
  private readonly tainted = new TaintedNodes();
  /** When pods came to nodes that had taints by then, by uid. Kept until they are gone: they may get another taint there. */
  private readonly seenAt = new Map<string, number>();
  private readonly pace = new EvictionPace();
  private readonly readiness = new Map<string, boolean>();
  private notReady = 0;
  private rate = 0;
  private readonly told: Told;

  constructor(private readonly options: EvictionOptions) {
    this.told = toldBy(this.name, options.registries);
  }

  watch(keys: KeySink): () => void {
    const { clusterNodes, pods } = this.options.registries;
    this.tainted.clear();
    this.seenAt.clear();
    this.pace.forgetAll();
    this.readiness.clear();
    this.notReady = 0;
    this.rate = this.options.nodesPerSecond;
    let isFilled = false;
    const unsubscribes = [
      clusterNodes.informer.subscribe(({ type, object: node }) => {
        this.saw(node, { isThere: type !== 'DELETED' });
        if (isFilled && this.changeRate()) for (const name of this.tainted.names()) keys.add(name);
        else if (this.tainted.has(node.name)) keys.add(node.name);
      }),
      pods.informer.subscribe(({ type, object: { uid, spec }, previous }) => {
        if (type === 'DELETED') this.seenAt.delete(uid);
        if (type === 'DELETED' || spec.nodeName === null || previous?.spec.nodeName === spec.nodeName) return;
        if (!this.tainted.has(spec.nodeName)) return;
        // Those that are there at the start have the time of the taints, which is that of the start too.
        if (isFilled) this.seenAt.set(uid, this.options.clock.monotonic());
        keys.add(spec.nodeName);
      }),
    ];
    // Not before all nodes are known: the first that is away would be all of them.
    isFilled = true;
    this.changeRate();
    return () => unsubscribes.forEach((unsubscribe) => unsubscribe());
  }

  async reconcile(nodeName: string, signal: AbortSignal): Promise<ReconcileResult> {
    const taints = this.tainted.taintsOf(nodeName);
    const waits = [
      await this.evictFor(nodeName, taints.filter(({ taint }) => !isHealthTaint(taint)), signal),
      // While it stands still there is nothing to wait for: that it goes on makes keys of all nodes.
      this.rate === 0 ? null : await this.evictFor(nodeName, taints.filter(({ taint }) => isHealthTaint(taint)), signal, this.rate),
    ].filter((wait) => wait !== null);
    return waits.length > 0 ? { againAfterMilliseconds: Math.min(...waits) } : done;
  }

  /** Milliseconds until somebody else is due, or it is this node's turn; null: nobody. With `rate`, it waits for its turn. */
  private async evictFor(nodeName: string, taints: readonly KnownTaint[], signal: AbortSignal, rate?: number): Promise<number | null> {
    if (taints.length === 0) return null;
    const { registries, clock, logger } = this.options;
    const now = clock.monotonic();
    const { due, nextAt } = this.plan(registries.pods.byNode(nodeName), taints, now);
    const turnIn = due.length > 0 && rate !== undefined ? this.pace.askForTurn(nodeName, now, rate) : 0;
    if (turnIn > 0) return turnIn;
    if (due.length > 0) logger.info('evicting pods from a tainted node', { node: nodeName, pods: due.length, taints: [...new Set(due.map(({ taint }) => taintText(taint)))] });
    await forEachBounded(due, { width, signal }, ({ pod }) => this.evict(pod, nodeName, taints));
    return nextAt === null ? null : nextAt - now;
  }

  private plan(pods: readonly Pod[], taints: readonly KnownTaint[], now: number): EvictionPlan {
    return planEviction({ pods, taints, seenAt: this.seenAt, nodeTolerationSeconds: this.options.nodeTolerationSeconds, now });
  }

  private async evict(pod: Pod, nodeName: string, taints: readonly KnownTaint[]): Promise<void> {
    // The node may be back meanwhile, or eviction stand still, or the taint be gone for which this pod has to go: another says nothing of it.
    const still = this.tainted.taintsOf(nodeName).filter((known) => taints.includes(known));
    const [due] = this.plan([pod], still, this.options.clock.monotonic()).due;
    if (!due || (isHealthTaint(due.taint) && this.rate === 0)) return;
    const message = `node ${nodeName} has the taint ${taintText(due.taint)} (NO_EXECUTE), which the pod does not tolerate any longer`;
    try {
      await this.options.registries.pods.evict(pod, { reason: 'DeletionByTaintManager', message }, { preconditions: { uid: pod.uid } });
      this.told.normal(pod, 'TaintManagerEviction', message);
    } catch (error) {
      // Gone, or another has its name.
      if (!isApiError(error, 'NOT_FOUND') && !isApiError(error, 'CONFLICT')) throw error;
    }
  }

  private saw(node: ClusterNode, { isThere }: { readonly isThere: boolean }): void {
    if (isThere) this.tainted.saw(node, this.options.clock.monotonic());
    else this.tainted.gone(node.name);
    if (!this.tainted.taintsOf(node.name).some(({ taint }) => isHealthTaint(taint))) this.pace.forget(node.name);
    if (this.readiness.get(node.name) === false) this.notReady -= 1;
    if (isThere) this.readiness.set(node.name, isNodeReady(node));
    else this.readiness.delete(node.name);
    if (this.readiness.get(node.name) === false) this.notReady += 1;
  }

  /** True when another rate follows from how many nodes are away now. */
  private changeRate(): boolean {
    const { nodesPerSecond, logger, clock } = this.options;
    const counts = { nodes: this.readiness.size, notReady: this.notReady };
    const rate = evictionRate(counts, nodesPerSecond);
    if (rate === this.rate) return false;
    if (rate === 0) logger.warn('too many nodes are away: nobody is evicted because of it until some are back', counts);
    if (this.rate === 0) {
      logger.info('enough nodes are ready again: the time of those that are away begins anew', counts);
      this.tainted.restartHealth(clock.monotonic());
      this.pace.forgetAll();
    }
    this.rate = rate;
    return true;
  }
}
