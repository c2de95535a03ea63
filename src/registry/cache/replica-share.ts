import { conditionOf, controllerOf } from '../../api/meta';
import type { Pod } from '../../api/pod';
import { conditionTypes, isReady, isTerminal } from '../../api/pod';
import type { ReplicationController } from '../../api/replication-controller';
import type { CacheEvent } from './event-ring';
import { stateAfter, stateBefore } from './event-ring';
import type { ControllerIndexer } from './kind-indexes';
import { carries, controllersSelecting } from './kind-indexes';

/**
 * What one pod contributes to a controller's counts (current, ready, available, terminating), as a word to compare:
 * two states of a pod with the same word leave all counts as they are. The time since when it is ready is part of it,
 * because availability counts from there.
 */
export function shareOf(controller: ReplicationController, pod: Pod | null): string {
  if (!pod || pod.namespace !== controller.namespace || !carries(pod.labels, controller.spec.selector)) return 'none';
  const owner = controllerOf(pod);
  if ((owner && owner.uid !== controller.uid) || isTerminal(pod)) return 'none';
  if (pod.deletionTimestamp !== null) return 'terminating';
  const since = conditionOf(pod.status.conditions, conditionTypes.ready)?.lastTransitionTime;
  return isReady(pod) ? `ready since ${since ?? '?'}` : 'current';
}

/** The controllers, as they are after these events, whose counts may say something else because of them; each once, in order of name. */
export function recounted(events: readonly CacheEvent[], controllers: ControllerIndexer): readonly ReplicationController[] {
  const found = new Set<ReplicationController>();
  for (const event of events) {
    if (event.kind !== 'Pod') continue;
    const before = stateBefore(event.change);
    const after = stateAfter(event.change);
    const candidates = [before, after].flatMap((pod) => (pod ? controllersSelecting(controllers, pod.namespace, pod.labels) : []));
    for (const controller of candidates) {
      if (shareOf(controller, before) !== shareOf(controller, after)) found.add(controller);
    }
  }
  if (found.size === 0) return [];
  const told = new Set(events.map((event) => (event.kind === 'ReplicationController' ? event.change.object.uid : '')));
  return [...found].filter((controller) => !told.has(controller.uid)).sort((a, b) => (a.name < b.name ? -1 : 1));
}
