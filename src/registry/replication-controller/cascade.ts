import type { ReplicationController } from '../../api/replication-controller';

/** On a controller that is being deleted: its pods are to lose their owner and stay. */
export const cascadeAnnotation = 'podql.io/cascade';
export const orphan = 'ORPHAN';

/** Its pods are being released; the garbage collector removes it (grace 0) when that is done. */
export function isOrphaning(controller: ReplicationController): boolean {
  return controller.deletionTimestamp !== null && controller.annotations[cascadeAnnotation] === orphan;
}

export function markedForOrphaning(controller: ReplicationController, now: string): ReplicationController {
  if (controller.deletionTimestamp !== null) return controller;
  return {
    ...controller,
    annotations: { ...controller.annotations, [cascadeAnnotation]: orphan },
    deletionTimestamp: now,
    deletionGracePeriodSeconds: 0,
  };
}

/** A user's edit that replaces all annotations must not turn orphaning into deletion of the pods. */
export function keepingCascade(current: ReplicationController, wanted: ReplicationController): ReplicationController {
  if (!isOrphaning(current)) return wanted;
  return { ...wanted, annotations: { ...wanted.annotations, [cascadeAnnotation]: orphan } };
}
