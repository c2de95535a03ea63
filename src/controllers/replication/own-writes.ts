import type { ApiObject } from '../../api/meta';
import type { Pod } from '../../api/pod';
import type { PodDraft } from './pod-template';

/**
 * What one controller has done that its cache may not show yet (D6): in place of counters of expected events, it waits
 * until the cache has reached its last write. Two things need more than a revision:
 *
 * - A removal that was acknowledged: the pod does not count from then on, whatever the cache says.
 * - A create whose outcome is not known: the very same draft is sent again before any new one. Its uid makes that safe:
 *   if the pod came to be after all, the second answer is that pod.
 */
export class OwnWrites {
  /** The store revision of the last write. */
  revision = 0;
  private readonly removed = new Set<string>();
  private readonly unsettled = new Map<string, PodDraft>();

  constructor(readonly controllerUid: string) {}

  wrote(object: ApiObject): void {
    this.revision = Math.max(this.revision, Number(object.resourceVersion) || 0);
  }

  removedPod(uid: string): void {
    this.removed.add(uid);
  }

  unknownOutcome(draft: PodDraft): void {
    this.unsettled.set(draft.uid, draft);
  }

  /** The draft to send next: one whose outcome is not known, else a new one. */
  takeDraft(make: () => PodDraft): PodDraft {
    for (const [uid, draft] of this.unsettled) {
      this.unsettled.delete(uid);
      return draft;
    }
    return make();
  }

  /** The pods as they are after what was done; forgets what the cache shows by now. */
  corrected(pods: readonly Pod[], lookup: (uid: string) => Pod | undefined): readonly Pod[] {
    for (const uid of this.removed) {
      const seen = lookup(uid);
      if (!seen || seen.deletionTimestamp !== null) this.removed.delete(uid);
    }
    for (const uid of this.unsettled.keys()) if (lookup(uid)) this.unsettled.delete(uid);
    return this.removed.size === 0 ? pods : pods.filter(({ uid }) => !this.removed.has(uid));
  }
}
