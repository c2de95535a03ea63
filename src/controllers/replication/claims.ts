import { controllerOf } from '../../api/meta';
import type { Pod } from '../../api/pod';
import type { ReplicationController } from '../../api/replication-controller';
import { isApiError } from '../../errors/api-error';
import type { Registries } from '../../registry/types';
import type { OwnWrites } from './own-writes';
import type { ReplicationPlan } from './plan';
import { selects } from './plan';
import { controllerReference } from './pod-template';

export interface ClaimOptions {
  readonly registries: Registries;
  readonly controller: ReplicationController;
  readonly plan: Pick<ReplicationPlan, 'adopt' | 'release'>;
  readonly writes: OwnWrites;
}

type Owners = Pod['ownerReferences'];

/**
 * Adopts and releases. True when all of it came to be; false when the cache was behind (the controller is going, or a
 * pod was taken, relabelled or removed meanwhile): then the counts of the plan are wrong, and what it wants to remove
 * may be another's.
 */
export async function claimPods({ registries, controller, plan, writes }: ClaimOptions): Promise<boolean> {
  if (plan.adopt.length > 0 && !(await isAlive(registries, controller))) return false;
  const update = async (pod: Pod, change: (current: Pod) => Owners, isOurs: boolean): Promise<boolean> => {
    try {
      const written = await registries.pods.updateOwners(pod, change, { preconditions: { uid: pod.uid } });
      writes.wrote(written);
      return (controllerOf(written)?.uid === controller.uid) === isOurs;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  };
  const held = await Promise.all([
    ...plan.adopt.map((pod) => update(pod, (current) => ownersWhenAdopted(controller, current), true)),
    ...plan.release.map((pod) => update(pod, (current) => ownersWhenReleased(controller, current), false)),
  ]);
  return held.every(Boolean);
}

/** Looks at the pod as it is when written: what another controller took meanwhile stays with that one. */
export function ownersWhenAdopted(controller: ReplicationController, pod: Pod): Owners {
  if (controllerOf(pod) || !selects(controller, pod)) return pod.ownerReferences;
  return [...pod.ownerReferences, controllerReference(controller)];
}

/** A pod that matches again is kept. */
export function ownersWhenReleased(controller: ReplicationController, pod: Pod): Owners {
  if (selects(controller, pod) || controllerOf(pod)?.uid !== controller.uid) return pod.ownerReferences;
  return pod.ownerReferences.filter((owner) => owner.uid !== controller.uid);
}

/** Gone, or replaced by another object of its name: with only a uid as precondition that is what CONFLICT means. */
export function isGone(error: unknown): boolean {
  return isApiError(error, 'NOT_FOUND') || isApiError(error, 'CONFLICT');
}

/** Asked of the store before anything is adopted: a controller that goes must not take orphans with it. */
async function isAlive(registries: Registries, { namespace, name, uid }: ReplicationController): Promise<boolean> {
  try {
    const live = await registries.replicationControllers.get({ namespace, name });
    return live.uid === uid && live.deletionTimestamp === null;
  } catch (error) {
    if (isApiError(error, 'NOT_FOUND')) return false;
    throw error;
  }
}
