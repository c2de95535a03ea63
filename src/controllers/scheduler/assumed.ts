import type { Pod } from '../../api/pod';
import { isTerminal } from '../../api/pod';

/**
 * Bindings that are decided and that the cache does not show yet. They take their room from the moment of the decision,
 * so that two pods never get the same. An entry goes when the cache shows the binding, when the pod is gone, or when the
 * binding is known to have failed.
 */
export class AssumedBindings {
  private readonly byUid = new Map<string, { readonly pod: Pod; readonly nodeName: string }>();

  assume(pod: Pod, nodeName: string): void {
    this.byUid.set(pod.uid, { pod, nodeName });
  }

  nodeOf(uid: string): string | undefined {
    return this.byUid.get(uid)?.nodeName;
  }

  forget(uid: string): void {
    this.byUid.delete(uid);
  }

  /** All pods that take room on the node: those that the cache shows, and those assumed, each once. */
  podsOn(nodeName: string, shown: readonly Pod[]): readonly Pod[] {
    const pods = shown.filter((pod) => !isTerminal(pod));
    if (this.byUid.size === 0) return pods;
    const uids = new Set(shown.map(({ uid }) => uid));
    for (const { pod, nodeName: assumed } of this.byUid.values()) {
      if (assumed === nodeName && !uids.has(pod.uid)) pods.push(pod);
    }
    return pods;
  }
}
