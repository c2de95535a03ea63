import type { Clock } from '../../base/clock';
import { timestamp } from '../../base/clock';
import { conditionOf, withCondition } from '../../api/meta';
import type { Pod } from '../../api/pod';
import { conditionTypes } from '../../api/pod';
import { isApiError } from '../../errors/api-error';
import type { Registries } from '../../registry/types';
import type { KeySink } from '../runtime/controller';
import { keyOf, refOf } from '../runtime/key';
import type { ReconcileResult, Reconciler } from '../runtime/reconciler';
import { done } from '../runtime/reconciler';
import type { Told } from '../runtime/told';
import { toldBy } from '../runtime/told';
import { Rooms } from './rooms';
import type { Decision } from './scores';
import { decide } from './scores';
import { allRefused, allWaiting, gatherRoom, lacksItsNode, waitsForNode, watchScheduling } from './watch';

export interface SchedulerOptions {
  readonly registries: Registries;
  readonly clock: Clock;
}

/** Milliseconds until a pod is looked at again that changed while it was decided upon. */
const changedRetry = 50;

/**
 * Gives each pod a node, or says on the pod why no node will do. Deciding reads memory only and never waits, so that
 * several workers may bind at a time and yet each decision sees the ones before it (assumed.ts).
 */
export class SchedulerReconciler implements Reconciler {
  readonly name = 'scheduler';
  private readonly rooms: Rooms;
  private readonly told: Told;
  /** Keys whose last pass failed, until the next begins: back-off brings them back. */
  private readonly failed = new Set<string>();
  private keys: KeySink | undefined;

  constructor(private readonly options: SchedulerOptions) {
    this.rooms = new Rooms(options.registries, () => this.keys?.addAfter(allRefused, gatherRoom));
    this.told = toldBy(this.name, options.registries);
  }

  /** The sources of its keys. Returns what unsubscribes. */
  watch(keys: KeySink): () => void {
    this.keys = keys;
    this.failed.clear();
    // Rooms first: who is woken by a change must see it.
    const unsubscribes = [this.rooms.watch(), watchScheduling(this.options.registries, keys)];
    return () => unsubscribes.forEach((unsubscribe) => unsubscribe());
  }

  async reconcile(key: string): Promise<ReconcileResult> {
    const { pods } = this.options.registries;
    if (key === allWaiting || key === allRefused) {
      for (const pod of pods.byNode('')) if (waitsForNode(pod) && !(key === allRefused && this.failed.has(keyOf(pod)))) this.keys?.add(keyOf(pod));
      return done;
    }
    const { namespace, name } = refOf(key);
    const pod = pods.informer.lister.get(namespace, name);
    this.failed.delete(key);
    try {
      if (pod && waitsForNode(pod)) await this.place(pod);
      else if (pod && this.lacksItsNode(pod)) await this.explain(pod, nodeNotFound(pod), (current) => this.lacksItsNode(current));
      return done;
    } catch (error) {
      if (isChanged(error)) return { againAfterMilliseconds: changedRetry };
      this.failed.add(key);
      throw error;
    }
  }

  private async place(pod: Pod): Promise<void> {
    const decision = this.decide(pod);
    if ('nodeName' in decision) await this.bind(pod, decision.nodeName);
    else await this.explain(pod, { reason: 'Unschedulable', message: decision.unschedulable }, waitsForNode);
  }

  private lacksItsNode(pod: Pod): boolean {
    return lacksItsNode(pod, this.options.registries.clusterNodes.informer.lister);
  }

  /** A binding whose outcome is not known is settled by doing it again: to the same node, which changes nothing if it was done. */
  private decide(pod: Pod): Decision {
    const nodeName = this.rooms.assumedNodeOf(pod.uid);
    return nodeName === undefined ? decide(pod, this.rooms.all()) : { nodeName };
  }

  private async bind(pod: Pod, nodeName: string): Promise<void> {
    const isSettling = this.rooms.assumedNodeOf(pod.uid) !== undefined;
    this.rooms.assume(pod, nodeName);
    try {
      await this.options.registries.pods.bind(pod, nodeName, { preconditions: { uid: pod.uid } });
      this.told.normal(pod, 'Scheduled', `assigned to node ${nodeName}`);
    } catch (error) {
      // That this try failed for sure says nothing about the one before; only that the pod or the node is another does.
      const isUnknown = isApiError(error) && error.outcome === 'unknown';
      if (isChanged(error) || !(isUnknown || isSettling)) this.rooms.giveBack(pod.uid);
      throw error;
    }
  }

  /** Writes only what the pod does not say already, and only while it holds. */
  private async explain(pod: Pod, why: Why, holds: (current: Pod) => boolean): Promise<void> {
    this.told.warning(pod, 'FailedScheduling', why.message);
    if (isExplained(pod, why)) return;
    const condition = { type: conditionTypes.podScheduled, status: 'FALSE', ...why } as const;
    const now = timestamp(this.options.clock);
    const change = (current: Pod): Pod =>
      !holds(current) || isExplained(current, why)
        ? current
        : { ...current, status: { ...current.status, conditions: withCondition(current.status.conditions, condition, now) } };
    await this.options.registries.pods.updateStatus(pod, change, { preconditions: { uid: pod.uid } });
  }
}

/** Why a pod gets no node, or cannot run on the one it has. */
interface Why {
  readonly reason: 'Unschedulable' | 'NodeNotFound';
  readonly message: string;
}

/**
 * Said, and no more. Kubernetes deletes such pods after a while, since there a node's object goes with its machine. Here
 * nothing takes nodes away: one that is missing is about to come, or a slip of the pen, and the pod's controller would
 * only make it again and again.
 */
function nodeNotFound(pod: Pod): Why {
  const message = `it was created for node ${pod.spec.nodeName}, and there is no node of that name: it waits until a kubelet registers as ${pod.spec.nodeName}; or delete it and create it again without nodeName, or with that of a node that is there`;
  return { reason: 'NodeNotFound', message };
}

function isExplained(pod: Pod, { reason, message }: Why): boolean {
  const condition = conditionOf(pod.status.conditions, conditionTypes.podScheduled);
  return condition?.status === 'FALSE' && condition.reason === reason && condition.message === message;
}

/** The pod, or the node that was chosen, is another by now; the cache is about to show it. */
function isChanged(error: unknown): boolean {
  return isApiError(error, 'CONFLICT') || isApiError(error, 'NOT_FOUND');
}
