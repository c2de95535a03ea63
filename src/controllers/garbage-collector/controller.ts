import type { Clock } from '../../base/clock';
import { controllerOf } from '../../api/meta';
import type { Pod } from '../../api/pod';
import type { ReplicationController } from '../../api/replication-controller';
import { isApiError } from '../../errors/api-error';
import type { Registries } from '../../registry/types';
import type { KeySink } from '../runtime/controller';
import { forEachBounded } from '../runtime/for-each-bounded';
import type { ReconcileResult, Reconciler } from '../runtime/reconciler';
import { done } from '../runtime/reconciler';
import { isAbandoned, planFinished, planLostNode, planOwned } from './plan';
import { subjectOf } from './subject';
import { ownerUidOf, watchGarbage } from './watch';

/** Writes under way at a time. */
const width = 32;
/** Milliseconds until pods that still have their owner are looked at again. */
const releaseRetry = 50;
/** Milliseconds that a node may be gone before its pods are: a kubelet that runs asks after it every ten seconds, registers it again, and they are its still. */
const quarantine = 40_000;

/** Removes what nobody wants any more: pods of owners that are gone, finished pods beyond a number, pods of lost nodes. */
export class GarbageCollector implements Reconciler {
  readonly name = 'garbage-collector';

  /** Since when nodes are gone on which pods are left; a moment on the monotonic clock. */
  private readonly goneSince = new Map<string, number>();

  constructor(
    private readonly registries: Registries,
    private readonly clock: Clock,
  ) {}

  watch(keys: KeySink): () => void {
    const unsubscribes = [
      this.registries.clusterNodes.informer.subscribe(({ type, object }) => {
        if (type === 'ADDED') this.goneSince.delete(object.name);
      }),
      watchGarbage(this.registries, keys),
    ];
    return () => unsubscribes.forEach((unsubscribe) => unsubscribe());
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { pods, clusterNodes } = this.registries;
    const subject = subjectOf(key);
    switch (subject.kind) {
      case 'owner':
        return this.collectOwned(subject.uid, signal);
      case 'node':
        // The store's word: one that the cache cannot read is not gone.
        if (await ignoringGone(() => clusterNodes.get({ namespace: null, name: subject.name }))) return done;
        return this.collectOnGoneNode(subject.name, signal);
      case 'finished':
        await this.remove(planFinished(pods.informer.lister.list().filter((pod) => !controllerOf(pod))), signal);
        return done;
    }
  }

  /** Nobody is left who could say that containers have stopped, so their pods go without that. */
  private async collectOnGoneNode(nodeName: string, signal: AbortSignal): Promise<ReconcileResult> {
    const pods = this.registries.pods.byNode(nodeName);
    await this.remove(planLostNode(pods), signal, 0);
    const abandoned = pods.filter(isAbandoned);
    if (abandoned.length === 0) {
      this.goneSince.delete(nodeName);
      return done;
    }
    const now = this.clock.monotonic();
    const since = this.goneSince.get(nodeName) ?? now;
    this.goneSince.set(nodeName, since);
    if (now < since + quarantine) return { againAfterMilliseconds: since + quarantine - now };
    await this.remove(abandoned, signal, 0);
    return done;
  }

  private async collectOwned(uid: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { pods, replicationControllers } = this.registries;
    const owned = pods.byOwner(uid).filter((pod) => ownerUidOf(pod) === uid);
    const controller = replicationControllers.informer.lister.byUid(uid) ?? (await this.lookUp(uid, owned));
    const plan = planOwned(controller, owned);
    await forEachBounded(plan.release, { width, signal }, (pod) => this.release(pod, uid));
    await this.remove(plan.remove, signal);
    if (!controller || !plan.removeController || signal.aborted) return done;
    // Pods that the replication loop made while we let go of the others; were the controller gone, they would go too.
    if (plan.release.length > 0 && pods.byOwner(uid).length > 0) return { againAfterMilliseconds: releaseRetry };
    await ignoringGone(() => replicationControllers.delete(controller, { gracePeriodSeconds: 0, preconditions: { uid } }));
    return done;
  }

  /** The store's word before pods are removed for an owner that the cache does not show: it may only be unreadable. */
  private async lookUp(uid: string, owned: readonly Pod[]): Promise<ReplicationController | undefined> {
    const [first] = owned;
    const name = first && controllerOf(first)?.name;
    if (!first || name === undefined) return undefined;
    const found = await ignoringGone(() => this.registries.replicationControllers.get({ namespace: first.namespace, name }));
    return found?.uid === uid ? found : undefined;
  }

  private async release(pod: Pod, uid: string): Promise<void> {
    const withoutOwner = (current: Pod): Pod['ownerReferences'] =>
      current.ownerReferences.some((owner) => owner.uid === uid)
        ? current.ownerReferences.filter((owner) => owner.uid !== uid)
        : current.ownerReferences;
    await ignoringGone(() => this.registries.pods.updateOwners(pod, withoutOwner, { preconditions: { uid: pod.uid } }));
  }

  /** With the pod's own grace unless one is given. */
  private async remove(pods: readonly Pod[], signal: AbortSignal, gracePeriodSeconds: number | null = null): Promise<void> {
    await forEachBounded(pods, { width, signal }, (pod) =>
      ignoringGone(() => this.registries.pods.delete(pod, { gracePeriodSeconds, preconditions: { uid: pod.uid } })),
    );
  }
}

/** Undefined when the object is gone, or another has its name. */
async function ignoringGone<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (isApiError(error, 'NOT_FOUND') || isApiError(error, 'CONFLICT')) return undefined;
    throw error;
  }
}
