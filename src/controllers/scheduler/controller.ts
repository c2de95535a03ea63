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
import { Rooms } from './rooms';
import type { Decision } from './scores';
import { decide } from './scores';
import { allWaiting, waitsForNode, watchScheduling } from './watch';

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
  private keys: KeySink | undefined;

  constructor(private readonly options: SchedulerOptions) {
    this.rooms = new Rooms(options.registries);
  }

  /** The sources of its keys. Returns what unsubscribes. */
  watch(keys: KeySink): () => void {
    this.keys = keys;
    // Rooms first: who is woken by a change must see it.
    const unsubscribes = [this.rooms.watch(), watchScheduling(this.options.registries, keys)];
    return () => unsubscribes.forEach((unsubscribe) => unsubscribe());
  }

  async reconcile(key: string): Promise<ReconcileResult> {
    const { pods } = this.options.registries;
    if (key === allWaiting) {
      for (const pod of pods.byNode('')) if (waitsForNode(pod)) this.keys?.add(keyOf(pod));
      return done;
    }
    const { namespace, name } = refOf(key);
    const pod = pods.informer.lister.get(namespace, name);
    if (!pod || !waitsForNode(pod)) return done;
    const decision = this.decide(pod);
    try {
      if ('nodeName' in decision) await this.bind(pod, decision.nodeName);
      else await this.explain(pod, decision.unschedulable);
      return done;
    } catch (error) {
      if (isChanged(error)) return { againAfterMilliseconds: changedRetry };
      throw error;
    }
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
    } catch (error) {
      // That this try failed for sure says nothing about the one before; only that the pod or the node is another does.
      const isUnknown = isApiError(error) && error.outcome === 'unknown';
      if (isChanged(error) || !(isUnknown || isSettling)) this.rooms.forget(pod.uid);
      throw error;
    }
  }

  /** Writes only what the pod does not say already. */
  private async explain(pod: Pod, message: string): Promise<void> {
    if (isExplained(pod, message)) return;
    const now = timestamp(this.options.clock);
    const change = (current: Pod): Pod =>
      !waitsForNode(current) || isExplained(current, message)
        ? current
        : {
            ...current,
            status: {
              ...current.status,
              conditions: withCondition(
                current.status.conditions,
                { type: conditionTypes.podScheduled, status: 'FALSE', reason: 'Unschedulable', message },
                now,
              ),
            },
          };
    await this.options.registries.pods.updateStatus(pod, change, { preconditions: { uid: pod.uid } });
  }
}

function isExplained(pod: Pod, message: string): boolean {
  const condition = conditionOf(pod.status.conditions, conditionTypes.podScheduled);
  return condition?.status === 'FALSE' && condition.reason === 'Unschedulable' && condition.message === message;
}

/** The pod, or the node that was chosen, is another by now; the cache is about to show it. */
function isChanged(error: unknown): boolean {
  return isApiError(error, 'CONFLICT') || isApiError(error, 'NOT_FOUND');
}
