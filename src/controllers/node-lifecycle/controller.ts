import type { Clock } from '../../base/clock';
import { timestamp } from '../../base/clock';
import type { ClusterNode } from '../../api/cluster-node';
import { isNodeReady } from '../../api/cluster-node';
import { conditionOf } from '../../api/meta';
import type { Pod } from '../../api/pod';
import { isApiError } from '../../errors/api-error';
import type { Registries } from '../../registry/types';
import type { KeySink } from '../runtime/controller';
import { forEachBounded } from '../runtime/for-each-bounded';
import type { ReconcileResult, Reconciler } from '../runtime/reconciler';
import { done } from '../runtime/reconciler';
import type { Told } from '../runtime/told';
import { toldBy } from '../runtime/told';
import { withHealthTaints } from './health-taints';
import type { LeaseState } from './health';
import { judgeNode } from './health';
import { claimsReady, notReady } from './not-ready';

export interface NodeLifecycleOptions {
  readonly registries: Registries;
  readonly clock: Clock;
  /** How long a node may go without a lease that was never seen; the default lease's time unless told otherwise. */
  readonly graceMilliseconds?: number;
}

const defaultGrace = 40_000;
/** Writes under way at a time. */
const width = 32;

/**
 * Says Ready=UNKNOWN of nodes whose lease is gone, judging time by its own monotonic clock (D7), and Ready=FALSE of their
 * pods; gives nodes the taints that their readiness calls for, and takes them away. Evicts nobody: controllers/eviction does.
 */
export class NodeLifecycleReconciler implements Reconciler {
  readonly name = 'node-lifecycle';
  private readonly leases = new Map<string, LeaseState>();

  private readonly told: Told;

  constructor(private readonly options: NodeLifecycleOptions) {
    this.told = toldBy(this.name, options.registries);
  }

  watch(keys: KeySink): () => void {
    const { clusterNodes } = this.options.registries;
    this.leases.clear();
    const unsubscribes = [
      // First, so that nodes that are met below show their lease already.
      clusterNodes.onLease((name, alive) => {
        if (alive) {
          this.leases.set(name, { kind: 'alive' });
        } else if (clusterNodes.informer.lister.get(null, name)) {
          this.leases.set(name, this.missing({ hadLease: true }));
          keys.add(name);
        } else {
          this.leases.delete(name);
        }
      }),
      clusterNodes.informer.subscribe(({ type, object: node, previous }) => {
        const { name } = node;
        if (type === 'MODIFIED' && previous) this.tellOf(node, previous);
        // A lease may outlive its node, and serve the next of that name.
        const isAlive = this.leases.get(name)?.kind === 'alive';
        if (type === 'DELETED') {
          if (!isAlive) this.leases.delete(name);
          return;
        }
        if (!this.leases.has(name)) this.leases.set(name, this.missing({ hadLease: false }));
        if (!isAlive || this.taintsOf(node) !== node.spec.taints) keys.add(name);
      }),
    ];
    return () => unsubscribes.forEach((unsubscribe) => unsubscribe());
  }

  async reconcile(name: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { registries, clock, graceMilliseconds = defaultGrace } = this.options;
    const node = registries.clusterNodes.informer.lister.get(null, name);
    const lease = this.leases.get(name);
    if (!node || !lease) return done;
    const verdict = judgeNode({ node, lease, elapsed: clock.monotonic(), graceMilliseconds, now: timestamp(clock) });
    switch (verdict.kind) {
      case 'leave':
        await this.writeTaints(node);
        return done;
      case 'wait':
        await this.writeTaints(node);
        return { againAfterMilliseconds: verdict.milliseconds };
      case 'lost':
        // The node first: whoever sees a pod that is not ready finds out why. Also when the node says so already: an
        // earlier pass may have ended before the last pod.
        if (verdict.conditions !== node.status.conditions) await this.declareLost(node, verdict.conditions);
        await this.writeTaints(registries.clusterNodes.informer.lister.get(null, name) ?? node);
        await this.takeBackReadiness(name, signal);
        return done;
    }
  }

  private async declareLost(node: ClusterNode, conditions: ClusterNode['status']['conditions']): Promise<void> {
    await ignoringGone(
      this.options.registries.clusterNodes.updateStatus(
        node,
        // Judged was this state of the node. If its kubelet has spoken since, its word stands, and the change brings us back. It
        // may have said what it said before, which changes nothing, and have a lease all the same.
        (current) =>
          current.resourceVersion !== node.resourceVersion || this.leases.get(node.name)?.kind === 'alive'
            ? current
            : { ...current, status: { ...current.status, conditions } },
        { preconditions: { uid: node.uid } },
      ),
    );
  }

  /** What was so when this loop began is no news. */
  private tellOf(node: ClusterNode, previous: ClusterNode): void {
    if (isNodeReady(node) === isNodeReady(previous)) return;
    const why = conditionOf(node.status.conditions, 'Ready')?.message ?? 'its kubelet says so';
    if (isNodeReady(node)) this.told.normal(node, 'NodeReady', `node ${node.name} is ready`);
    else this.told.warning(node, 'NodeNotReady', `node ${node.name} is not ready: ${why}`);
  }

  private taintsOf(node: ClusterNode): ClusterNode['spec']['taints'] {
    return withHealthTaints(node, timestamp(this.options.clock));
  }

  /** They follow from the node as it is when they are written: what its kubelet said meanwhile counts. */
  private async writeTaints(node: ClusterNode): Promise<void> {
    if (this.taintsOf(node) === node.spec.taints) return;
    await ignoringGone(
      this.options.registries.clusterNodes.updateTaints(node, (current) => this.taintsOf(current), { preconditions: { uid: node.uid } }),
    );
  }

  /** Once per loss, not again and again: a kubelet whose reports arrive although its lease is gone would only be contradicted. */
  private async takeBackReadiness(nodeName: string, signal: AbortSignal): Promise<void> {
    const { registries, clock } = this.options;
    const pods = registries.pods.byNode(nodeName).filter(claimsReady);
    await forEachBounded(pods, { width, signal }, async (pod) => {
      // Back meanwhile. What was written before, its kubelet overwrites.
      if (this.leases.get(nodeName)?.kind === 'alive') return;
      const change = (current: Pod): Pod => notReady(current, nodeName, timestamp(clock));
      await ignoringGone(registries.pods.updateStatus(pod, change, { preconditions: { uid: pod.uid } }));
    });
  }

  private missing({ hadLease }: { hadLease: boolean }): LeaseState {
    return { kind: 'missing', since: this.options.clock.monotonic(), hadLease };
  }
}

/** It is gone, or another has its name. */
async function ignoringGone(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isApiError(error, 'NOT_FOUND') && !isApiError(error, 'CONFLICT')) throw error;
  }
}
