import type { ApiObject } from '../api/meta';
import type { Registries, Snapshot } from '../registry/types';

/**
 * The moments a request reads. What names no version is read from one snapshot of the present, pinned when it is first needed; a
 * list with `at` or `after` has a snapshot of its own, and all that is read through its objects is read there.
 */
export class RequestSnapshots {
  private pinned: Promise<Snapshot> | undefined;
  private own: Snapshot | undefined;
  /** Of objects that were not read from the request's own snapshot. */
  private readonly origins = new WeakMap<ApiObject, Snapshot>();

  constructor(private readonly registries: Pick<Registries, 'freshSnapshot'>) {}

  /** The request's own. */
  present(): Promise<Snapshot> {
    this.pinned ??= this.registries.freshSnapshot().then((snapshot) => (this.own = snapshot));
    return this.pinned;
  }

  /** Where to read what belongs to this object. */
  async of(object: ApiObject): Promise<Snapshot> {
    return this.originOf(object) ?? this.present();
  }

  /** Undefined: the request's own. */
  originOf(object: ApiObject): Snapshot | undefined {
    return this.origins.get(object);
  }

  /**
   * The object, for an answer, with the snapshot it was read from remembered. An object that did not change meanwhile is one and
   * the same in several snapshots, so for any but the request's own it is a copy that carries the memory.
   */
  handOut<T extends ApiObject>(object: T, snapshot: Snapshot): T {
    if (snapshot === this.own) return object;
    const copy = Object.freeze({ ...object });
    this.origins.set(copy, snapshot);
    return copy;
  }

  /** The next read of the present pins it anew. */
  forget(): void {
    this.pinned = undefined;
    this.own = undefined;
  }
}
