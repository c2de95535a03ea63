import type { Clock } from '../../base/clock';
import { timestamp } from '../../base/clock';
import type { Identity } from '../../base/identity';
import type { Pod } from '../../api/pod';
import type { ReplicationController } from '../../api/replication-controller';
import { isApiError } from '../../errors/api-error';
import type { Registries } from '../../registry/types';
import { refOf } from '../runtime/key';
import type { ReconcileResult, Reconciler } from '../runtime/reconciler';
import { done } from '../runtime/reconciler';
import type { Told } from '../runtime/told';
import { toldBy } from '../runtime/told';
import { claimPods, isGone } from './claims';
import { OwnWrites } from './own-writes';
import { planReplication } from './plan';
import { podFromTemplate } from './pod-template';
import { slowStart } from './slow-start';
import type { ReplicationFailure } from './status';
import { failureOf, statusAfter } from './status';

export interface ReplicationReconcilerOptions {
  readonly registries: Registries;
  readonly clock: Clock;
  readonly identity: Identity;
}

/** How long a pass waits for the cache to show what was written, and how long it then stays away, in milliseconds. */
const cacheWait = 1_000;
const cacheRetry = 100;

/** What stopped a pass half way: told in the status, then thrown, so that back-off decides when to try again. */
interface Failed {
  readonly failure: ReplicationFailure;
  readonly cause: unknown;
}

/** Keeps `spec.replicas` pods alive that match the selector. Decides nothing itself: plan.ts does. */
export class ReplicationReconciler implements Reconciler {
  readonly name = 'replication';
  private readonly ownWrites = new Map<string, OwnWrites>();
  private readonly told: Told;

  constructor(private readonly options: ReplicationReconcilerOptions) {
    this.told = toldBy('replication-controller', options.registries);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { registries, clock } = this.options;
    const revision = this.ownWrites.get(key)?.revision ?? 0;
    if (!(await registries.reached(revision, cacheWait))) return { againAfterMilliseconds: cacheRetry };
    const { namespace, name } = refOf(key);
    const controller = registries.replicationControllers.informer.lister.get(namespace, name);
    if (!controller) {
      this.ownWrites.delete(key);
      return done;
    }
    if (controller.deletionTimestamp !== null) return done;
    const writes = this.writesOf(key, controller);
    const plan = planReplication({ controller, pods: this.podsOf(controller, writes), now: clock.now() });
    if (!(await claimPods({ registries, controller, plan, writes }))) return { againAfterMilliseconds: cacheRetry };
    const failed = (await this.createPods(controller, plan.create, writes, signal)) ?? (await this.removePods(controller, plan.remove, writes));
    if (signal.aborted) return done;
    if (failed) this.told.warning(controller, failed.failure.reason, failed.failure.message);
    await this.writeStatus(controller, failed, writes);
    if (failed) throw failed.cause;
    return done;
  }

  private writesOf(key: string, { uid }: ReplicationController): OwnWrites {
    const known = this.ownWrites.get(key);
    if (known?.controllerUid === uid) return known;
    const fresh = new OwnWrites(uid);
    this.ownWrites.set(key, fresh);
    return fresh;
  }

  private podsOf(controller: ReplicationController, writes: OwnWrites): readonly Pod[] {
    const { pods } = this.options.registries;
    const found = new Set([
      ...pods.byLabels(controller.namespace, controller.spec.selector),
      ...pods.byOwner(controller.uid),
    ]);
    return writes.corrected([...found], (uid) => pods.informer.lister.byUid(uid));
  }

  private async createPods(
    controller: ReplicationController,
    count: number,
    writes: OwnWrites,
    signal: AbortSignal,
  ): Promise<Failed | undefined> {
    const { error } = await slowStart(count, () => this.createPod(controller, writes), signal);
    return error ? { failure: failureOf('FailedCreate', error.cause), cause: error.cause } : undefined;
  }

  private async createPod(controller: ReplicationController, writes: OwnWrites): Promise<void> {
    const uid = writes.takeUid(() => this.options.identity.uid());
    try {
      const pod = await this.options.registries.pods.create(podFromTemplate(controller, uid));
      writes.wrote(pod);
      this.told.normal(controller, 'SuccessfulCreate', `created pod ${pod.name}`);
    } catch (error) {
      // Sent again, and what the first made was deleted meanwhile: that uid is done with, and the pod still missing.
      if (isUsedUp(error, uid)) return this.createPod(controller, writes);
      // Names that others have follow from the uid: only another one leads to other names.
      if (!isApiError(error, 'ALREADY_EXISTS')) writes.notAcknowledged(uid);
      throw error;
    }
  }

  private async removePods(controller: ReplicationController, pods: readonly Pod[], writes: OwnWrites): Promise<Failed | undefined> {
    const results = await Promise.allSettled(
      pods.map(async (pod) => {
        try {
          writes.wrote(await this.options.registries.pods.delete(pod, { preconditions: { uid: pod.uid } }));
          this.told.normal(controller, 'SuccessfulDelete', `deleted pod ${pod.name}`);
        } catch (error) {
          if (!isGone(error)) throw error;
        }
        writes.removedPod(pod.uid);
      }),
    );
    const failed = results.find((result) => result.status === 'rejected');
    return failed && { failure: failureOf('FailedDelete', failed.reason), cause: failed.reason };
  }

  private async writeStatus(controller: ReplicationController, failed: Failed | undefined, writes: OwnWrites): Promise<void> {
    const outcome = { generation: controller.generation, failure: failed?.failure ?? null };
    const now = timestamp(this.options.clock);
    if (statusAfter(controller, outcome, now) === controller.status) return;
    try {
      writes.wrote(
        await this.options.registries.replicationControllers.updateStatus(
          controller,
          (current) => ({ ...current, status: statusAfter(current, outcome, now) }),
          { preconditions: { uid: controller.uid } },
        ),
      );
    } catch (error) {
      // The failure that was to be told matters more than that it could not be told.
      if (!failed && !isGone(error)) throw error;
    }
  }
}

function isUsedUp(error: unknown, uid: string): boolean {
  return isApiError(error, 'ALREADY_EXISTS') && error.details.uid === uid;
}
