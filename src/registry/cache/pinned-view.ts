import type { Kind, KindTypes } from '../../api/kinds';
import type { ApiObject, Labels } from '../../api/meta';
import { controllerOf } from '../../api/meta';
import type { Pod } from '../../api/pod';
import type { Lister } from '../../api/watch';
import { ApiError } from '../../errors/api-error';
import { compareRefs, localKey } from '../keys';
import type { Revision } from '../store/store';
import type { PodIndexes, Snapshot } from '../types';
import type { CacheSet } from './cache-set';
import type { Position } from './event-ring';
import { stateBefore } from './event-ring';
import type { PodIndexer } from './kind-indexes';
import { carries, podsCarrying } from './kind-indexes';

/** For each object that changed after the pinned revision: what it was then; null when it was not there. */
type Before<T> = Map<string, T | null>;

/**
 * The state of all kinds at one revision of the window, for as long as the window reaches back: the present, with what
 * happened since undone. Costs nothing until something changes. Once the window has moved past it, reading is EXPIRED.
 */
export class PinnedView implements Snapshot {
  readonly pods: Lister<Pod> & PodIndexes;
  readonly replicationControllers: Lister<KindTypes['ReplicationController']>;
  readonly clusterNodes: Lister<KindTypes['ClusterNode']>;
  readonly events: Lister<KindTypes['Event']>;
  private readonly before: { readonly [K in Kind]: Before<KindTypes[K]> } = {
    Pod: new Map(),
    ReplicationController: new Map(),
    ClusterNode: new Map(),
    Event: new Map(),
  };

  /** `undoneUpTo`: what stands in the ring from here on happened after the pinned revision. */
  constructor(
    private readonly set: CacheSet,
    readonly revision: Revision,
    private undoneUpTo: Position,
  ) {
    const sync = (): void => this.undoNews();
    const { Pod, ReplicationController, ClusterNode, Event } = set.caches;
    this.pods = new PinnedPods(Pod.lister, this.before.Pod, sync);
    this.replicationControllers = new PinnedLister(ReplicationController.lister, this.before.ReplicationController, sync);
    this.clusterNodes = new PinnedLister(ClusterNode.lister, this.before.ClusterNode, sync);
    this.events = new PinnedLister(Event.lister, this.before.Event, sync);
  }

  private undoNews(): void {
    const { ring } = this.set;
    for (; this.undoneUpTo < ring.end; this.undoneUpTo += 1) {
      const batch = ring.at(this.undoneUpTo);
      if (!batch) throw new ApiError('EXPIRED', `the state of version ${this.revision} is no longer in memory; ask again`);
      for (const event of batch.events) {
        switch (event.kind) {
          case 'Pod':
            remember(this.before.Pod, event.change.object, stateBefore(event.change));
            break;
          case 'ReplicationController':
            remember(this.before.ReplicationController, event.change.object, stateBefore(event.change));
            break;
          case 'ClusterNode':
            remember(this.before.ClusterNode, event.change.object, stateBefore(event.change));
            break;
          case 'Event':
            remember(this.before.Event, event.change.object, stateBefore(event.change));
            break;
        }
      }
    }
  }
}

/** The present, pinned. */
export function pinPresent(set: CacheSet): PinnedView {
  return new PinnedView(set, set.revision, set.ring.end);
}

/** The state at a revision; null when the window does not reach back so far. */
export function pinAt(set: CacheSet, revision: Revision): PinnedView | null {
  const position = revision > set.revision ? null : set.ring.positionAfter(revision);
  return position === null ? null : new PinnedView(set, revision, position);
}

function remember<T extends ApiObject>(before: Before<T>, object: T, state: T | null): void {
  const key = localKey(object.namespace, object.name);
  if (!before.has(key)) before.set(key, state);
}

class PinnedLister<T extends ApiObject> implements Lister<T> {
  constructor(
    private readonly present: Lister<T>,
    protected readonly before: Before<T>,
    protected readonly sync: () => void,
  ) {}

  get(namespace: string | null, name: string): T | undefined {
    this.sync();
    const known = this.before.get(localKey(namespace, name));
    return known === undefined ? this.present.get(namespace, name) : (known ?? undefined);
  }

  byUid(uid: string): T | undefined {
    return this.merge(single(this.present.byUid(uid)), (object) => object.uid === uid)[0];
  }

  list(namespace?: string | null): readonly T[] {
    const present = this.present.list(namespace);
    const merged = this.merge(present, (object) => namespace == null || object.namespace === namespace);
    return merged === present ? present : [...merged].sort(compareRefs);
  }

  /** What is there now, without what changed since, with what was there then; the present itself when that is all. */
  protected merge(present: readonly T[], belongs: (object: T) => boolean): readonly T[] {
    this.sync();
    if (this.before.size === 0) return present;
    const unchanged = present.filter((object) => !this.before.has(localKey(object.namespace, object.name)));
    const then = [...this.before.values()].filter((object): object is T => object !== null && belongs(object));
    return unchanged.length === present.length && then.length === 0 ? present : [...unchanged, ...then];
  }
}

/** In no order: most who ask count, and whoever shows a page sorts it. */
class PinnedPods extends PinnedLister<Pod> implements PodIndexes {
  constructor(
    private readonly indexer: PodIndexer,
    before: Before<Pod>,
    sync: () => void,
  ) {
    super(indexer, before, sync);
  }

  byLabels(namespace: string, selector: Labels): readonly Pod[] {
    return this.merge(podsCarrying(this.indexer, namespace, selector), (pod) => pod.namespace === namespace && carries(pod.labels, selector));
  }

  byNode(nodeName: string): readonly Pod[] {
    return this.merge([...this.indexer.bucket('node', nodeName).values()], (pod) => (pod.spec.nodeName ?? '') === nodeName);
  }

  byOwner(uid: string): readonly Pod[] {
    return this.merge([...this.indexer.bucket('owner', uid).values()], (pod) => controllerOf(pod)?.uid === uid);
  }
}

function single<T>(object: T | undefined): readonly T[] {
  return object === undefined ? [] : [object];
}
