import type { ApiObject } from '../../api/meta';
import type { Pod } from '../../api/pod';

/**
 * What one controller has done that its cache may not show yet (D6): in place of counters of expected events, it waits
 * until the cache has reached its last write. Two things need more than a revision:
 *
 * - A removal that was acknowledged: the pod does not count from then on, whatever the cache says.
 * - A create that was not acknowledged: its uid is sent again before any new one. If the pod came to be after all, the second
 *   answer is that pod. That a later try failed for sure says nothing about the first, so the uid stays. The draft is not
 *   kept: what is made in the end is of the template that holds by then.
 */
export class OwnWrites {
  /** The store revision of the last write. */
  revision = 0;
  private readonly removed = new Set<string>();
  private readonly unacknowledged = new Set<string>();

  constructor(readonly controllerUid: string) {}

  wrote(object: ApiObject): void {
    this.revision = Math.max(this.revision, Number(object.resourceVersion) || 0);
  }

  removedPod(uid: string): void {
    this.removed.add(uid);
  }

  /** A create that failed, whether that is known for sure or not. */
  notAcknowledged(uid: string): void {
    this.unacknowledged.add(uid);
  }

  /** The uid of the pod to be made next. */
  takeUid(make: () => string): string {
    for (const uid of this.unacknowledged) {
      this.unacknowledged.delete(uid);
      return uid;
    }
    return make();
  }

  /** The pods as they are after what was done; forgets what the cache shows by now. */
  corrected(pods: readonly Pod[], lookup: (uid: string) => Pod | undefined): readonly Pod[] {
    for (const uid of this.removed) {
      const seen = lookup(uid);
      if (!seen || seen.deletionTimestamp !== null) this.removed.delete(uid);
    }
    for (const uid of this.unacknowledged) if (lookup(uid)) this.unacknowledged.delete(uid);
    return this.removed.size === 0 ? pods : pods.filter(({ uid }) => !this.removed.has(uid));
  }
}
