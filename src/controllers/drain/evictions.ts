import type { Pod } from '../../api/pod';
import { isApiError } from '../../errors/api-error';
import type { Registries } from '../../registry/types';

/**
 * Evictions that the cache may not show yet (D6). A pod counts as going from the moment its eviction is sent, whatever the cache
 * says, until that shows it, or it is known that nothing came of it. One whose outcome is not known is sent again first: to evict
 * what goes already changes nothing.
 */
export class Evictions {
  private readonly made = new Set<string>();
  private readonly open = new Set<string>();

  constructor(private readonly pods: Registries['pods']) {}

  /** Those among them that are neither sent away nor about to be. */
  staying(pods: readonly Pod[]): readonly Pod[] {
    return this.made.size + this.open.size === 0 ? pods : pods.filter(({ uid }) => !this.made.has(uid) && !this.open.has(uid));
  }

  unsettled(pods: readonly Pod[]): readonly Pod[] {
    return pods.filter(({ uid }) => this.open.has(uid));
  }

  async evict(pod: Pod, message: string, gracePeriodSeconds: number | null): Promise<void> {
    const { uid } = pod;
    this.open.add(uid);
    try {
      await this.pods.evict(pod, { reason: 'EvictionByDrain', message }, { gracePeriodSeconds, preconditions: { uid } });
      this.made.add(uid);
    } catch (error) {
      if (isApiError(error) && error.outcome === 'unknown') throw error;
      this.open.delete(uid);
      // Gone, or another has its name.
      if (isApiError(error, 'NOT_FOUND') || isApiError(error, 'CONFLICT')) return;
      throw error;
    }
    this.open.delete(uid);
  }

  /** Nobody wants them to go any more. One that went all the same shows in the cache. */
  callOff(pods: readonly Pod[]): void {
    for (const { uid } of pods) this.open.delete(uid);
  }

  /** Forgets what the cache shows by now. */
  settle(): void {
    const { lister } = this.pods.informer;
    for (const set of [this.made, this.open]) {
      for (const uid of set) {
        const seen = lister.byUid(uid);
        if (!seen || seen.deletionTimestamp !== null) set.delete(uid);
      }
    }
  }
}
